"""Who is to be erased: their accounts, every version of what these have in the shops, and what names them."""

import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._identity_sides import askable, side_of
from regulars_agent._second_process import ready_to_land
from regulars_agent._suppression import account_named, texts_of, traits_of
from regulars_agent._workspace import Workspace, connector_options
from regulars_connectors import Connector, ConnectorConfig, RawRecord, connector_class
from regulars_mapping import Customer, Kind, Review, SkipError, UnmappableError, fold_email, is_erased_email
from regulars_store import erasing

_NAMES = ("given_name", "family_name", "company")
_LEAST_LETTERS = 3
_LEAST_DIGITS = 7
"""Digits of a phone that may be looked for everywhere: a shorter one is also a sum or a number."""


@dataclass(frozen=True, slots=True)
class Place:
    """A shop, and a connector that understands its payloads; it cannot reach the shop."""

    shop: store.Shop
    connector: Connector


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version of an object, and what it was understood as."""

    place: Place
    sequence: int
    observed: store.Observed = field(repr=False)
    theirs: bool = True
    """False for what somebody else said in an object in which the person was named once."""
    stands_in: bool = False
    """True where its payload is not understood any more: ``observed.mapped`` is what its row tells."""

    @property
    def understood(self) -> bool:
        """Whether it is something of the customer base."""
        return self.observed.mapped is not None and not isinstance(self.observed.mapped, UnmappableError)


@dataclass(slots=True)
class Subject:
    """Everything that is a person's. What names them stays out of ``repr``."""

    accounts: set[str]
    versions: list[Version] = field(default_factory=list)
    emails: set[str] = field(default_factory=set, repr=False)
    phones: set[str] = field(default_factory=set, repr=False)
    spellings: set[str] = field(default_factory=set, repr=False)
    names: set[str] = field(default_factory=set, repr=False)
    shared: set[str] = field(default_factory=set, repr=False)
    """Addresses and numbers that others have too: theirs, so that they stay there."""


class Places:
    """The shops, those that were removed too, each opened once."""

    def __init__(self, workspace: Workspace, shops: Iterable[store.Shop], closing: ExitStack) -> None:
        self._workspace = workspace
        self._shops = {shop.id: shop for shop in shops}
        self._closing = closing
        self._known: dict[int, Place] = {}

    def of(self, shop_id: int) -> Place:
        """A shop's place."""
        if shop_id not in self._known:
            shop = self._shops[shop_id]
            connector = self._closing.enter_context(unconnected(self._workspace, shop))
            self._known[shop_id] = Place(shop, connector)
        return self._known[shop_id]


def unconnected(workspace: Workspace, shop: store.Shop) -> Connector:
    """A connector that only reads payloads: a shop that was removed has no credentials any more."""
    made = connector_class(shop.platform)
    return made.open(
        ConnectorConfig(
            url=shop.url,
            credentials={name: SecretStr("none") for name in made.credential_names},
            http=workspace.settings.http.options(verify=True),
            options=connector_options(shop),
        )
    )


def accounts_of(connection: Connection, text: str) -> list[str]:
    """The accounts of who is meant: as everywhere, and by the token of an erased person, or by an account or
    e-mail that the shops no longer have. Raises as ``side_of``."""
    erased = erasing.accounts_of_tokens(connection, [text])[text] if askable(text) else []
    if erased:
        return store.written_under(connection, erased)
    try:
        return store.written_under(connection, side_of(connection, text).members)
    except SkipError:
        gone = _gone(connection, text)
        if not gone:
            raise
        return sorted(gone)


def _gone(connection: Connection, text: str) -> set[str]:
    if not askable(text):
        return set()
    email = fold_email(text)
    return erasing.accounts_without_person(connection, emails=[email] if email else [], ids=[text.strip()])


def subject_of(connection: Connection, places: Places, accounts: Collection[str]) -> Subject:
    """Everything of these accounts, and of those that are nobody's any more under their addresses."""
    subject = Subject(set(accounts))
    while True:
        _read(connection, places, subject)
        theirs = (one for one in subject.versions if one.theirs)
        named = {account_named(one.place.shop, one.observed) for one in theirs} - {""}
        more = erasing.accounts_without_person(connection, emails=subject.emails - subject.shared, ids=named)
        if more <= subject.accounts:
            return subject
        subject.accounts |= more


def _read(connection: Connection, places: Places, subject: Subject) -> None:
    _keys_by_hand(connection, subject)
    own = subject.emails - subject.shared
    objects = erasing.objects_of_accounts(connection, subject.accounts, emails=own)
    objects = _with_unmapped(connection, objects, own)
    subject.versions = list(all_versions(connection, places, objects))
    for version in subject.versions:
        _note(subject, version)
    _share(connection, subject)
    # Where others named the person at their own checkouts: what was said there of the person.
    foreign = erasing.orders_under(connection, subject.emails - subject.shared)
    rest = {
        shop_id: {kind: ids - objects.get(shop_id, {}).get(kind, set()) for kind, ids in kinds.items()}
        for shop_id, kinds in foreign.items()
    }
    for version in all_versions(connection, places, rest):
        theirs = traits_of(version.place.shop, version.observed).email in subject.emails
        subject.versions.append(replace(version, theirs=theirs))


def all_versions(connection: Connection, places: Places, objects: erasing.Objects) -> Iterator[Version]:
    """Every version of these objects, with what each is understood as."""
    for shop_id, kinds in sorted(objects.items()):
        for kind, ids in sorted(kinds.items()):
            yield from _versions(connection, places.of(shop_id), kind, ids)


