"""Looking up people and channels."""

from slack_sdk import WebClient

from tests.support.slack.workspace import OPS, CastSlack, refusal

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Deploy?*"}}


# people and channels


def test_people_are_found_by_id_and_by_mail(client: WebClient) -> None:
    ana = client.users_lookupByEmail(email="Ana@Example.com")["user"]
    assert (ana["id"], ana["team_id"], ana["profile"]["email"]) == ("U0ANA", "T0ACME", "ana@example.com")
    assert client.users_info(user="U0SAM")["user"]["deleted"] is True
    assert refusal(client, "users.lookupByEmail", email="sam@example.com") == "users_not_found"
    assert refusal(client, "users.info", user="U0NONE") == "user_not_found"


def test_mail_addresses_are_told_only_with_their_scope(slack: CastSlack, client: WebClient) -> None:
    slack.team.scopes.discard("users:read.email")
    assert "email" not in client.users_info(user="U0ANA")["user"]["profile"]
    assert refusal(client, "users.lookupByEmail", email="ana@example.com") == "missing_scope"


def test_channels_are_listed_page_by_page(slack: CastSlack, client: WebClient) -> None:
    for number in range(5):
        slack.team.channel(f"C{number}", f"more-{number}", archived=number == 4)
    slack.team.channel("C0SECRET", "secret", private=True, bot=False)
    pages = client.conversations_list(limit=2, types="public_channel,private_channel", exclude_archived=True)
    assert [len(page["channels"]) for page in pages] == [2, 2, 1]
    assert refusal(client, "conversations.list", cursor="nonsense") == "invalid_cursor"
    assert refusal(client, "conversations.list", types="secret") == "invalid_types"


def test_a_channel_tells_whether_the_bot_is_in_it(slack: CastSlack, client: WebClient) -> None:
    slack.team.channel("C0FOREIGN", "foreign", bot=False)
    assert client.conversations_info(channel=OPS)["channel"]["is_member"] is True
    assert client.conversations_info(channel="C0FOREIGN")["channel"]["is_member"] is False
    assert slack.team.bot_user in client.conversations_members(channel=OPS)["members"]
