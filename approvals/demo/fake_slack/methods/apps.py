"""apps.*: the websocket URL for Socket Mode."""

from typing import Any

from approvals.demo.fake_slack.methods.request import ApiCall


def connections_open(call: ApiCall) -> dict[str, Any]:
    return {"url": call.state.new_socket_url()}
