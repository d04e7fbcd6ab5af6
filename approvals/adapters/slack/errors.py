"""The meaning of Slack's error codes for a message: given up, retried, or unknown. Each permanent one has its fix."""

import re
from datetime import timedelta

from msgspec.structs import replace

from approvals.domain.model.messages.results import GivenUp, ReasonClass, TryAgain

SOON, SLOWLY, SLOWEST = timedelta(seconds=3), timedelta(minutes=5), timedelta(hours=1)
RENEW = "set the current Bot User OAuth Token in APPROVALS_SLACK_TOKENS"
INVITE = "invite the app there with /invite"
ADMIN = "ask an administrator of the workspace"
OURS = "report this: Slack does not take the message as we write it"

GONE: dict[str, str] = {
    "message_not_found": "the message is no longer there",
    "cant_update_message": "the message is not ours to change",
    "edit_window_closed": "the workspace lets nobody change a message of that age",
    "is_inactive": "the channel is archived or deleted",
    "channel_not_found": f"there is no such channel, or the app may not see it: {INVITE}",
    "not_in_channel": f"the app is not in the channel: {INVITE}",
    "is_archived": "the channel is archived: unarchive it, or name another in the policy",
    "user_not_found": "there is no such person in the workspace: correct the directory file",
    "users_not_found": "nobody in the workspace has this e-mail address: correct the directory file",
    "user_not_visible": f"the app may not see this person: {ADMIN}",
    "user_disabled": "this person's account is deactivated: correct the directory file",
    "cannot_dm_bot": "this is a bot, and no person: correct the directory file",
    "messages_tab_disabled": "the app takes no direct messages: switch its Messages Tab on in App Home",
    "account_inactive": f"the app was removed from the workspace: install it again and {RENEW}",
    "invalid_auth": f"the token is not valid: {RENEW}",
    "not_authed": f"the token is not valid: {RENEW}",
    "token_revoked": f"the token was revoked: install the app again and {RENEW}",
    "token_expired": f"the token has expired: switch token rotation off, install the app again and {RENEW}",
    "not_allowed_token_type": f"this is no bot token: {RENEW}",
    "missing_scope": "the app lacks a scope: paste the manifest of `approvals slack manifest`, install it again",
    "no_permission": f"the app may not do this: {ADMIN}",
    "access_denied": f"the app may not do this: {ADMIN}",
    "accesslimited": f"the workspace does not let this network in: {ADMIN}",
    "ekm_access_denied": f"posting is suspended there: {ADMIN}",
    "org_login_required": f"the workspace is being moved to an organisation: {ADMIN}",
    "team_access_not_granted": f"the app was not granted access to the workspace: {ADMIN}",
    "enterprise_is_restricted": f"the organisation does not let the app do this: {ADMIN}",
    "restricted_action": f"a setting of the workspace forbids the app to post there: {ADMIN}",
    "restricted_action_read_only_channel": f"the channel is read-only: {ADMIN}, or name another",
    "restricted_action_thread_only_channel": "the channel takes replies only: name another",
    "restricted_action_thread_locked": "the thread is locked",
    "invalid_blocks": OURS,
    "invalid_blocks_format": OURS,
    "msg_blocks_too_long": OURS,
    "msg_too_long": OURS,
    "no_text": OURS,
    "block_mismatch": OURS,
    "invalid_arguments": OURS,
    "invalid_arg_name": OURS,
    "metadata_too_large": OURS,
    "invalid_metadata_format": OURS,
    "invalid_metadata_schema": OURS,
}
"""Repeating the call would give the same. The words are those of Slack's reference of its methods."""
NO_SUCH_PERSON = {
    "user_not_found", "users_not_found", "user_not_visible", "user_disabled", "cannot_dm_bot",
}  # fmt: skip
"""The errors about one person's own account."""
SHUT_OUT = {
    "account_inactive", "invalid_auth", "not_authed", "token_revoked", "token_expired", "not_allowed_token_type",
    "missing_scope", "no_permission", "access_denied", "accesslimited", "ekm_access_denied", "org_login_required",
    "team_access_not_granted", "enterprise_is_restricted",
}  # fmt: skip
"""The errors that an administrator fixes for the whole workspace."""
PERHAPS_DONE = {"fatal_error", "internal_error", "unreadable"}
"""Slack says of the first two: some aspect of the operation may have succeeded before the error."""
NOT_NOW = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_WORD = re.compile(r"[a-z][a-z0-9_]{1,60}")


class NotDone(Exception):
    """A call that failed: `code` is Slack's error code, `result` its meaning for a message."""

    def __init__(self, code: str, result: TryAgain | GivenUp) -> None:
        super().__init__(f"Slack: {result.reason}")
        self.code, self.result = code, result


def error_for_code(code: str, *, status: int = 200, after: timedelta | None = None, needed: str = "") -> NotDone:
    """Return the error for this response. `needed` is the missing scope that Slack names."""
    if not _WORD.fullmatch(code):
        code = "unreadable"
    if status == 429 or code in NOT_NOW:
        reason = f"Slack takes no more just now ({code})"
        return NotDone("ratelimited", TryAgain(reason, after=after or SLOWLY / 10, kind="throttled"))
    if status >= 500 or code in PERHAPS_DONE:
        reason = f"Slack failed ({code}, HTTP {status})"
        return NotDone(code, TryAgain(reason, ambiguous=True, after=SOON, kind="unreachable"))
    if code in GONE:
        more = f"; it needs {needed}" if needed and code == "missing_scope" else ""
        reason = f"{GONE[code]} ({code}{more})"
        return NotDone(code, GivenUp(reason, recipient=code in NO_SUCH_PERSON, kind=_kind(code)))
    return NotDone(code, TryAgain(f"Slack refuses ({code})", kind="refused"))


def _kind(code: str) -> ReasonClass:
    if code in SHUT_OUT:
        return "denied"
    return "invalid" if GONE[code] == OURS else "refused"


def update_result(error: NotDone) -> TryAgain | GivenUp:
    """Return the result of a failed update: retried, so that no old state is shown once access is given back.

    Updating twice is the same as once.
    """
    if error.code in SHUT_OUT:
        return TryAgain(error.result.reason, after=SLOWEST, kind=error.result.kind)
    return replace(error.result, ambiguous=False) if isinstance(error.result, TryAgain) else error.result


def connection_error(name: str) -> NotDone:
    """There was no connection, or it ended before all of the call had been handed over: Slack cannot have acted."""
    return NotDone("unsent", TryAgain(f"Slack cannot be reached ({name})", kind="unreachable"))


def no_response_error(name: str) -> NotDone:
    """All of it went out and no answer came back. What is tried again a little later can be looked up first."""
    reason = f"Slack did not answer ({name})"
    return NotDone("unanswered", TryAgain(reason, ambiguous=True, after=SOON, kind="timeout"))
