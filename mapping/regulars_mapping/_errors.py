"""The one error tree of Regulars, named by what the sync loop does next.

RegularsError
├── RetryError            wait and try the same thing again: time-outs, 429, 5xx, a locked database
│   └── LeaseLostError    somebody else holds the lease now; this worker must drop what it was doing
├── PermanentError        the same thing would fail for ever: it goes to the dead letters
│   └── UnmappableError   a payload that cannot become a canonical model
├── MisconfiguredError    a person must change something: a wrong key, a missing right, a bad setting
└── SkipError             nothing to do here: the object is gone or is no business of ours

The word of the branch (``failure``) is what dead letters and push operations keep in the database.
"""

from enum import StrEnum
from typing import ClassVar, Self


class Failure(StrEnum):
    """What the sync loop does after an error; the word kept in the database."""

    RETRY = "retry"
    PERMANENT = "permanent"
    MISCONFIGURED = "misconfigured"
    SKIP = "skip"


class RegularsError(Exception):
    """Root of the tree. The message names the thing, the place and the remedy, and no personal data."""

    failure: ClassVar[Failure] = Failure.PERMANENT


class RetryError(RegularsError):
    """The same call may succeed later. ``retry_after`` is what the other side asked for, in seconds."""

    failure = Failure.RETRY

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LeaseLostError(RetryError):
    """The lease's epoch moved on: every write of this worker is void from here."""


class PermanentError(RegularsError):
    """The same call would fail for ever."""

    failure = Failure.PERMANENT


class UnmappableError(PermanentError):
    """A payload that cannot become a canonical model.

    ``path`` is the field's path in the payload (``billing.first_name``), ``reason`` plain words without
    the value, so that neither logs nor dead-letter reasons carry personal data.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """Copied and sent to another process by what made it, not by its message."""
        return type(self), (self.path, self.reason)


class MisconfiguredError(RegularsError):
    """A person must change something before this can work."""

    failure = Failure.MISCONFIGURED


class SkipError(RegularsError):
    """Nothing to do: the object is gone or does not concern the customer base."""

    failure = Failure.SKIP
