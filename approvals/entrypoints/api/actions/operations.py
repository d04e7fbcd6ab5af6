"""The operations beside an answer: what reviewers do needs the scope `decide`, what whoever asks does `submit`."""

from approvals.entrypoints.api.actions.schemas import (
    ExtendBody,
    InquiryBody,
    ReassignBody,
    ReplyBody,
    ReviewerBody,
    WithdrawBody,
)
from approvals.entrypoints.api.operation import changing

OWN = " A key with the scope `submit` may do so for what it has submitted itself, one with `admin` for all."

ACTIONS = (
    changing(
        "claimApproval", path="/claim", scope="decide",
        summary="Say that a reviewer is looking at it",
        description="The others see it, and may answer all the same. A claim of somebody else is taken over.",
        body=ReviewerBody, example={"reviewer": "ana@example.com"},
        says="The approval with the claim.",
    ),
    changing(
        "releaseApproval", path="/release", scope="decide",
        summary="Say that a reviewer is no longer looking at it",
        description="Nothing happens where somebody else does.",
        body=ReviewerBody, example={"reviewer": "ana@example.com"},
        says="The approval without the claim.",
    ),
    changing(
        "extendApproval", path="/extend", scope="decide",
        summary="Move the deadline",
        description="To a later moment (`until`), or by a duration (`by`) from where it stands; at most to `latestEnd`,"
        " since the state itself does not wait longer. Doing the same with `until` twice changes nothing.",
        body=ExtendBody, example={"by": "4h"},
        says="The approval with its new deadline.",
    ),
    changing(
        "reassignApproval", path="/reassign", scope="decide",
        summary="Give the place of a reviewer to somebody else",
        description="As the policy's `reassign` allows; a key with the scope `admin` may give it to anybody, also the"
        " place in a later stage. Never to whoever asks for it.",
        body=ReassignBody, example={"reviewer": "ben@example.com", "to": "cleo@example.com"},
        says="The approval; whoever has the place now is being asked.",
    ),
    changing(
        "askAboutApproval", path="/inquiries", scope="decide",
        summary="Ask whoever asks for it a question",
        description="The requester is written to, where the directory or the submission gives an e-mail address, with"
        " a link to a page on which to reply. It stays pending, and its deadline stays.",
        body=InquiryBody, example={"reviewer": "ana@example.com", "text": "Which of the two invoices is this?"},
        says="The approval with the question.",
    ),
    changing(
        "replyToInquiry", path="/inquiries/{inquiry}/reply", scope="submit",
        summary="Reply to a question",
        description="Whoever asked the question is told. Another reply takes the place of the first." + OWN,
        body=ReplyBody, example={"text": "The second; the first was paid."},
        says="The approval with the reply.",
    ),
    changing(
        "nudgeApproval", path="/nudge", scope="submit",
        summary="Remind those who have not answered",
        description="At most once in an hour, whoever does it; sooner it is refused (403). Takes no body." + OWN,
        says="The approval; they are being reminded.",
    ),
)  # fmt: skip

WITHDRAW = changing(
    "withdrawApproval", path="/withdraw", scope="submit",
    summary="Withdraw an approval",
    description="For whoever asked for it and needs it no longer: the waiting state fails with the error"
    " Approval.Cancelled." + OWN,
    body=WithdrawBody, example={"reason": "The customer has changed their mind."},
    says="The approval, cancelled.",
)  # fmt: skip
