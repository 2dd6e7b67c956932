"""A signal while the agent starts, wherever it strikes."""

import signal

import pytest

from regulars_agent._run_agent import _ended_early


def test_a_signal_that_comes_out_as_a_librarys_error_ends_the_agent_as_cleanly() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with _ended_early():
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException as struck:
            raise RuntimeError("the connection is in use") from struck
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_error_without_a_signal_is_not_taken_for_one() -> None:
    with pytest.raises(RuntimeError, match="broken"), _ended_early():
        raise RuntimeError("broken")
