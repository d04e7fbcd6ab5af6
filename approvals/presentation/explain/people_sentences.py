"""Whole sentences about people who are asked or reminded, and about the answers that are needed."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from approvals.presentation.lists import listed


class _Sentences(NamedTuple):
    """A sentence about one person or channel, and the same about several."""

    one: str
    several: str


Way = Literal["quiet", "persons", "channel", "none"]
OF_PEOPLE: dict[str, _Sentences] = {
    "asked": _Sentences("{people} is asked.", "{people} are asked."),
    "asked too": _Sentences("{people} is asked too.", "{people} are asked too."),
    "asked instead": _Sentences(
        "{people} is asked instead of those who have not answered.",
        "{people} are asked instead of those who have not answered.",
    ),
    "may answer": _Sentences("{people} may answer.", "{people} may answer."),
    "may answer too": _Sentences("{people} may answer too.", "{people} may answer too."),
    "may answer instead": _Sentences(
        "{people} may answer instead of those who have not answered.",
        "{people} may answer instead of those who have not answered.",
    ),
    "asked in their place": _Sentences("{people} is asked in their place.", "{people} are asked in their place."),
    "away": _Sentences("{people} is away.", "{people} are away."),
    "back": _Sentences(
        "{people} is back, and asked again instead of {others}.",
        "{people} are back, and asked again instead of {others}.",
    ),
    "may no longer answer": _Sentences("{people} may no longer answer.", "{people} may no longer answer."),
    "reminded": _Sentences("{people} is reminded.", "{people} are reminded."),
    "reminded when": _Sentences("{people} is reminded {when}.", "{people} are reminded {when}."),
    "reminded on request": _Sentences(
        "{people} is reminded, because {who} asked for it.", "{people} are reminded, because {who} asked for it."
    ),
    "quiet at once": _Sentences(
        "{people} may answer at once, without being notified.", "{people} may answer at once, without being notified."
    ),
    "persons at once": _Sentences(
        "{people} is asked at once ({channels}).", "{people} are asked at once ({channels})."
    ),
    "channel at once": _Sentences("{people} is asked at once, {channels}.", "{people} are asked at once, {channels}."),
    "none at once": _Sentences("{people} is asked at once.", "{people} are asked at once."),
    "quiet": _Sentences(
        "{people} may answer as soon as step {step} is done, without being notified.",
        "{people} may answer as soon as step {step} is done, without being notified.",
    ),
    "persons": _Sentences(
        "{people} is asked as soon as step {step} is done ({channels}).",
        "{people} are asked as soon as step {step} is done ({channels}).",
    ),
    "channel": _Sentences(
        "{people} is asked as soon as step {step} is done, {channels}.",
        "{people} are asked as soon as step {step} is done, {channels}.",
    ),
    "none": _Sentences(
        "{people} is asked as soon as step {step} is done.", "{people} are asked as soon as step {step} is done."
    ),
}
"""Whole sentences, so that each can be translated as it is."""
_SOME_AGREE = "{need} of the {of} have to approve, all with the same answer."
_SHARE_AGREES = "{need} of the {of} ({share} %) have to approve, all with the same answer."


def of_people(about: str, people: Sequence[str], **facts: object) -> str:
    """Return one of `OF_PEOPLE` about these people."""
    sentence = OF_PEOPLE[about]
    return (sentence.several if len(people) > 1 else sentence.one).format(people=listed(people), **facts)


def needed_sentence(need: int, of: int, *, share: str, agree: bool) -> str:
    """Return how many of a group have to approve; `share` is the percentage that the policy asks for."""
    match "all" if need == of else "some", of if need == of else need, agree:
        case "all", 1, _:
            sentence = "That person has to approve."
        case "all", 2, False:
            sentence = "Both of them have to approve."
        case "all", 2, True:
            sentence = "Both of them have to approve, all with the same answer."
        case "all", _, False:
            sentence = "All {of} of them have to approve."
        case "all", _, True:
            sentence = "All {of} of them have to approve, all with the same answer."
        case _, 1, _:
            sentence = "1 of the {of} ({share} %) has to approve." if share else "1 of the {of} has to approve."
        case _, _, False:
            sentence = (
                "{need} of the {of} ({share} %) have to approve." if share else "{need} of the {of} have to approve."
            )
        case _:
            sentence = _SHARE_AGREES if share else _SOME_AGREE
    return sentence.format(need=need, of=of, share=share)
