"""What is said of a person by hand, and what of it is shown. Edits name accounts; a person has what its
accounts have, and of several edits of one field the newest counts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from regulars_mapping._completeness import CompletenessRule
from regulars_mapping._display import Displayed
from regulars_mapping._identity import anchor_of
from regulars_mapping._names import fold_name

MANUAL = "manual"
"""The rule under which the source of an edited field is named."""


class RecordStatus(StrEnum):
    """How far a person's record is kept; the word kept in the database."""

    ENTERED = "entered"
    """Nothing is missing."""
    CONTROL = "control"
    """Something that the owner wants of a complete record is missing."""
    ARCHIVED = "archived"
    """Put away by hand; a new order brings it back."""


class Edit(NamedTuple):
    """One field as somebody wrote it; a value of None gives the field back to the shops.

    The representation leaves the value out: it is personal data.
    """

    id: int
    account: str
    field: str
    value: Any
    at: datetime

    def __repr__(self) -> str:
        return f"Edit({self.id!r}, {self.account!r}, {self.field!r}, ...)"


Edits = Mapping[str, Edit]
NO_EDITS: Edits = MappingProxyType({})

_PLAIN = ("birth_date", "gender", "language", "preferred_channel", "preferred_hour", "manager")
_SHOWN = (*_PLAIN, "given_name", "family_name", "email", "phone", "kind")


class Recorded(NamedTuple):
    """What a person's record shows: ``displayed`` under what is written by hand.

    ``sources`` names for each field that is there the account and the rule, "manual" for an edit. ``missing``
    are the terms of the completeness rule that nothing fulfils. Texts are empty where nothing is known.
    """

    given_name: str
    family_name: str
    name_folded: str
    email: str
    phone: str
    sources: Mapping[str, Mapping[str, str]]
    status: RecordStatus
    missing: tuple[str, ...]
    kind: str = "person"
    birth_date: str = ""
    gender: str = ""
    language: str = ""
    preferred_channel: str = ""
    preferred_hour: str = ""
    manager: str = ""

    def __repr__(self) -> str:
        return "Recorded(...)"


def standing_edits(edits: Iterable[Edit]) -> dict[str, Edit]:
    """The edits that count by field, whatever their order: of each field the newest, unless it gives it back.

    Of edits of one moment the account with the greater anchor decides, then the later edit.
    """
    newest: dict[str, Edit] = {}
    for edit in edits:
        other = newest.get(edit.field)
        if other is None or _place(other) < _place(edit):
            newest[edit.field] = edit
    return {field: newest[field] for field in sorted(newest) if newest[field].value is not None}


def _place(edit: Edit) -> tuple[datetime, tuple[int, str], int]:
    return edit.at, anchor_of(edit.account), edit.id


def recorded(
    shown: Displayed,
    edits: Edits,
    rule: CompletenessRule,
    *,
    addressed: bool = False,
    ordered_at: datetime | None = None,
) -> Recorded:
    """What to show of a person whose shops say ``shown`` and whose standing edits are ``edits``.

    ``addressed`` says whether any account has an address, ``ordered_at`` when the newest order was placed
    (asked only where an edit archives the person). Archived since an order, a person stays so until the next.
    """
    values = {
        "given_name": shown.given_name,
        "family_name": shown.family_name,
        "email": shown.email,
        "phone": shown.phone,
    }
    sources: Mapping[str, Mapping[str, str]] = shown.sources
    folded = shown.name_folded
    if edits:
        written = [field for field in _SHOWN if field in edits]
        values |= {field: edits[field].value for field in written}
        sources = _sources(shown, edits, written)
        if "given_name" in edits or "family_name" in edits:
            folded = fold_name(values["given_name"], values["family_name"])
    missing = rule.missing(lambda field: _has(field, values, folded, edits, addressed=addressed))
    return Recorded(
        **values,
        name_folded=folded,
        sources=sources,
        status=_status(edits, missing, ordered_at),
        missing=missing,
    )


def _sources(shown: Displayed, edits: Edits, written: list[str]) -> dict[str, dict[str, str]]:
    sources = dict(shown.sources)
    if "given_name" in edits and "family_name" in edits:
        sources.pop("name", None)
    return sources | {field: {"account": edits[field].account, "rule": MANUAL} for field in written}


def _has(field: str, values: Mapping[str, str], folded: str, edits: Edits, *, addressed: bool) -> bool:
    if field == "name":
        return bool(folded) or ("company" in edits and bool(edits["company"].value.get("name")))
    if field == "address":
        return addressed
    if field in values:
        return bool(values[field])
    # No is an answer: a yes or no that was given is there.
    return field in edits and edits[field].value not in ("", [], {})


def _status(edits: Edits, missing: tuple[str, ...], ordered_at: datetime | None) -> RecordStatus:
    if _put_away(edits.get("archived"), ordered_at):
        return RecordStatus.ARCHIVED
    return RecordStatus.CONTROL if missing else RecordStatus.ENTERED


def _put_away(edit: Edit | None, ordered_at: datetime | None) -> bool:
    if edit is None or not edit.value:
        return False
    # Shops tell full seconds: an order of the same one is taken for a later one.
    return ordered_at is None or ordered_at < edit.at.replace(microsecond=0)
