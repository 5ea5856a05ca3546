from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from copydesk.errors import CopydeskError
from copydesk.states import IllegalTransition, RunState, StepState, transition

# Written out a second time on purpose: the contract's table, word for word.
RUN = """
pending -> running
running -> suspended completed failed cancelled lost
suspended -> running cancelled
failed -> running
cancelled -> running
lost -> running
"""
STEP = """
pending -> running skipped cancelled
running -> completed failed timed_out retrying cancelled lost
retrying -> running cancelled lost
"""


def legal(table):
    return {
        (old, new) for old, _, news in (line.partition(" -> ") for line in table.split("\n")) for new in news.split()
    }


@pytest.mark.parametrize(("kind", "table"), [(RunState, RUN), (StepState, STEP)])
def test_exactly_the_moves_of_the_contract_are_legal(kind, table):
    for old in kind:
        for new in kind:
            if (old.value, new.value) in legal(table):
                assert transition(old, new) is new
            else:
                with pytest.raises(IllegalTransition) as caught:
                    transition(old, new)
                assert isinstance(caught.value, CopydeskError)
                assert (caught.value.old, caught.value.new) == (old, new)


def test_final_states():
    assert {s.value for s in RunState if s.final} == {"completed", "failed", "cancelled", "lost"}
    assert {s.value for s in StepState if s.final} == {
        "completed", "failed", "timed_out", "skipped", "cancelled", "lost",
    }  # fmt: skip


def test_a_step_cannot_take_a_state_of_a_run():
    with pytest.raises(IllegalTransition):
        transition(StepState.PENDING, RunState.RUNNING)


def test_the_message_names_both():
    with pytest.raises(IllegalTransition, match="a step cannot go from completed to running"):
        transition(StepState.COMPLETED, StepState.RUNNING)


class Runs(RuleBasedStateMachine):
    """A run with attempts and one step in each, pushed about at random."""

    def __init__(self):
        super().__init__()
        self.run = RunState.PENDING
        self.step = StepState.PENDING
        self.attempts = 1
        self.ended = 0
        self.step_history = [StepState.PENDING]

    @rule(new=st.sampled_from(RunState))
    def move_run(self, new):
        old = self.run
        try:
            self.run = transition(old, new)
        except IllegalTransition:
            assert (old.value, new.value) not in legal(RUN)
            return
        self.ended += new.final
        if old.final:
            assert new is RunState.RUNNING
            self.attempts += 1
            self.step = StepState.PENDING
            self.step_history = [StepState.PENDING]

    @precondition(lambda self: self.run is RunState.RUNNING)
    @rule(new=st.sampled_from(StepState))
    def move_step(self, new):
        try:
            self.step = transition(self.step, new)
        except IllegalTransition:
            return
        self.step_history.append(new)

    @invariant()
    def an_attempt_ends_at_most_once(self):
        assert self.attempts - 1 <= self.ended <= self.attempts
        assert (self.ended == self.attempts) == self.run.final

    @invariant()
    def a_completed_run_stays_so(self):
        if self.run is RunState.COMPLETED:
            assert not self.run.next

    @invariant()
    def a_step_ends_once_and_its_retries_lie_between_two_tries(self):
        assert all(not state.final for state in self.step_history[:-1])
        for before, after in zip(self.step_history, self.step_history[1:], strict=False):
            assert before is not after
            if after is StepState.RETRYING:
                assert before is StepState.RUNNING


TestRuns = Runs.TestCase
