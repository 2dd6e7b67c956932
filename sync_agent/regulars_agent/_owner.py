"""Who holds a lease, and whether that holder is surely dead.

An owner reads ``host:pid:start``. ``start`` is the process's start time and a short digest of the running
kernel and its process namespace, so that neither a re-used pid, a restarted machine, a namesake host nor a
container that shares its host's name is ever mistaken for the holder.
"""

import os
import re
import socket
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

PROC = Path("/proc")
_MAX_PID = 2**31 - 1
_GONE = ("Z", "X", "x")
"""States of a process that has ended and only waits for its parent to notice."""


def owner_name(*, pid: int | None = None, proc: Path = PROC) -> str:
    """The name under which a process (this one by default) holds leases."""
    number = os.getpid() if pid is None else pid
    state = _state_and_start(number, proc)
    started = state[1] if state else "0"
    return f"{_host()}:{number}:{started}-{_place(proc)}"


def holder_is_dead(owner: str, *, proc: Path = PROC) -> bool:
    """Whether the process of this name has certainly ended.

    False whenever that cannot be known from here (another host, another container, another boot, a name that
    is none): the lease then runs out by itself. Without ``/proc`` a re-used pid counts as alive.
    """
    host, pid, started = _parsed(owner)
    when, _, place = started.partition("-")
    if host != _host() or place != _place(proc) or not 0 < pid <= _MAX_PID:
        return False
    if not _exists(pid):
        return True
    state = _state_and_start(pid, proc)
    return state is not None and (state[0] in _GONE or state[1] != when)


@dataclass(frozen=True, slots=True)
class Holder:
    """A holder of leases, for people. ``is_here``: in this very place, where ``pid`` means something;
    ``since`` (UTC) it runs, None where that cannot be known."""

    host: str
    pid: int
    is_here: bool
    since: datetime | None


def holder_of(owner: str, *, proc: Path = PROC) -> Holder:
    """The process of this name."""
    host, pid, started = _parsed(owner)
    ticks, _, place = started.partition("-")
    is_here = host == _host() and place == _place(proc)
    return Holder(host, pid, is_here, _moment_of(ticks, proc) if is_here else None)


def _moment_of(ticks: str, proc: Path) -> datetime | None:
    """The moment so many clock ticks after the machine's start."""
    with suppress(OSError, ValueError, IndexError, OverflowError):
        booted = re.findall(r"^btime ([0-9]+)$", (proc / "stat").read_text(), re.MULTILINE)[0]
        return datetime.fromtimestamp(int(booted) + int(ticks) / os.sysconf("SC_CLK_TCK"), UTC)
    return None


def _parsed(owner: str) -> tuple[str, int, str]:
    host, _, rest = owner.partition(":")
    pid, _, started = rest.partition(":")
    known = pid.isascii() and pid.isdecimal() and len(pid) <= 10
    return host, int(pid) if known else 0, started


def _host() -> str:
    return socket.gethostname().replace(":", "-")


def _place(proc: Path) -> str:
    """A digest of where pids have a meaning: this boot of this kernel and this process namespace."""
    try:
        where = (proc / "sys/kernel/random/boot_id").read_text() + str((proc / "self/ns/pid").readlink())
    except OSError:
        where = str(uuid.getnode())
    return blake2b(where.encode(), digest_size=5).hexdigest()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # Somebody else's process; /proc may hide it (hidepid), the kernel does not.
        return True
    return True


def _state_and_start(pid: int, proc: Path) -> tuple[str, str] | None:
    """A process's state and its start in clock ticks since boot; None where /proc does not say."""
    try:
        line = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The command's name stands in parentheses and may itself hold spaces and parentheses.
    fields = line.rpartition(")")[2].split()
    return (fields[0], fields[19]) if len(fields) > 19 else None
