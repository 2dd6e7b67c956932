"""Two commands of the owner's at once: each waits shortly for its turn."""

import os
import time
from datetime import timedelta

import pytest

from command_line import MASTER_KEY, CommandLine, Running
from regulars_agent import Workspace, load_settings, open_workspace
from regulars_agent._leases import held
from regulars_mapping import RetryError
from waiting import until

_WELCOME = 'kind = "welcome"\nkey = "welcome"\ntitle = "For the new"\npercent = "5"\n'


def opened(regulars: CommandLine, *, patience: float = 0.0) -> Workspace:
    environ = {**os.environ, "REGULARS_MASTER_KEY": MASTER_KEY}
    settings = load_settings(regulars.directory, environ=environ)
    return open_workspace(settings, environ=environ, patience=timedelta(seconds=patience))


def waits(running: Running) -> bool:
    return "waiting for a moment: derive:" in running.err.read_text("utf-8")


def test_commands_at_once_wait_for_their_turn_and_all_are_done(regulars: CommandLine) -> None:
    regulars.begin()
    file = regulars.directory / "welcome.toml"
    file.write_text(_WELCOME)
    regulars.environ["REGULARS_LOG_LEVEL"] = "INFO"
    with opened(regulars) as workspace, held(workspace, "derive:facts"):
        # Both come while a third is at it; then they meet each other.
        at_once = [
            regulars.start("programme", "enable", str(file)),
            regulars.start("segment", "add", "big", "number_of_orders > 2"),
        ]
        for each in at_once:
            until(lambda each=each: waits(each), "a command that waits for its turn")
    ended = [each.ended() for each in at_once]
    assert [each.code for each in ended] == [0, 0], ended
    assert [each["key"] for each in regulars.done("programme", "list", "--json").json] == ["welcome"]
    assert [
        each["segment"]["key"] for each in regulars.done("segment", "list", "--json").json["segments"]
    ] == ["big"]


def test_a_turn_that_does_not_come_is_waited_for_shortly(regulars: CommandLine) -> None:
    regulars.begin()
    with opened(regulars) as one, opened(regulars, patience=0.3) as other, held(one, "derive:facts"):
        started = time.monotonic()
        with (
            pytest.raises(RetryError, match="Figures, segments and offers are being computed by"),
            held(other, "derive:facts"),
        ):
            pass
        assert 0.2 < time.monotonic() - started < 5
