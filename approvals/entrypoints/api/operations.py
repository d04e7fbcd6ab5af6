"""The operations of the API as a table: the routes, the OpenAPI document and the page about it are all made of it."""

from approvals.domain.model.submission import Submission
from approvals.entrypoints.api.actions.operations import ACTIONS, WITHDRAW
from approvals.entrypoints.api.operation import BEGINS, ONE, Answer, Operation, changing
from approvals.entrypoints.api.schemas import (
    ApprovalPage,
    ApprovalView,
    CancelBody,
    DecisionBody,
    Health,
    Notes,
    Search,
)
from approvals.entrypoints.http.explanations import Draft, Telling
from approvals.presentation.explain.policy_explanation import Explanation

OPERATIONS = (
    Operation(
        id="submitApproval", method="POST", path=BEGINS, scope="submit",
        summary="Submit an approval",
        description="What a workflow sends when it waits for people. The same task token again finds the same approval,"
        " and nobody is asked twice. Give `reviewers` (and `need`), or a `policy` by its name or written out."
        " The context object of Step Functions may stand as `context` in place of `execution`, `state`,"
        " `stateMachine` and `mapItem`.",
        body=Submission,
        example={
            "taskToken": "AQCEAAAAKgAAAAMAAAAA…",
            "title": "Refund order 1234 (420 €)",
            "details": {"Order": "1234", "Amount": 420},
            "reviewers": ["ana@example.com", "ben@example.com"],
            "timeoutSeconds": 86400,
        },
        answers={
            201: Answer(says="A new approval; its reviewers are being asked.", shape=ApprovalView),
            200: Answer(says="The task token was known: the approval that it has.", shape=ApprovalView),
        },
    ),
    Operation(
        id="listApprovals", method="GET", path=BEGINS, scope="read",
        summary="List approvals",
        description="Newest first. A page goes on where the one before ended, whatever has arrived since.",
        query=Search,
        answers={200: Answer(says="One page of them.", shape=ApprovalPage)},
    ),
    Operation(
        id="getApproval", method="GET", path=ONE, scope="read",
        summary="Show an approval",
        description="Sensitive details are shown to keys with the scope `decide` or `admin` only.",
        answers={200: Answer(says="The approval.", shape=ApprovalView)},
    ),
    *ACTIONS,
    changing(
        "decideApproval", path="/decisions", scope="decide",
        summary="Answer on behalf of a reviewer",
        description="Judged as if the reviewer had answered by their link. The note of it names the key, too.",
        body=DecisionBody, example={"reviewer": "ana@example.com", "option": "approve", "comment": "Looks right."},
        says="The approval with the answer, settled if that was enough.",
    ),
    changing(
        "cancelApproval", path="/cancel", scope="admin",
        summary="Cancel an approval",
        description="Ends it without a decision: the waiting state fails with the error Approval.Cancelled.",
        body=CancelBody, example={"reason": "The order was withdrawn."},
        says="The approval, cancelled.",
    ),
    WITHDRAW,
    Operation(
        id="redeliverApproval", method="POST", path=ONE + "/redeliver", scope="admin",
        summary="Try its callback again",
        description="When what kept the workflow from being told is mended: a callback that is `failed`, `unconfirmed`"
        " or `waiting` is sent again now. Takes no body. Nothing happens where it was delivered or came too late, or"
        " where the task token is kept no longer.",
        answers={200: Answer(says="The approval; `callback` is `waiting` if it is tried again.", shape=ApprovalView)},
    ),
    Operation(
        id="listNotes", method="GET", path=ONE + "/notes", scope="read",
        summary="Show the audit trail",
        answers={200: Answer(says="Everything that happened to it, in order.", shape=Notes)},
    ),
    Operation(
        id="explainApproval", method="GET", path=ONE + "/explanation", scope="read",
        summary="Say in words how it stands",
        description="What has happened, what is still needed and from whom, what happens next and when if nobody"
        " answers; of a settled one how it ended.",
        query=Telling,
        answers={200: Answer(says="The approval in sentences, and the same as values.", shape=Explanation)},
    ),
    Operation(
        id="explainPolicy", method="POST", path="/v1/policies/explain", scope="submit", tag="Policies",
        summary="Explain a policy",
        description="Says who would be asked when, what is needed, and what happens when time is up, if this were"
        " submitted now. Takes what a submission takes, refuses what it refuses, and keeps nothing.",
        body=Draft,
        example={"reviewers": ["ana@example.com", "ben@example.com"], "need": "all", "requester": "rhea@example.com"},
        answers={200: Answer(says="What would happen, in sentences and as values.", shape=Explanation)},
    ),
    Operation(
        id="isAlive", method="GET", path="/healthz", tag="About",
        summary="Whether the process lives",
        answers={200: Answer(says="It does.", shape=Health)},
    ),
    Operation(
        id="isReady", method="GET", path="/readyz", tag="About",
        summary="Whether it can work",
        description="The database is reachable, takes writes and is migrated.",
        answers={200: Answer(says="It can.", shape=Health)},
        problems=(503,),
    ),
    Operation(
        id="showDocument", method="GET", path="/openapi.json", tag="About",
        summary="This description as an OpenAPI 3.1 document",
        answers={200: Answer(says="The document.")},
    ),
    Operation(
        id="showDocs", method="GET", path="/docs", tag="About",
        summary="This description as a page",
        answers={200: Answer(says="The page.", media="text/html")},
    ),
)  # fmt: skip
