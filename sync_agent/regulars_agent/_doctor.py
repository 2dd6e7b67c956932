"""Whether a workspace is sound: what was looked at, what was found, and what to do about it."""

import os
import shlex
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

import regulars_store as store
from regulars_agent._demands_shown import demand_troubles
from regulars_agent._file_keyring import MASTER_KEY_VARIABLE
from regulars_agent._marketing_troubles import marketing_troubles
from regulars_agent._proof_chore import offer_troubles
from regulars_agent._status_hooks import status_hook_troubles
from regulars_agent._webhooks_state import webhooks_findings, webhooks_state
from regulars_agent._workspace import Workspace
from regulars_connectors import Finding, Severity
from regulars_mapping import RegularsError

SHOP_SECONDS = 10.0
"""How long the doctor waits for one shop."""
_RESTORE = "Stop what uses it, restore a backup, and run: regulars doctor"
_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "beegfs",
    "fuse.sshfs",
    "vboxsf",
    "drvfs",
)
_LITTLE_ROOM = 1024**3
_NO_ROOM = 100 * 1024**2
_TOLERANCE = timedelta(seconds=5)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def doctor(workspace: Workspace) -> list[Finding]:
    """Look at everything a workspace needs; at least one finding a subject, in a fixed order. Shops are asked
    for their webhooks only, in one request each and for ``SHOP_SECONDS`` at most.

    Raises nothing for what it can name. Writes a test entry to the keyring and a file to the workspace, and
    takes both away again.
    """
    return [finding for look in _LOOKS for finding in _looked(look, workspace)]


def filesystem_of(path: Path, mounts: str) -> str:
    """The kind of file system that ``path`` (absolute) lies on, by a ``mountinfo``'s text; '' if unknown."""
    found, longest = "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = fields[4].encode().decode("unicode_escape")
        if path.is_relative_to(point) and len(point) >= longest:
            found, longest = after.split(" ")[0], len(point)
    return found


def _looked(look: Callable[[Workspace], Iterator[Finding]], workspace: Workspace) -> list[Finding]:
    try:
        return list(look(workspace))
    except RegularsError as error:
        return [_problem(_subject(look), str(error))]
    except SQLAlchemyError as error:
        # The database's own words may quote the address with its password.
        said = f"The store at {workspace.settings.store_place} answered with {type(error).__name__}."
        remedy = "Check the address and that the database is running."
        return [_problem(_subject(look), said, _RESTORE if workspace.store.dialect == "sqlite" else remedy)]
    except OSError as error:
        said = f"{error.filename or workspace.settings.directory}: {error.strerror}."
        return [_problem(_subject(look), said, "Check that it is there and may be read and written.")]


def _subject(look: Callable[[Workspace], Iterator[Finding]]) -> str:
    return look.__name__.strip("_").replace("_", " ")


def _settings(workspace: Workspace) -> Iterator[Finding]:
    path = workspace.settings.settings_file
    mode = path.stat().st_mode
    if mode & _OTHERS_WRITE:
        yield _warning("settings", f"{path} may be changed by other users.", f"chmod go-w {path}")
    if workspace.unknown_variables:
        names = ", ".join(workspace.unknown_variables)
        yield _warning("settings", f"These variables mean nothing: {names}.", "Correct or unset them.")
    yield _ok("settings", f"{path} was read.")


def _store(workspace: Workspace) -> Iterator[Finding]:
    workspace.store.check_version()
    if workspace.store.dialect == "sqlite":
        with workspace.store.read() as connection:
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if said != "ok":
            yield _problem("store", f"{workspace.settings.store_place} is damaged.", _RESTORE)
            return
    yield _ok("store", f"{workspace.settings.store_place} is reachable and of this version.")


def _journal(workspace: Workspace) -> Iterator[Finding]:
    path = workspace.settings.store_file
    if path is None or not path.exists():
        yield _ok("journal", "There is none yet." if path else "PostgreSQL keeps its own.")
        return
    with workspace.store.read() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if mode == "wal":
        yield _ok("journal", "The store writes ahead (WAL): reading and writing do not wait for each other.")
    else:
        said = (
            f"The store's journal mode is '{mode}' instead of WAL, so readers and writers block each other."
        )
        yield _problem("journal", said, "Put the store on a local disk.")


def _store_file(workspace: Workspace) -> Iterator[Finding]:
    path = workspace.settings.store_file
    if path is None or not path.exists():
        # That it is missing is said of the store itself.
        yield _ok("store file", "There is none yet." if path else "PostgreSQL keeps its own.")
        return
    yield from _private("store file", path, "The customer base")
    kind = filesystem_of(path.resolve(), _MOUNTS.read_text() if _MOUNTS.exists() else "")
    if kind.startswith(_NETWORK):
        said = f"{path} lies on a network file system ({kind}), where SQLite may lose data."
        yield _warning("store file", said, "Put the store on a local disk, or use PostgreSQL.")


def _disk(workspace: Workspace) -> Iterator[Finding]:
    place = (workspace.settings.store_file or workspace.settings.settings_file).parent
    free = shutil.disk_usage(place).free
    said = f"{free // 1024**2} MiB are free in {place}."
    if free < _NO_ROOM:
        yield _problem("disk", said, "Make room: the store cannot be written to for long.")
    elif free < _LITTLE_ROOM:
        yield _warning("disk", said, "Make room before the next backfill.")
    else:
        yield _ok("disk", said)


