"""Where others typed an erased person's e-mail or phone: into a name, a note, a review, a street.

Every payload is looked through, for the rows hold the newest version alone, and not all of it.
"""

import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._erasure_subject import Places, Subject, Version, all_versions
from regulars_agent._mentions import KIND, Mentions, digest_of
from regulars_agent._suppression import account_named, is_guest, texts_of
from regulars_agent._suppression_key import ListKey
from regulars_mapping import Kind, anchor_of, email_alias, fold_email
from regulars_store import erasing

_SEPARATORS = b" -().+/\xc2\xa0"
_UNUSUAL = re.compile(
    rb"\xef[\xb9\xbb\xbc\xbd]|\xf0\x9d|\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xaf]|[\x92\x93])|\xc2\xad|\\u|&#"
)
"""Letters that are read as other ones, or not seen at all."""
_NATIONAL = 9
"""Digits at the end of a phone number by which payloads are picked; what is picked is looked at closely."""


@dataclass(slots=True)
class Others:
    """What was changed of others: accounts with whose they were, and guests by former id."""

    persons: dict[str, str | None] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)


def own_emails(connection: Connection, subject: Subject) -> tuple[set[str], set[str]]:
    """The person's addresses that nobody else has, and the mailboxes under all of whose spellings nobody else
    is known."""
    own = subject.emails - subject.shared
    aliases = {alias for email in own if (alias := email_alias(email))}
    for column in ("email_alias", "email_folded"):
        aliases -= erasing.held_by_others(connection, column, aliases, accounts=subject.accounts)
    return own, aliases


def own_spoken(subject: Subject) -> set[str]:
    """The digits of the person's full numbers that nobody else has, as they were written."""
    own = {phone.lstrip("+") for phone in subject.phones - subject.shared}
    written = {"".join(filter(str.isdigit, text)) for text in subject.spellings if "@" not in text}
    spoken = {each for each in written if len(each) >= erasing.LEAST_DIGITS and _ends(own, each)}
    return spoken | own | {f"00{each}" for each in own}


def _ends(numbers: Collection[str], digits: str) -> bool:
    national = digits.lstrip("0")
    return len(national) >= erasing.LEAST_DIGITS - 1 and any(each.endswith(national) for each in numbers)


def reword_others(
    connection: Connection, places: Places, key: ListKey, subject: Subject, *, now: datetime
) -> Others:
    """Take these words out of what others typed; the list must have the person's digests already."""
    others = Others()
    found = _Picker(connection, subject).objects()
    shops: dict[int, list[tuple[Version, store.Observed]]] = {}
    for shop_id, kinds in found.items():
        place = places.of(shop_id)
        versions = list(all_versions(connection, places, {shop_id: kinds}))
        mentions = Mentions(connection, key, place.shop, place.connector)
        replaced = list(mentions.replaced(one.observed for one in versions))
        named = {_object(one): token for one, (_, token) in zip(versions, replaced, strict=True) if token}
        shops[shop_id] = [
            (one, is_) for one, (is_, _) in zip(versions, replaced, strict=True) if _object(one) in named
        ]
        rows = [
            erasing.Suppressed(digest_of(key, shop_id, one.observed), KIND, named[_object(one)])
            for one, _ in shops[shop_id]
        ]
        erasing.suppress(connection, {row.digest: row for row in rows}.values(), now=now)
    for some in shops.values():
        _land(connection, some, others, now=now)
        if any(one.stands_in for one, _ in some):
            # What is not understood any more tells no addresses.
            erasing.drop_addresses_holding(connection, others.persons, own_emails(connection, subject)[0])
    return others


def _object(one: Version) -> tuple[str, str]:
    return str(one.observed.kind), one.observed.external_id


def _land(
    connection: Connection,
    some: Sequence[tuple[Version, store.Observed]],
    others: Others,
    *,
    now: datetime,
) -> None:
    if not some:
        return
    shop = some[0][0].place.shop
    pairs = [(one.observed, is_) for one, is_ in some]
    guests: dict[str, set[str]] = {}
    for was, is_ in pairs:
        before, after = account_named(shop, was), account_named(shop, is_)
        others.persons |= dict.fromkeys({before, after} - {""})
        if is_guest(before):
            guests.setdefault(before, set()).add(after)
    accounts = store.accounts_named(connection, others.persons)
    others.persons |= {name: row["person_id"] for name, row in accounts.items()}
    erasing.drop_former_addresses(connection, shop, pairs)
    new = [erasing.Rewritten(one.sequence, is_) for one, is_ in some]
    erasing.rewrite_landed(connection, shop, new, accounts=(), now=now)
    still = {name for each in guests.values() for name in each}
    others.renamed |= {was: min(each, key=anchor_of) for was, each in guests.items() if was not in still}


class _Picker:
    """Picks the objects that may hold a person's words."""

    def __init__(self, connection: Connection, subject: Subject) -> None:
        own, aliases = own_emails(connection, subject)
        spelled = {text.strip().lower() for text in subject.spellings if fold_email(text) in own}
        self._connection = connection
        self._emails = sorted(own | spelled)
        self._small = all(email.isascii() for email in self._emails)
        self._bytes = [email.encode("utf-8", "replace") for email in self._emails]
        self._aliases = [_spellings(alias) for alias in sorted(aliases)]
        self._numbers = sorted({digits[-_NATIONAL:] for digits in own_spoken(subject)})
        self._digits = [digits.encode() for digits in self._numbers]

    def objects(self) -> erasing.Objects:
        """By shop and kind."""
        found: erasing.Objects = {}
        if self._emails or self._numbers:
            for shop_id, kind, external_id, payload in erasing.every_version(self._connection):
                if self._picks(zlib.decompress(payload)):
                    found.setdefault(shop_id, {}).setdefault(Kind(kind), set()).add(external_id)
        return found

    def _picks(self, content: bytes) -> bool:
        small = content.lower() if self._small else content.decode("utf-8", "replace").lower().encode()
        return (
            any(email in small for email in self._bytes)
            or any(pattern.search(small) for pattern in self._aliases)
            or self._has_number(content)
            or (_UNUSUAL.search(content) is not None and any(self._reads(json.loads(content))))
        )

    def _has_number(self, content: bytes) -> bool:
        bare = content.translate(None, _SEPARATORS)
        return any(digits in bare for digits in self._digits)

    def _reads(self, payload: Mapping[str, object]) -> Iterator[bool]:
        for text in texts_of(payload):
            small = erasing.plain(unescape(text)).lower()
            yield any(email in small for email in self._emails)
            yield any(pattern.search(small.encode("utf-8", "replace")) for pattern in self._aliases)
            yield self._has_number(small.encode("utf-8", "replace"))


def _spellings(alias: str) -> re.Pattern[bytes]:
    letters = (re.escape(letter.encode()) for letter in alias.partition("@")[0])
    return re.compile(rb"[._-]?".join(letters) + rb"[+@-]")
