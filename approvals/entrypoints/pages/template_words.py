"""The functions of presentation that page templates call, under one name each."""

from types import SimpleNamespace

from approvals.presentation.deadlines import late_sentence, progress_sentence, timeout_sentence
from approvals.presentation.details import as_lines, parts, shown
from approvals.presentation.lists import counted, listed_html, quoted_html
from approvals.presentation.messages.counts import one_by_one_sentence, recorded_title, waiting_title
from approvals.presentation.messages.failing import NOT_REACHED, attempts_sentence, reason_of
from approvals.presentation.messages.origins import looking_html, origin_html, principal_html
from approvals.presentation.messages.pages import ANSWER_BY, OPEN_UNTIL, STEP_STATES, may_change_sentence, status_label
from approvals.presentation.moments import moment
from approvals.presentation.names import execution_name, link_host, reviewer_name, workflow_name
from approvals.presentation.outcomes import callback_sentence, outcome_sentence
from approvals.presentation.spans import COUNTDOWN, relative
from approvals.presentation.text import cut, plain

WORDS = SimpleNamespace(
    COUNTDOWN=COUNTDOWN, looking_html=looking_html, origin_html=origin_html, principal_html=principal_html,
    as_lines=as_lines, callback_sentence=callback_sentence, counted=counted, cut=cut, execution_name=execution_name,
    parts=parts, late_sentence=late_sentence, link_host=link_host, listed_html=listed_html, moment=moment,
    one_by_one_sentence=one_by_one_sentence, outcome_sentence=outcome_sentence, plain=plain,
    progress_sentence=progress_sentence, quoted_html=quoted_html, recorded_title=recorded_title, relative=relative,
    reviewer_name=reviewer_name, shown=shown, timeout_sentence=timeout_sentence, waiting_title=waiting_title,
    workflow_name=workflow_name, ANSWER_BY=ANSWER_BY, OPEN_UNTIL=OPEN_UNTIL, STEP_STATES=STEP_STATES,
    NOT_REACHED=NOT_REACHED, attempts_sentence=attempts_sentence, reason_of=reason_of,
    may_change_sentence=may_change_sentence, status_label=status_label,
)  # fmt: skip
