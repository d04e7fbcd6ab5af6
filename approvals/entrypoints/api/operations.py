"""The table of the API's operations: the source of the routes, the OpenAPI document and the documentation page."""

from approvals.domain.model.submission import Submission
from approvals.entrypoints.api.actions.operations import ACTIONS, WITHDRAW
from approvals.entrypoints.api.operation import BEGINS, ONE, Operation, Success, changing
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
        description="A workflow sends this when it waits for people. A repeated task token returns the same approval,"
        " and nobody is asked twice. Give `reviewers` (and `need`), or a `policy` by its name or written out."
        " `context` may hold the context object of Step Functions instead of `execution`, `state`, `stateMachine` and"
        " `mapItem`.",
        body=Submission,
        example={
            "taskToken": "AQCEAAAAKgAAAAMAAAAA…",
            "title": "Refund order 1234 (420 €)",
            "details": {"Order": "1234", "Amount": 420},
            "reviewers": ["ana@example.com", "ben@example.com"],
            "timeoutSeconds": 86400,
        },
        answers={
            201: Success(description="A new approval; its reviewers are being asked.", shape=ApprovalView),
            200: Success(description="The existing approval of a known task token.", shape=ApprovalView),
        },
    ),
    Operation(
        id="listApprovals", method="GET", path=BEGINS, scope="read",
        summary="List approvals",
        description="Newest first. Each page continues where the one before ended, whatever has arrived since.",
        query=Search,
        answers={200: Success(description="One page of approvals.", shape=ApprovalPage)},
    ),
    Operation(
        id="getApproval", method="GET", path=ONE, scope="read",
        summary="Show an approval",
        description="Sensitive details are shown to keys with the scope `decide` or `admin` only.",
        answers={200: Success(description="The approval.", shape=ApprovalView)},
    ),
    *ACTIONS,
    changing(
        "decideApproval", path="/decisions", scope="decide",
        summary="Answer on behalf of a reviewer",
        description="The key answers with the assurance `operator`: everybody reads that it did, and the reviewer is"
        " told at once. Refused where the policy has `onBehalf: false` or asks for more than a link.",
        body=DecisionBody, example={"reviewer": "ana@example.com", "option": "approve", "comment": "Looks right."},
        returns="The approval with the answer; it is settled if that was enough.",
    ),
    changing(
        "cancelApproval", path="/cancel", scope="admin",
        summary="Cancel an approval",
        description="Ends it without a decision: the waiting state fails with the error Approval.Cancelled.",
        body=CancelBody, example={"reason": "The order was withdrawn."},
        returns="The cancelled approval.",
    ),
    WITHDRAW,
    Operation(
        id="redeliverApproval", method="POST", path=ONE + "/redeliver", scope="admin",
        summary="Send the callback again",
        description="Use it after fixing the cause: a callback that is `failed`, `unconfirmed` or `waiting` is sent"
        " again now. Takes no body. Nothing happens if the callback was delivered or came too late, or if the task"
        " token is no longer stored.",
        answers={200: Success(description="The approval; `callback` is `waiting` if it is sent.", shape=ApprovalView)},
    ),
    Operation(
        id="listNotes", method="GET", path=ONE + "/notes", scope="read",
        summary="Show the audit trail",
        answers={200: Success(description="The notes of the approval, in order.", shape=Notes)},
    ),
    Operation(
        id="explainApproval", method="GET", path=ONE + "/explanation", scope="read",
        summary="Explain the state of an approval",
        description="Describes what has happened, which answers are still needed, and what happens when if nobody"
        " answers; for a settled approval, how it ended.",
        query=Telling,
        answers={200: Success(description="The explanation in sentences and as values.", shape=Explanation)},
    ),
    Operation(
        id="explainPolicy", method="POST", path="/v1/policies/explain", scope="submit", tag="Policies",
        summary="Explain a policy",
        description="Describes what would happen if this were submitted now: who would be asked and when, how many"
        " answers are needed, and what happens at the deadline. Takes and refuses the same input as a submission, and"
        " stores nothing.",
        body=Draft,
        example={"reviewers": ["ana@example.com", "ben@example.com"], "need": "all", "requester": "rhea@example.com"},
        answers={200: Success(description="The explanation in sentences and as values.", shape=Explanation)},
    ),
    Operation(
        id="isAlive", method="GET", path="/healthz", tag="About",
        summary="Check that the process is alive",
        answers={200: Success(description="The process is alive.", shape=Health)},
    ),
    Operation(
        id="isReady", method="GET", path="/readyz", tag="About",
        summary="Check that the gateway is ready",
        description="Checks that the database is reachable, takes writes and is migrated.",
        answers={200: Success(description="The gateway is ready.", shape=Health)},
        problems=(503,),
    ),
    Operation(
        id="showDocument", method="GET", path="/openapi.json", tag="About",
        summary="This description as an OpenAPI 3.1 document",
        answers={200: Success(description="The document.")},
    ),
    Operation(
        id="showDocs", method="GET", path="/docs", tag="About",
        summary="This description as a page",
        answers={200: Success(description="The page.", media="text/html")},
    ),
)  # fmt: skip