def _keyring(workspace: Workspace) -> Iterator[Finding]:
    secrets, shop, kept = workspace.secrets, f"doctor-{token_hex(8)}", SecretStr(token_hex(16))
    try:
        secrets.set(shop, "test", kept)
        found = secrets.find(shop, "test")
        secrets.delete(shop, "test")
    except RegularsError as error:
        # Where variables carry the shops' secrets, a machine does well without a keyring.
        bad = _warning if secrets.given_by_environment else _problem
        yield bad(
            "keyring", str(error), f"Set {MASTER_KEY_VARIABLE}, or give each secret in its own variable."
        )
        return
    if found is None or found.get_secret_value() != kept.get_secret_value():
        yield _problem(
            "keyring", f"{secrets.backend_name} forgets what it is given.", f"Set {MASTER_KEY_VARIABLE}."
        )
    else:
        yield _ok("keyring", f"{secrets.backend_name} keeps and gives back a test entry.")


def _secrets_file(workspace: Workspace) -> Iterator[Finding]:
    path = workspace.settings.secrets_file
    if not path.exists():
        yield _ok("secrets file", "None is in use.")
        return
    yield from _private("secrets file", path, "The keyring's file")
    if path.parent.stat().st_mode & _OTHERS:
        said = f"{path.parent} is open to other users."
        yield _warning("secrets file", said, f"chmod 700 {path.parent}")


def _clock(workspace: Workspace) -> Iterator[Finding]:
    sources = [("the file system's", _file_time), ("the store's", _store_time)]
    off = [(whose, _difference(workspace, of)) for whose, of in sources]
    wrong = [f"{abs(by.total_seconds()):.0f} s from {whose}" for whose, by in off if abs(by) > _TOLERANCE]
    if wrong:
        said = f"The clock is off by {' and by '.join(wrong)}."
        yield _warning("clock", said, "Have the machines' clocks set by NTP.")
        return
    made = datetime.fromtimestamp(workspace.settings.settings_file.stat().st_mtime, UTC)
    if workspace.clock() < made - _TOLERANCE:
        said = f"The clock says {workspace.clock():%Y-%m-%d %H:%M}, before the settings were last changed."
        yield _warning("clock", said, "Have the machine's clock set by NTP.")
    else:
        yield _ok("clock", "It agrees with the file system and the store.")


def _webhooks(workspace: Workspace) -> Iterator[Finding]:
    for shop in _shops(workspace):
        try:
            with workspace.connector(shop, until=time.monotonic() + SHOP_SECONDS) as connector:
                found = webhooks_findings(shop.name, webhooks_state(workspace, shop, connector))
        except RegularsError as error:
            found = [_warning("webhooks", str(error), f"regulars shop check {shlex.quote(shop.name)}")]
        yield from (replace(each, subject=f"{each.subject} of {shop.name}") for each in found)


def _status_hooks(workspace: Workspace) -> Iterator[Finding]:
    try:
        troubles = list(status_hook_troubles(workspace))
    except (RegularsError, SQLAlchemyError):
        # What is wrong with the store is said of the store itself.
        return
    for key, said, remedy in troubles:
        yield _warning(f"hook {key}", said, remedy)


def _demands(workspace: Workspace) -> Iterator[Finding]:
    try:
        troubles = list(demand_troubles(workspace))
    except (RegularsError, SQLAlchemyError):
        # What is wrong with the store is said of the store itself.
        return
    for subject, said, remedy in troubles:
        yield _warning(subject, said, remedy)


def _marketing(workspace: Workspace) -> Iterator[Finding]:
    try:
        troubles = list(marketing_troubles(workspace))
    except (RegularsError, SQLAlchemyError):
        # What is wrong with the store is said of the store itself.
        return
    for subject, said, remedy in troubles:
        yield _warning(subject, said, remedy)


def _offers(workspace: Workspace) -> Iterator[Finding]:
    try:
        troubles = list(offer_troubles(workspace))
    except (RegularsError, SQLAlchemyError):
        # What is wrong with the store is said of the store itself.
        return
    for subject, said, remedy in troubles:
        yield _warning(subject, said, remedy)


def _shops(workspace: Workspace) -> Sequence[store.Shop]:
    try:
        with workspace.store.read() as connection:
            return store.shops(connection)
    except (RegularsError, SQLAlchemyError):
        # What is wrong with it is said of the store itself.
        return ()


def _difference(workspace: Workspace, other: Callable[[Workspace], datetime]) -> timedelta:
    """How far another clock stands from ours; what reading it took does not count."""
    before = workspace.clock()
    theirs = other(workspace)
    after = workspace.clock()
    return min(theirs - before, timedelta()) if theirs < before else max(theirs - after, timedelta())


def _file_time(workspace: Workspace) -> datetime:
    with tempfile.NamedTemporaryFile(dir=workspace.settings.directory, prefix=".doctor-") as file:
        return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)


def _store_time(workspace: Workspace) -> datetime:
    if workspace.store.dialect == "sqlite":
        return workspace.clock()
    with workspace.store.read() as connection:
        told: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return told.astimezone(UTC)


def _private(subject: str, path: Path, what: str) -> Iterator[Finding]:
    if path.stat().st_mode & _OTHERS:
        yield _warning(subject, f"{what} ({path}) is open to other users.", f"chmod 600 {path}")
    else:
        yield _ok(subject, f"{path} is this user's alone.")


def _ok(subject: str, message: str) -> Finding:
    return Finding(Severity.OK, subject, message)


def _warning(subject: str, message: str, remedy: str) -> Finding:
    return Finding(Severity.WARNING, subject, message, remedy)


def _problem(subject: str, message: str, remedy: str = "") -> Finding:
    return Finding(Severity.PROBLEM, subject, message, remedy)


# The keyring's round trip writes its file anew, with the right mode: what it was must be seen before.
_LOOKS = (
    _settings,
    _store,
    _journal,
    _store_file,
    _disk,
    _secrets_file,
    _keyring,
    _clock,
    _webhooks,
    _demands,
    _status_hooks,
    _marketing,
    _offers,
)
