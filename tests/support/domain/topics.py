"""A topic of every event, for tests that are about the words of a notice and not about its place in a life."""

from approvals.domain.model.messages.topics import (
    AnsweredForYou,
    Asked,
    Delegated,
    Escalated,
    EventName,
    InboxRefreshed,
    LinkRefreshed,
    QuestionAsked,
    Reminded,
    Replied,
    Settled,
    Topic,
    Unreached,
)

TOPICS: dict[EventName, Topic] = {
    "asked": Asked(0),
    "reminded": Reminded(0, 1),
    "escalated": Escalated(0, 0),
    "settled": Settled(),
    "refreshed": LinkRefreshed(5),
    "informed": Delegated(2),
    "answered": AnsweredForYou(2),
    "inquired": QuestionAsked(0),
    "replied": Replied(2, 0),
    "digest": InboxRefreshed(5),
    "unreached": Unreached(2),
}
