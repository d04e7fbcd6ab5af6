"""Topics: what a notice is about. One value for each kind, and one `key` that is unique within its approval.

Keys are a stored format: outbox keys, Message-IDs of mails and the metadata of Slack messages contain them. A changed
key would send a notice twice, and break the threads of mails that are sent already.
"""

from typing import ClassVar, Literal

from approvals.domain.values import Value

EventName = Literal[
    "asked",
    "reminded",
    "escalated",
    "settled",
    "refreshed",
    "informed",
    "answered",
    "inquired",
    "replied",
    "digest",
    "unreached",
]
"""The event in one word: it chooses the template of a mail and the text in Slack. The words are stored."""
STEPS_IN_A_STAGE = 1000
"""More than the reminders or escalations of a stage, so that the keys of two stages differ."""
QUESTIONS_IN_A_VERSION = 20
"""The most questions of an approval, so that the keys of two replies differ."""


class Asked(Value, frozen=True, tag="asked", tag_field="kind"):
    """A stage has begun, or the recipient has joined it: their first notice of the stage."""

    event: ClassVar[EventName] = "asked"
    stage: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.stage}"


class AskedAgain(Value, frozen=True, tag="askedAgain", tag_field="kind"):
    """The recipient may answer again, since this version. They may have been asked in the stage before."""

    event: ClassVar[EventName] = "asked"
    version: int

    @property
    def key(self) -> str:
        return f"{self.event}:-{self.version}"


class Reminded(Value, frozen=True, tag="reminded", tag_field="kind"):
    """A scheduled reminder; the first of a stage has the number 1."""

    event: ClassVar[EventName] = "reminded"
    stage: int
    number: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.stage * STEPS_IN_A_STAGE + self.number}"


class RemindedNow(Value, frozen=True, tag="remindedNow", tag_field="kind"):
    """A reminder on request, which made this version."""

    event: ClassVar[EventName] = "reminded"
    version: int

    @property
    def key(self) -> str:
        return f"{self.event}:-{self.version}"


class Escalated(Value, frozen=True, tag="escalated", tag_field="kind"):
    """A step of a stage's escalation; the first has the number 0."""

    event: ClassVar[EventName] = "escalated"
    stage: int
    step: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.stage * STEPS_IN_A_STAGE + self.step}"


class Settled(Value, frozen=True, tag="settled", tag_field="kind"):
    """The outcome."""

    event: ClassVar[EventName] = "settled"

    @property
    def key(self) -> str:
        return f"{self.event}:0"


class Delegated(Value, frozen=True, tag="delegated", tag_field="kind"):
    """Somebody else answers for the recipient, since this version."""

    event: ClassVar[EventName] = "informed"
    version: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.version}"


class Unreached(Value, frozen=True, tag="unreached", tag_field="kind"):
    """Reviewers could not be reached, so that others were asked, which made this version: for the requester."""

    event: ClassVar[EventName] = "unreached"
    version: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.version}"


class AnsweredForYou(Value, frozen=True, tag="answeredForYou", tag_field="kind"):
    """An operator has answered on behalf of the recipient, which made this version."""

    event: ClassVar[EventName] = "answered"
    version: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.version}"


class QuestionAsked(Value, frozen=True, tag="questionAsked", tag_field="kind"):
    """A reviewer's question to the requester; the first of the approval is 0."""

    event: ClassVar[EventName] = "inquired"
    question: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.question + 1}"


class Replied(Value, frozen=True, tag="replied", tag_field="kind"):
    """The reply to a question, which made this version: a question may be replied to more than once."""

    event: ClassVar[EventName] = "replied"
    version: int
    question: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.version * QUESTIONS_IN_A_VERSION + self.question}"


class LinkRefreshed(Value, frozen=True, tag="linkRefreshed", tag_field="kind"):
    """A fresh link to the approval, at most one in each window of time."""

    event: ClassVar[EventName] = "refreshed"
    window: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.window}"


class InboxRefreshed(Value, frozen=True, tag="inboxRefreshed", tag_field="kind"):
    """The recipient's pending approvals with a fresh link to them, at most one in each window of time."""

    event: ClassVar[EventName] = "digest"
    window: int

    @property
    def key(self) -> str:
        return f"{self.event}:{self.window}"


AskingTopic = Asked | AskedAgain | Reminded | RemindedNow | Escalated
"""The topics that ask for an answer."""
Topic = (
    AskingTopic
    | Settled
    | Delegated
    | AnsweredForYou
    | Unreached
    | QuestionAsked
    | Replied
    | LinkRefreshed
    | InboxRefreshed
)
