"""The JSON Schema of the directory file, for editors, generated from the Structs that read the file.

It checks types. `approvals policy check` also checks that people exist and needs can be met.
"""

from typing import Any

import msgspec

from approvals.adapters.directory.file import DirectoryFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "urn:approvals-gateway:directory"
DESCRIPTIONS: dict[str, dict[str, str]] = {
    "Policy": {
        "stages": "One after the other; all must be passed.",
        "name": "The name in the file counts.",
        "excludeRequester": "Whoever asks may not answer.",
        "timeout": "The deadline, counted from the submission.",
        "onTimeout": "What happens at the deadline; approve must be written out.",
        "onReject": "fail: the error Approval.Rejected; succeed: an output whose outcome is rejected.",
        "comment": "Whether an answer needs a comment.",
        "assurance": "The weakest way that may answer.",
        "callers": "Patterns for state machines and senders that may use it; everybody if left out.",
        "calendar": "In whose hours its durations are counted: a name, or a calendar.",
        "reassign": "To whom a reviewer may hand their place.",
    },
    "Stage": {
        "groups": "All must be satisfied, in any order.",
        "name": "How people read it; once in a policy.",
        "reject": "How many rejections end it.",
        "notify": "Channels to notify in addition: mail:ADDRESS, slack:#NAME, slack:C…",
        "quiet": "People may answer but are not written to; only the channels are.",
        "remind": "When those who have not answered are reminded: moments, or after, every and times.",
        "escalate": "When others may answer too, or instead.",
        "timeout": "When this stage's own time is up, counted from its beginning.",
        "onTimeout": "What happens then; pass: the next stage begins.",
        "form": "Questions to those who answer in this stage.",
    },
    "Group": {
        "from": "People, addresses and groups.",
        "need": "How many of them must agree: a number, “all”, or a share such as “50%”.",
    },
    "Remind": {
        "after": "From the beginning of the stage to the first reminder.",
        "every": "From one reminder to the next; as long as the first if left out.",
        "times": "How many in all.",
        "backoff": "How much longer each gap is than the one before it.",
    },
    "Escalation": {
        "after": "From the beginning of the stage.",
        "to": "Who joins: people, addresses and groups.",
        "mode": "add: they may answer too; replace: instead of those who have not answered.",
    },
    "TakeOption": {"option": "The id of the option."},
    "Form": {
        "properties": "The questions, by name.",
        "type": "Always object.",
        "title": "Above the questions.",
        "required": "Questions that must be answered to approve.",
        "additionalProperties": "Always false.",
    },
    "Question": {
        "type": "What the answer is.",
        "title": "The question.",
        "description": "A hint beside it.",
        "enum": "The answers to choose from.",
        "format": "date, or multiline for long text.",
        "default": "What is filled in already.",
        "minimum": "The least number.",
        "maximum": "The greatest number.",
        "minLength": "The least number of characters.",
        "maxLength": "The greatest number of characters.",
    },
    "Rule": {
        "name": "Stands in faults and notes; once.",
        "stateMachine": "For the ARN of the state machine.",
        "tags": "For tags, by name; each must be there and fit.",
        "caller": "For who handed it in: key:NAME, iam:ARN, sqs:QUEUE and so on.",
        "when": "What must be true of the submission.",
        "policy": "The policy that it gets.",
        "mode": "force: whatever it asks for; default: only where it asks for nobody.",
        "approve": "In place of a policy: nobody is asked.",
    },
    "AutoApproval": {
        "because": "Why nobody has to be asked; it is recorded.",
        "option": "The id of an approving option; the first if left out.",
        "evenAtHighRisk": "Whether it holds for submissions of high risk too.",
    },
    "Adapter": {
        "match": "Which payloads it is for: all that is given must hold.",
        "token": "A JMESPath expression that finds the task token.",
        "submission": "The submission, with {JMESPath} in its texts.",
        "outcome": "What the workflow gets in place of our outcome.",
    },
    "Match": {
        "door": "By which door it comes.",
        "queue": "For the name of the queue.",
        "topic": "For the name of the topic.",
        "eventSource": "For the source of the event.",
        "activity": "For the name of the activity.",
        "stateMachine": "For the ARN of the state machine.",
        "has": "Keys that the payload has.",
    },
    "Replies": {
        "approved": "When it is approved.",
        "rejected": "When it is rejected.",
        "expired": "When time is up.",
        "cancelled": "When it is cancelled.",
    },
    "Reply": {"success": "The output of the state.", "failure": "The error that it fails with."},
    "Failure": {"error": "The name that Catch and Retry look at.", "cause": "The text beside it."},
}
"""Descriptions of properties whose Structs have none."""


def directory_schema() -> dict[str, Any]:
    """Return the schema with an inlined root, for editors that do not follow a reference there."""
    schema = msgspec.json.schema(DirectoryFile)
    definitions = {name: _described(name, shape) for name, shape in schema["$defs"].items()}
    root = definitions.pop("DirectoryFile")
    return {"$schema": DIALECT, "$id": ID, **root, "title": "Directory of approvals", "$defs": definitions}


def _described(name: str, shape: dict[str, Any]) -> dict[str, Any]:
    says = DESCRIPTIONS.get(name, {})
    if "properties" not in shape:
        return shape
    properties = {
        key: {**part, "description": says[key]} if key in says else part for key, part in shape["properties"].items()
    }
    return {**shape, "properties": properties}
