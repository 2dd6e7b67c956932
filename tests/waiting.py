"""Waiting for other processes: a condition with a deadline, no fixed sleep."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0
"""Seconds until what has to come is given up. Nothing waits for them but a failure."""


def until(there: Callable[[], Any], what: str) -> None:
    """Return once ``there`` says so; fails when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)
