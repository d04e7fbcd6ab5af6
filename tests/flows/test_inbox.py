"""The inbox: what waits for a person, for whoever has a link to it."""

import pytest

from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.errors import BadLink
from tests.builders import a_submission
from tests.fakes import World


def test_of_somebody_without_an_address_for_mail_there_is_no_inbox(world: World) -> None:
    """Nobody has such a link: it would be a forged one."""
    slack = world.another(deployment=Deployment(reach=Reach(channels=frozenset({"slack"}))))
    approval_id = slack.submit(a_submission(reviewers=("slack:U024BE7LH",)), caller="tests").approval_id
    for number in (0, 1, -1):
        with pytest.raises(BadLink):
            world.gateway.inbox(approval_id, reviewer=number)
