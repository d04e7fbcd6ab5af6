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
        "stages": "The stages, one after the other. Each must be approved.",
        "name": "Ignored: the key in the file is the name.",
        "excludeRequester": "Whether the requester may not answer.",
        "timeout": "The time from the submission to the deadline.",
        "onTimeout": "What happens at the deadline. The gateway approves only if this names approve.",
        "onReject": "fail: the error Approval.Rejected; succeed: an output whose outcome is rejected.",
        "comment": "Whether an answer needs a comment.",
        "assurance": "The weakest accepted proof of who answers.",
        "onBehalf": "Whether operators and API keys may answer and act on behalf of a reviewer.",
        "callers": "Patterns of the state machines and callers that may use the policy. Default: all.",
        "calendar": "The calendar that durations are counted by: a name, or a calendar.",
        "reassign": "To whom a reviewer may reassign their seat.",
        "tellRequester": "Whether the requester is told the outcome, and that reviewers cannot be reached.",
    },
    "Stage": {
        "groups": "The groups. All must be satisfied, in any order.",
        "name": "The name that people read, unique within the policy.",
        "reject": "The number of rejections that end the approval.",
        "notify": "Channels to notify in addition: mail:ADDRESS, slack:#NAME, slack:C…",
        "quiet": "Whether only the channels are notified. The reviewers can still answer.",
        "remind": "When reviewers who have not answered are reminded: a list of durations, or after, every and times.",
        "escalate": "When other people may answer too, or instead.",
        "timeout": "The time from the beginning of the stage to its own deadline.",
        "onTimeout": "What happens at the stage's deadline. pass: the next stage begins.",
        "form": "The form that reviewers of this stage fill in.",
    },
    "Group": {
        "from": "People, addresses and groups.",
        "need": "How many of them must approve: a number, “all”, or a share such as “50%”.",
    },
    "Remind": {
        "after": "The time from the beginning of the stage to the first reminder.",
        "every": "The time from one reminder to the next. Default: the same as after.",
        "times": "The number of reminders.",
        "backoff": "The factor by which each gap is longer than the one before it.",
    },
    "Escalation": {
        "after": "The time from the beginning of the stage to the escalation.",
        "to": "The people, addresses and groups that join.",
        "mode": "add: they may answer too. replace: they answer instead of those who have not answered.",
    },
    "TakeOption": {"option": "The id of the option."},
    "Form": {
        "properties": "The questions, by name.",
        "type": "Always object.",
        "title": "The heading above the questions.",
        "required": "The names of questions that must be answered to approve.",
        "additionalProperties": "Always false.",
    },
    "Question": {
        "type": "The type of the answer.",
        "title": "The question.",
        "description": "A hint beside the question.",
        "enum": "The answers to choose from.",
        "format": "date, or multiline for long text.",
        "default": "The answer that is filled in at first.",
        "minimum": "The smallest number.",
        "maximum": "The largest number.",
        "minLength": "The smallest number of characters.",
        "maxLength": "The largest number of characters.",
    },
    "Rule": {
        "name": "The name in errors and notes, unique in the file.",
        "stateMachine": "A pattern of the state machine's ARN.",
        "tags": "Patterns of tags by name. The submission must have each tag with a matching value.",
        "caller": "A pattern of the caller: key:NAME, iam:ARN, sqs:QUEUE and so on.",
        "when": "An expression that must be true for the submission.",
        "policy": "The policy that the submission gets.",
        "mode": "force: replaces the submission's own policy. default: applies where it names nobody.",
        "approve": "Approve at once instead of applying a policy. Nobody is asked.",
    },
    "AutoApproval": {
        "because": "The recorded reason why nobody has to be asked.",
        "option": "The id of an approving option. Default: the first.",
        "evenAtHighRisk": "Whether the rule applies to submissions at high risk too.",
    },
    "Adapter": {
        "match": "The payloads that the adapter reads. All given conditions must match.",
        "token": "A JMESPath expression that finds the task token.",
        "submission": "The submission, with {JMESPath} in its texts.",
        "outcome": "What the workflow gets instead of the gateway's outcome.",
    },
    "Match": {
        "door": "The entry point that receives the payload.",
        "queue": "A pattern of the queue's name.",
        "topic": "A pattern of the topic's name.",
        "eventSource": "A pattern of the event's source.",
        "activity": "A pattern of the activity's name.",
        "stateMachine": "A pattern of the state machine's ARN.",
        "has": "Keys that the payload must have.",
    },
    "Replies": {
        "approved": "The reply if the approval is approved.",
        "rejected": "The reply if it is rejected.",
        "expired": "The reply if its deadline passes.",
        "cancelled": "The reply if it is cancelled.",
    },
    "Reply": {"success": "The output of the state.", "failure": "The error with which the state fails."},
    "Failure": {"error": "The name that Catch and Retry compare.", "cause": "The text that explains the error."},
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
