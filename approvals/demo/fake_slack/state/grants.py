"""What Slack hands out for a while: trigger ids, once within three seconds; response URLs, five times in 30 minutes."""

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
    """The modal that it was clicked in."""
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
        """Raises Refused, by the name of what is wrong with it."""
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
        """None once it is used up or too old, or where there never was one."""
        found = self.responses.get(secret)
        if found is None or found.uses >= RESPONSE_USES or now - found.at > RESPONSE_SECONDS:
            return None
        found.uses += 1
        return found