def _keys_by_hand(connection: Connection, subject: Subject) -> None:
    for row in erasing.account_values(connection, subject.accounts):
        _add(subject, row["email"], row["phone_e164"])
        subject.spellings |= {row["phone"]}
        subject.names |= {row[name] for name in _NAMES}
    for field_, value, folded in erasing.edited_values(connection, subject.accounts):
        if field_ in {"email", "phone"} and isinstance(value, str):
            _add(subject, value, folded if field_ == "phone" else "")
            subject.spellings |= {value}
        elif field_ in _NAMES and isinstance(value, str):
            subject.names.add(value)


def _add(subject: Subject, email: str, phone: str) -> None:
    folded = fold_email(email)
    if folded and not is_erased_email(folded):
        subject.emails.add(folded)
        subject.spellings |= {email, folded}
    if phone:
        subject.phones.add(phone)
        subject.spellings |= {phone}


def _versions(connection: Connection, place: Place, kind: Kind, ids: Collection[str]) -> Iterator[Version]:
    versions: list[Version] = []
    newest: dict[str, tuple[datetime, int]] = {}
    for kept in erasing.kept_versions(connection, place.shop.id, kind, ids):
        payload = store.decompress(kept.payload)
        record = RawRecord(kind, kept.external_id, kept.changed_at, kept.digest, payload)
        versions.append(Version(place, kept.sequence, ready_to_land(place.shop, place.connector, record)))
        at = (kept.version_at, kept.sequence)
        if kept.mapped:
            newest[kept.external_id] = max(at, newest.get(kept.external_id, at))
    lost = {
        key: sequence
        for key, sequence in (
            (one.observed.external_id, one.sequence) for one in versions if not one.understood
        )
        if key in newest and newest[key][1] == sequence
    }
    told = erasing.landed_objects(connection, place.shop, kind, lost)
    for one in versions:
        key = one.observed.external_id
        if key in told and lost[key] == one.sequence:
            yield replace(one, observed=replace(one.observed, mapped=told[key]), stands_in=True)
        else:
            yield one


def _note(subject: Subject, version: Version) -> None:
    """The addresses and numbers that this version names its person by."""
    traits = traits_of(version.place.shop, version.observed)
    # Of what nobody understands nothing is learnt: it may name others too.
    _add(subject, traits.email, traits.phone)
    found = version.observed.mapped
    if isinstance(found, store.Placed):
        subject.names |= {found.fields[name] for name in _NAMES}
    elif isinstance(found, Customer | Review):
        subject.names |= {getattr(found.contact, name) for name in _NAMES}
    for text in texts_of(store.decompress(version.observed.payload)):
        if "@" in text and fold_email(text) in subject.emails:
            subject.spellings.add(text)


def _share(connection: Connection, subject: Subject) -> None:
    for column, values in (("email_folded", subject.emails), ("phone_e164", subject.phones)):
        subject.shared |= erasing.held_by_others(connection, column, values, accounts=subject.accounts)


def _with_unmapped(
    connection: Connection, objects: erasing.Objects, emails: Collection[str]
) -> erasing.Objects:
    """With the objects that gave no row, such as baskets that were left, under one of these addresses."""
    mailboxes = [email.partition("@")[0].encode() for email in emails]
    for shop_id, kind, external_id, payload in erasing.unmapped_versions(connection) if emails else ():
        content = zlib.decompress(payload)
        # Very many may be there, and taking one apart takes ten times longer than looking through it.
        if content.isascii() and not any(mailbox in content.lower() for mailbox in mailboxes):
            continue
        folded = {fold_email(text) for text in texts_of(store.decompress(payload)) if "@" in text}
        if not folded.isdisjoint(emails):
            objects.setdefault(shop_id, {}).setdefault(Kind(kind), set()).add(external_id)
    return objects


def words_of(subject: Subject, emails: Mapping[str, str], token: str) -> dict[str, str]:
    """What to look for everywhere, and what stands there instead. ``emails`` are the masks of addresses.

    What others have too is looked for in the person's own rows alone.
    """
    words: dict[str, str] = {}
    for text in subject.spellings:
        folded = fold_email(text)
        if folded and folded not in subject.shared:
            words |= {
                each: emails.get(folded, token) for each in (text, text.strip(), text.strip().lower(), folded)
            }
        elif not folded and sum(map(str.isdigit, text)) >= _LEAST_DIGITS:
            words[text.strip()] = token
    shared = _digits(subject.shared)
    return {word: mask for word, mask in words.items() if "@" in word or not _is_of(word, shared)}


def discreet(text: str, subject: Subject, token: str) -> str:
    """A reason that somebody gave, without the person's names, addresses and numbers."""
    told = {each for each in subject.names | subject.spellings if len(each.strip()) >= _LEAST_LETTERS}
    for word in sorted(told, key=len, reverse=True):
        text = re.sub(re.escape(word.strip()), token, text, flags=re.IGNORECASE)
    return text


def _digits(values: Iterable[Any]) -> set[str]:
    return {"".join(filter(str.isdigit, str(value))) for value in values if "@" not in str(value)}


def _is_of(phone: str, shared: Collection[str]) -> bool:
    digits = "".join(filter(str.isdigit, phone)).lstrip("0")
    return any(number.endswith(digits) for number in shared)
