"""Rules and queue together over generated people, as the owner's documents tell how to measure them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """``bench quality`` over a small town."""
    command = [sys.executable, "-m", "bench", "quality", "--people", "700", "--seed", "7", "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    runs: dict[str, Any] = json.loads(ran.stdout)["quality"]["runs"]
    return runs


def test_nobody_is_joined_with_another_and_most_of_what_is_one_is_joined(measured: dict[str, Any]) -> None:
    joined = measured["joined"]
    assert joined["wrong"].get("wrong", 0) == 0
    assert joined["right"] > 0.8 * joined["possible"] > 500


def test_the_queue_is_mostly_right_and_finds_most_of_what_the_rules_leave(measured: dict[str, Any]) -> None:
    queue, joined = measured["queues"]["with no bound"], measured["joined"]
    assert queue["right"] > 0.75 * queue["length"]
    assert queue["joins"] > 0.6 * (joined["possible"] - joined["right"])
