"""Trigger IDs, valid once within three seconds, and response URLs, valid five times within 30 minutes."""

from dataclasses import dataclass, field

from approvals.demo.fake_slack.errors import ApiError

TRIGGER_SECONDS = 3
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


@dataclass(kw_only=True)
class Trigger:
    team: str
    user: str
    at: float
    view: str | None = None
    """The modal in which it was clicked."""
    used: bool = False


@dataclass(kw_only=True)
class ResponseUrl:
    team: str
    channel: str
    user: str
    at: float
    message_ts: str | None = None
    only_for: str | None = None
    uses: int = 0


@dataclass
class Grants:
    triggers: dict[str, Trigger] = field(default_factory=dict)
    responses: dict[str, ResponseUrl] = field(default_factory=dict)

    def redeem(self, trigger_id: str, *, team: str, now: float) -> Trigger:
        """Use up a trigger ID. Raise ApiError if it is unknown, used or expired."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None or trigger.team != team:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if now - trigger.at > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def respond(self, secret: str, *, now: float) -> ResponseUrl | None:
        """Use a response URL once. Return None if it is unknown, used up or expired."""
        found = self.responses.get(secret)
        if found is None or found.uses >= RESPONSE_USES or now - found.at > RESPONSE_SECONDS:
            return None
        found.uses += 1
        return found
