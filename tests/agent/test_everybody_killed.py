"""An agent killed with -9 while two processes compute everybody: the next makes it whole, nothing is left."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from agent_world import ENVIRON
from profile_world import NOW, town
from purchases import gift, tiers, welcome
from regulars_marketing import ready_segments, save_programme
from regulars_marketing._segments import add_segment
from regulars_store import Store, digest, mark_dirty, open_store, tables
from waiting import until

PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from regulars_agent import Settings, derive, open_workspace
from regulars_marketing import _compute_all

_compute_all.LONG, _compute_all._NOTED = 1, 3
now, plain = datetime.fromisoformat(sys.argv[2]), Settings(directory=Path(sys.argv[1]))
batches = plain.batches.model_copy(update={"pause": float(sys.argv[3])})
settings = plain.model_copy(update={"batches": batches})
with open_workspace(settings, clock=lambda: now, environ={"REGULARS_MASTER_KEY": sys.argv[4]}) as workspace:
    derive(workspace)
"""
PEOPLE = 33
RESTFUL = 0.2
"""Seconds after each chunk, in which the process is found in the middle."""


def peopled(folder: Path) -> Store:
    """A workspace's store in which everybody is to be computed, nobody ever was."""
    folder.mkdir()
    store = open_store(f"sqlite:///{folder}/regulars.sqlite3")
    store.upgrade()
    town(3, PEOPLE).store(store)
    season = gift("seasonal", percent="3", first_day="2026-01-01", last_day="2026-12-31", level="X")
    with store.write() as connection:
        connection.execute(update(tables.shop).values(options={"checks_emails": "yes"}))
        for programme in (tiers(downgrade="never"), welcome(), season):
            save_programme(connection, programme, who="owner", now=NOW)
        for each in ready_segments():
            if "{top}" not in each.expression:
                add_segment(connection, each.key, each.expression, title="", who="owner", now=NOW)
        mark_dirty(connection, "programmes", ["everybody"])
    return store


def agent(folder: Path, *, pause: float = 0.0) -> subprocess.Popen[bytes]:
    """What it and its second process say goes into a file."""
    command = [sys.executable, "-c", PROGRAM, str(folder), NOW.isoformat(), str(pause)]
    with (folder / "said").open("ab") as said:
        return subprocess.Popen([*command, ENVIRON["REGULARS_MASTER_KEY"]], stderr=said)


def count(store: Store, table: str) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.metadata.tables[table])) or 0


def children(process: subprocess.Popen[bytes]) -> list[int]:
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for path in tasks for child in path.read_text().split()]


def lives(pid: int) -> bool:
    """Whether it still runs; one that nobody waits for may stay as a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("written", ["person_profile", "offer"])
def test_killed_in_the_middle_of_everybody_it_ends_as_if_undisturbed_and_leaves_no_process(
    tmp_path: Path, written: str
) -> None:
    whole, broken = peopled(tmp_path / "whole"), peopled(tmp_path / "broken")
    assert agent(tmp_path / "whole").wait() == 0
    process = agent(tmp_path / "broken", pause=RESTFUL)
    try:
        until(lambda: children(process), "the second process")
        # One person was marked, and is computed before everybody.
        until(lambda: count(broken, written) > 4, f"the first rows of {written}")
        (second,) = children(process)
    finally:
        process.kill()
        process.wait()
    until(lambda: not lives(second), "the end of the second process")
    assert 4 < count(broken, written) < count(whole, written), "it was killed in the middle"
    assert agent(tmp_path / "broken").wait() == 0
    assert (tmp_path / "broken" / "said").read_text() == ""
    with broken.read() as connection, whole.read() as other:
        assert digest(connection) == digest(other)
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    for table in ("offer", "rating", "segment_member", "dirty", "person_fact"):
        assert count(broken, table) == count(whole, table) > 0, table
    broken.close()
    whole.close()
