"""Consents out of a CSV file: from a mail tool, a till, or the shop's own list. All of it, or nothing."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._topics import topics
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError, PermanentError, e164, fold_email, one_line
from regulars_store import ConsentState

MOST_BYTES = 200_000_000
_MOST_TOLD = 5
_LONGEST_NAME = 200
_LONGEST_NOTE = 1_000
_CHUNK = 500
_COLUMNS = ("email", "phone", "state", "at", "topic", "note")
_STATES = {
    **{state.value: state for state in ConsentState},
    "subscribed": ConsentState.GRANTED,
    "unsubscribed": ConsentState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class ConsentsImported:
    """What an import came to: lines read, words that were news, and addresses that nobody has yet: what is
    said of these counts from the moment somebody comes with one."""

    lines: int
    written: int
    unknown: int


def import_consents(
    workspace: Workspace, path: Path, *, source: str, who: str, dry_run: bool = False
) -> ConsentsImported:
    """Write what a file says into the ledger; done again, nothing more.

    Columns, in any order: ``state`` (granted, withdrawn, pending; subscribed, unsubscribed), ``email`` or
    ``phone``, ``at`` (2026-05-17, or with a time; UTC where no zone is given), ``topic`` (marketing),
    ``note``. An opt-in needs its date; a withdrawal without one counts from when the file
    was last written. UTF-8, by commas or
    semicolons. Raises PermanentError with the lines and the reasons, and nothing is written;
    MisconfiguredError where the file cannot be read.
    """
    now = workspace.clock()
    told = {
        "source": one_line(source, what="The source", most=_LONGEST_NAME),
        "who": one_line(who, what="Who says so", most=_LONGEST_NAME),
    }
    with workspace.store.read() as connection:
        countries = [shop.country or "" for shop in store.shops(connection)] or [""]
    known = frozenset(topic.key for topic in topics(workspace))
    text, written = _text(path)
    reading = _Reading(now, min(now, written), known, tuple(dict.fromkeys(countries)))
    rows = [row | told for row in reading.read(text)]
    with workspace.store.read() if dry_run else workspace.store.write(durable=True) as connection:
        unknown = 0
        for place in range(0, len(rows), _CHUNK):
            unknown += _place(connection, rows[place : place + _CHUNK])
        news = 0 if dry_run else _write(connection, rows, who=who, now=now)
    return ConsentsImported(len(rows), news, unknown)


def _place(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    """Note whose the addresses are; how many are nobody's."""
    holders: dict[tuple[str, str], str] = {}
    for kind in ("email", "phone"):
        addresses = [row["address_folded"] for row in rows if row["address_kind"] == kind]
        for one in store.holders_at(connection, kind, addresses) if addresses else ():
            holders.setdefault((kind, one.address), one.account)
    for row in rows:
        row["account_id"] = holders.get((row["address_kind"], row["address_folded"]), "")
    return sum(not row["account_id"] for row in rows)


def _write(connection: Connection, rows: Sequence[dict[str, Any]], *, who: str, now: datetime) -> int:
    news = 0
    for place in range(0, len(rows), _CHUNK):
        some = rows[place : place + _CHUNK]
        news += store.add_consents(connection, some, whosever=True)
        for kind in ("email", "phone"):
            addresses = [row["address_folded"] for row in some if row["address_kind"] == kind]
            holders = store.holders_at(connection, kind, addresses) if addresses else []
            store.mark_dirty(connection, "facts", sorted({one.person for one in holders}))
    detail = {"lines": len(rows), "written": news}
    store.write_audit(connection, who=who, action="consent import", subject="consent", detail=detail, now=now)
    return news


def _text(path: Path) -> tuple[str, datetime]:
    """The file's text, and when it was last written."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise PermanentError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB. Split it.")
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return path.read_text(encoding="utf-8-sig"), written
    except UnicodeDecodeError:
        raise PermanentError(f"{path} is not UTF-8. Save it as “CSV UTF-8”.") from None
    except OSError as error:
        raise MisconfiguredError(f"{path} cannot be read: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class _Reading:
    now: datetime
    written: datetime
    topics: frozenset[str]
    countries: tuple[str, ...]

    def read(self, text: str) -> list[dict[str, Any]]:
        """The words of all lines. Raises PermanentError with what is wrong, of the first lines."""
        rows, wrong = [], []
        for number, line in self._lines(text):
            try:
                rows.append(self._row(line))
            except PermanentError as error:
                wrong.append(f"line {number}: {error}")
        if wrong:
            more = [f"and {len(wrong) - _MOST_TOLD} more lines"] if len(wrong) > _MOST_TOLD else []
            raise PermanentError("\n".join(["Nothing was imported.", *wrong[:_MOST_TOLD], *more]))
        if not rows:
            raise PermanentError("There is nothing in the file behind its head.")
        return rows

    def _lines(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        head = text.partition("\n")[0]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",")
        try:
            names = [name.strip().lower() for name in next(reader, [])]
            _check_head(names)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    padded = [*cells, *[""] * len(names)]
                    yield (
                        reader.line_num,
                        {name: cell.strip() for name, cell in zip(names, padded, strict=False)},
                    )
        except csv.Error as error:
            raise PermanentError(f"line {reader.line_num}: {error}. Is it a CSV file?") from None

    def _row(self, line: Mapping[str, str]) -> dict[str, Any]:
        state = _STATES.get(line["state"].lower())
        if state is None:
            raise PermanentError(f"its state is none of: {', '.join(_STATES)}")
        kind, address = self._address(line.get("email", ""), line.get("phone", ""))
        topic = line.get("topic", "") or store.MARKETING
        if topic not in self.topics:
            raise PermanentError(f"its topic is none of: {', '.join(sorted(self.topics))}")
        note = one_line(line.get("note", ""), what="its note", most=_LONGEST_NOTE)
        return {
            "account_id": "",
            "address_kind": kind,
            "address_folded": address,
            "purpose": topic,
            "state": state.value,
            "at": self._moment(line.get("at", ""), state),
            "evidence": {"note": note} if note else {},
        }

    def _address(self, email: str, phone: str) -> tuple[str, str]:
        if bool(email) == bool(phone):
            raise PermanentError("it must have an e-mail or a phone, and not both")
        if email:
            folded = fold_email(email)
            if not folded:
                raise PermanentError("its e-mail is none that could be written to")
            return "email", folded
        numbers = (e164(phone, country=country) for country in self.countries)
        found = next(filter(None, numbers), "")
        if not found:
            raise PermanentError("its phone is no number; write it with its country's code")
        return "phone", found

    def _moment(self, text: str, state: ConsentState) -> datetime:
        if not text:
            if state is not ConsentState.WITHDRAWN:
                raise PermanentError("it has no date ('at'), and an opt-in without one proves nothing")
            return self.written
        moment = None
        with suppress(ValueError, OverflowError):
            given = datetime.fromisoformat(text)
            moment = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
        if moment is None:
            raise PermanentError("its date is none; write it as 2026-05-17 or 2026-05-17T10:30")
        if moment > self.now:
            raise PermanentError("its date is still to come")
        return moment


def _check_head(names: Sequence[str]) -> None:
    unknown = sorted(set(names) - set(_COLUMNS) - {""})
    if unknown:
        raise PermanentError(f"line 1: there is no column {unknown[0][:50]!r}; use {', '.join(_COLUMNS)}")
    if "state" not in names or not {"email", "phone"} & set(names):
        raise PermanentError("line 1: its head must name the columns state, and email or phone")
    if len(set(names)) < len(names):
        raise PermanentError("line 1: a column stands there twice")
