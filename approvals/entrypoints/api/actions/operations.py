"""The operations of actions: those of reviewers need the scope `decide`, those of the requester `submit`."""

from approvals.entrypoints.api.actions.schemas import (
    ExtendBody,
    InquiryBody,
    ReassignBody,
    ReplyBody,
    ReviewerBody,
    WithdrawBody,
)
from approvals.entrypoints.api.operation import changing

OWN = " A key with the scope `submit` may do so for its own submissions, a key with `admin` for all."

ACTIONS = (
    changing(
        "claimApproval", path="/claim", scope="decide",
        summary="Claim an approval for a reviewer",
        description="The other reviewers see the claim, and can still answer. It replaces a claim of somebody else.",
        body=ReviewerBody, example={"reviewer": "ana@example.com"},
        returns="The approval with the claim.",
    ),
    changing(
        "releaseApproval", path="/release", scope="decide",
        summary="Release the claim of a reviewer",
        description="Changes nothing if the claim is somebody else's.",
        body=ReviewerBody, example={"reviewer": "ana@example.com"},
        returns="The approval without the claim.",
    ),
    changing(
        "extendApproval", path="/extend", scope="decide",
        summary="Move the deadline",
        description="Moves it to a later moment (`until`), or by a duration (`by`) from the current deadline; at most"
        " to `latestEnd`, because the state itself does not wait longer. Repeating it with `until` changes nothing.",
        body=ExtendBody, example={"by": "4h"},
        returns="The approval with its new deadline.",
    ),
    changing(
        "reassignApproval", path="/reassign", scope="decide",
        summary="Reassign the seat of a reviewer to another person",
        description="To a person that the policy's `reassign` allows. A key with the scope `admin` may choose anybody,"
        " and may also reassign a seat of a later stage. The requester never gets one.",
        body=ReassignBody, example={"reviewer": "ben@example.com", "to": "cleo@example.com"},
        returns="The approval; the new reviewer is notified.",
    ),
    changing(
        "askAboutApproval", path="/inquiries", scope="decide",
        summary="Ask the requester a question",
        description="If the directory or the submission has the requester's e-mail address, the requester gets a mail"
        " with a link to a page on which to reply. The approval stays pending, and its deadline stays.",
        body=InquiryBody, example={"reviewer": "ana@example.com", "text": "Which of the two invoices is this?"},
        returns="The approval with the question.",
    ),
    changing(
        "replyToInquiry", path="/inquiries/{inquiry}/reply", scope="submit",
        summary="Reply to a question",
        description="The reviewer who asked is notified. A second reply replaces the first." + OWN,
        body=ReplyBody, example={"text": "The second; the first was paid."},
        returns="The approval with the reply.",
    ),
    changing(
        "nudgeApproval", path="/nudge", scope="submit",
        summary="Remind those who have not answered",
        description="At most once an hour for each approval; sooner it is refused (403). Takes no body." + OWN,
        returns="The approval; the reminders are being sent.",
    ),
)  # fmt: skip

WITHDRAW = changing(
    "withdrawApproval", path="/withdraw", scope="submit",
    summary="Withdraw an approval",
    description="For a requester who no longer needs it: the waiting state fails with the error Approval.Cancelled."
    + OWN,
    body=WithdrawBody, example={"reason": "The customer has changed their mind."},
    returns="The cancelled approval.",
)  # fmt: skip
