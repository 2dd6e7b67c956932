"""Everything that is kept about a person, with where it came from, in one file for them or for a court.

A ZIP archive: ``evidence.json`` and each landed payload as a file of its own. Both are written in streams,
out of one snapshot of the store.
"""

import errno
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._erasure_subject import accounts_of
from regulars_agent._identity_sides import LONGEST_SEARCH, side_of
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError, PermanentError

EVIDENCE_FORMAT: Final = "regulars-evidence"
EVIDENCE_VERSION: Final = 1
"""Raised when something in the file changes its name or meaning; what is added does not raise it."""
_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that was written: whose, where, how many rows by table, how many payloads, and its bytes.

    ``person`` is empty where all accounts are gone from their shops. ``parts`` are the accounts by what an
    e-mail or a decision joins, where a phone or a card alone joins some: who has one may be somebody else.
    """

    person: str
    file: str
    version: int
    rows: dict[str, int]
    payloads: int
    bytes: int
    parts: tuple[tuple[str, ...], ...] = ()


def export_evidence(workspace: Workspace, person: str, path: Path, *, who: str) -> Evidence:
    """Write all that is kept about a person into a new file, for its owner alone (mode 0600).

    ``person`` is an id of a person or an account, an e-mail or a phone; an account or an e-mail of nobody any
    more and the token of an erased person do too. The file is there whole or not at all. That it was written
    is noted in the audit; the file itself does not tell of that. Raises SkipError where nobody is meant,
    PermanentError where several persons may be and where there is a file already, MisconfiguredError where
    none can be written.
    """
    now = workspace.clock()
    with _fresh(path) as file:
        with workspace.store.read() as connection:
            scope = _scope(connection, person)
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                payloads = _write_payloads(archive, store.evidence_payloads(connection, scope), now)
                rows = _write_evidence(archive, connection, scope, now, who=who)
            parts = store.loose_parts(connection, scope.accounts)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
        written = Evidence(scope.person, str(path), EVIDENCE_VERSION, rows, payloads, size, parts)
        _note(workspace, scope, written, now, who=who)
    return written


def _scope(connection: Connection, text: str) -> store.EvidenceScope:
    usual = len(text) <= LONGEST_SEARCH and text.isprintable()
    # What no database takes as a text is nobody's name: that is said as everywhere.
    accounts = accounts_of(connection, text) if usual else side_of(connection, text).members
    persons = store.persons_about(connection, accounts)
    # Of an account that is gone and leads to several persons only what is its own is theirs for sure.
    if len(persons) == 1:
        members = (row["id"] for row in store.accounts_of_persons(connection, persons))
        accounts = store.written_under(connection, sorted({*accounts, *members}))
    rows = store.accounts_named(connection, accounts).values()
    person = next((row["person_id"] for row in rows if row["person_id"] is not None), "")
    return store.evidence_scope(connection, person, accounts)


def _write_payloads(archive: ZipFile, payloads: Iterable[bytes], now: datetime) -> int:
    number = 0
    for number, payload in enumerate(payloads, start=1):
        archive.writestr(_member(_payload(number), now), payload)
    return number


def _write_evidence(
    archive: ZipFile, connection: Connection, scope: store.EvidenceScope, now: datetime, *, who: str
) -> dict[str, int]:
    head = {
        "format": EVIDENCE_FORMAT,
        "version": EVIDENCE_VERSION,
        "made_at": now,
        "made_by": who,
        "person": scope.person,
        "accounts": scope.accounts,
        "shops": _shops(connection, scope),
        "left_out": dict(store.EVIDENCE_LEFT_OUT),
        "elsewhere": _ELSEWHERE,
    }
    counts = {}
    with archive.open(_member("evidence.json", now), "w", force_zip64=True) as file:
        file.write(_json(head).rstrip(b"}") + b',\n"tables": {')
        for place, table in enumerate(store.EVIDENCE_TABLES):
            file.write((",\n" if place else "\n").encode() + _json(table) + b": [")
            counts[table] = _write_rows(file, _rows(connection, table, scope))
            file.write(b"]")
        file.write(b"\n}}\n")
    return counts


def _write_rows(file: IO[bytes], rows: Iterable[dict[str, Any]]) -> int:
    number = 0
    for number, row in enumerate(rows, start=1):
        file.write((b",\n  " if number > 1 else b"\n  ") + _json(row))
    return number


def _rows(connection: Connection, table: str, scope: store.EvidenceScope) -> Iterator[dict[str, Any]]:
    rows = store.evidence_rows(connection, table, scope)
    if table != "observation":
        return rows
    return ({**row, "payload": _payload(number)} for number, row in enumerate(rows, start=1))


def _payload(number: int) -> str:
    return f"payloads/{number:06}.json"


def _member(name: str, now: datetime) -> ZipInfo:
    made = ZipInfo(name, max(now.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    made.compress_type = ZIP_DEFLATED
    made.external_attr = 0o600 << 16
    return made


def _shops(connection: Connection, scope: store.EvidenceScope) -> list[dict[str, Any]]:
    mine = {int(account.partition(":")[0]) for account in scope.accounts}
    return [
        {"id": shop.id, "name": shop.name, "platform": shop.platform, "url": shop.url}
        for shop in store.every_shop(connection)
        if shop.id in mine
    ]


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain).encode()
    except UnicodeEncodeError:
        # Shops' texts may hold halves of characters; JSON can say them escaped.
        return json.dumps(value, default=_plain).encode()


def _plain(value: Any) -> str | list[Any]:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in evidence")


@contextmanager
def _fresh(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when it is whole; nothing of it stays after an exception."""
    if not path.name:
        raise MisconfiguredError(f"{path} is a folder. Name a file in it, one that is not there yet.")
    part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.part")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        _refuse_taken(path)
        with os.fdopen(os.open(part, flags, 0o600), "w+b") as file:
            yield file
        _name(part, path)
    except FileExistsError as error:
        raise PermanentError(_THERE.format(path=path)) from error
    except OSError as error:
        raise MisconfiguredError(
            f"{path} cannot be written ({error.strerror or type(error).__name__}). Name a file in a folder "
            "that is there, that you may write to, and that has room."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


def _refuse_taken(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise FileExistsError


def _name(part: Path, path: Path) -> None:
    """Give a whole file its name; raises FileExistsError where somebody took that meanwhile."""
    try:
        path.hardlink_to(part)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without hard links: the name is taken first.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        part.replace(path)


def _note(
    workspace: Workspace, scope: store.EvidenceScope, written: Evidence, now: datetime, *, who: str
) -> None:
    detail = {
        "accounts": list(scope.accounts),
        "rows": sum(written.rows.values()),
        "payloads": written.payloads,
    }
    subject = scope.person or scope.accounts[0]
    with workspace.store.write() as connection:
        store.write_audit(
            connection, who=who, action="person evidence", subject=subject, detail=detail, now=now
        )


_THERE: Final = "{path} is there already, and nothing is overwritten. Name another file."
_ELSEWHERE: Final = (
    "What the shops themselves keep of these accounts is not in here: ask each shop named under shops.",
    "Secrets are in the keyring, and name no customer. The queue of work holds ids of tasks only.",
)
