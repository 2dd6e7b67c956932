"""The clock as a parameter: whoever needs the time is handed a Clock."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is: an aware datetime in UTC. Any callable that does so will serve."""

    def __call__(self) -> datetime:
        """Now, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def __repr__(self) -> str:
        return "SystemClock()"
