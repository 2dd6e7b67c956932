"""An erased person's e-mails and phones in what others typed: a name, a note, a review.

Whoever is named keeps their object; the word alone goes, and a mark stands there that says of nobody which of
the erased they are. What an erasure does to what is here and what landing does to what comes are one and the
same, so that an object that comes again is the same again. Nothing but an e-mail or a full phone number is
ever looked for in what is somebody else's, so that nobody's name is a word that is taken from others.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any, TypeAlias

from pydantic import BaseModel
from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._second_process import ready_to_land
from regulars_agent._suppression_key import ListKey
from regulars_connectors import Connector, Mask, RawRecord
from regulars_mapping import Customer, Kind, Review, UnmappableError, e164, email_alias, fold_email
from regulars_store import erasing

_Known: TypeAlias = Callable[[str], str | None]
_NAMES = ("given_name", "family_name", "company")
_OWN = ("email", "email_folded", "email_alias", "phone", "phone_e164", "country")
KIND = "mention"
"""On the list: an object in which a word was replaced once."""
_NOBODY = Mask("a" * 20)
"""For asking a connector which texts are no person's."""
_AT = "@\uff20\ufe6b"
_MOST_WORDS = 1_000
"""E-mails and numbers of one object that are held against the list; more are no person's object."""


def email_digests(key: ListKey, email: str) -> list[str]:
    """The digests of a folded address, and of the mailbox that it is a spelling of."""
    alias = email_alias(email)
    return [key.of("email", email), *([key.of("mailbox", alias)] if alias else [])]


def spoken_digest(key: ListKey, spelled: str) -> str:
    """The digest of a number by its digits, however they are set apart."""
    return key.of("spoken", "".join(filter(str.isdigit, spelled)))


def digest_of(key: ListKey, shop_id: int, one: store.Observed) -> str:
    """Under which an object stands on the list in which a word was replaced."""
    return key.of(KIND, str(shop_id), str(one.kind), one.external_id)


def may_mention(one: store.Observed) -> bool:
    """Whether somebody typed what looks like an address or a number into a name."""
    found = one.mapped
    if isinstance(found, store.Placed):
        return any(_looks_so(found.fields[name]) for name in _NAMES)
    return isinstance(found, Customer | Review) and any(
        _looks_so(getattr(found.contact, name)) for name in _NAMES
    )


def _looks_so(name: str) -> bool:
    return any(sign in name for sign in _AT) or sum(map(str.isdigit, name)) >= erasing.LEAST_DIGITS


@dataclass(slots=True)
class Mentions:
    """Objects of one shop held against the list, word by word."""

    connection: Connection
    key: ListKey
    shop: store.Shop
    connector: Connector

    def replaced(self, observed: Iterable[store.Observed]) -> Iterator[tuple[store.Observed, str]]:
        """Each object as it may stay, and the token of the person whose words were taken out of it; the same
        object, and '', where there were none. One statement for all of them."""
        works = [_Work(self.shop, self.connector, one) for one in observed]
        asked = {word: self._digests(word) for work in works for word in work.asked()}
        listed = erasing.suppressed_among(
            self.connection, {digest for digests in asked.values() for digest in digests}
        )
        tokens = {
            word: next(listed[digest].token for digest in digests if digest in listed)
            for word, digests in asked.items()
            if not listed.keys().isdisjoint(digests)
        }
        for work in works:
            yield work.without(tokens)

    def _digests(self, word: str) -> list[str]:
        if "@" in word:
            email = fold_email(word)
            return email_digests(self.key, email) if email else []
        number = e164(word, country=self.shop.country or "")
        return [spoken_digest(self.key, word), *([self.key.of("phone", number)] if number else [])]


@dataclass(slots=True)
class _Work:
    shop: store.Shop
    connector: Connector
    observed: store.Observed
    payload: dict[str, Any] = field(init=False, repr=False)
    impersonal: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.payload = store.decompress(self.observed.payload)
        erased = self.connector.erased(Kind(self.observed.kind), self.payload, _NOBODY)
        self.impersonal = frozenset(_texts(erased)) if self.observed.kind != Kind.PRODUCT else frozenset()

    def asked(self) -> dict[str, None]:
        """Every word that may be somebody's, in its spelling."""
        found: dict[str, None] = {}

        def note(word: str) -> None:
            if len(found) < _MOST_WORDS:
                found[word] = None

        self._swapped(_told(self.observed.mapped), note, phone=True)
        self._swapped(self.payload, note, phone=self.observed.kind == Kind.PRODUCT)
        return found

    def without(self, tokens: Mapping[str, str]) -> tuple[store.Observed, str]:
        """The object without these words (word -> token), and one of the tokens."""
        met: list[str] = []

        def known(word: str) -> str | None:
            if word not in tokens:
                return None
            met.append(word)
            return erasing.MARK

        if not tokens:
            return self.observed, ""
        goods = self.observed.kind == Kind.PRODUCT
        payload = self._swapped(self.payload, known, phone=goods)
        result = self._landed(payload) if payload != self.payload else self.observed
        told = _told(result.mapped)
        if self._swapped(told, known, phone=True) != told:
            # Unescaped or cut, a text may come to name somebody whom it did not name whole.
            result = self._landed(_without_all(payload, met))
        if not met:
            return self.observed, ""
        if isinstance(result.mapped, UnmappableError | None):
            result = replace(result, mapped=self._rows_without(self.observed.mapped, known))
        return result, tokens[met[0]]

    def _rows_without(self, found: Any, known: _Known) -> Any:
        """What stands in for a payload that nobody understands any more, without these words."""
        if isinstance(found, store.Placed):
            fields = {
                name: each if name in _OWN else self._in_text(each, known, phones=False)
                for name, each in found.fields.items()
            }
            contact = self._swapped(found.row["contact"], known)
            return found._replace(fields=fields, row={**found.row, "contact": contact})
        if isinstance(found, Customer | Review):
            contact = found.contact
            names = {name: self._in_text(getattr(contact, name), known, phones=True) for name in _NAMES}
            return found.model_copy(update={"contact": contact.model_copy(update=names)})
        return found

    def _landed(self, payload: dict[str, Any]) -> store.Observed:
        one = self.observed
        digest = self.connector.digest(Kind(one.kind), payload)
        record = RawRecord(Kind(one.kind), one.external_id, one.changed_at, digest, payload)
        return ready_to_land(self.shop, self.connector, record)

    def _swapped(self, value: Any, known: _Known, *, phone: bool = False) -> Any:
        """A document with known words replaced. A phone stays where a phone belongs: it is somebody's own."""
        if isinstance(value, str):
            return self._in_text(value, known, phones=not phone and value not in self.impersonal)
        if isinstance(value, Mapping):
            of = value.get("key")
            entry = phone or (isinstance(of, str) and _is_phone(of))
            return {
                self._swapped(name, known, phone=True): self._swapped(
                    each, known, phone=entry or _is_phone(str(name))
                )
                for name, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._swapped(each, known, phone=phone) for each in value]
        return value

    def _in_text(self, text: str, known: _Known, *, phones: bool) -> str:
        text = _once(text, known, phones=phones)
        bare = erasing.plain(text)
        changed = _once(bare, known, phones=phones) if bare != text else bare
        return text if changed == bare else changed


def _once(text: str, known: _Known, *, phones: bool) -> str:
    text = erasing.swap_emails(text, known)
    return erasing.swap_phones(text, known) if phones else text


def _is_phone(name: str) -> bool:
    return "phone" in name.lower()


def _told(found: Any) -> Any:
    """What is known of an object once it has landed, but for its own phone numbers."""
    if isinstance(found, store.Placed):
        own = {name: each for name, each in found.fields.items() if name not in _OWN}
        return [own, [dict(each) for each in found.addresses], found.row["contact"]]
    if isinstance(found, BaseModel):
        return found.model_dump(mode="json")
    return None


def _without_all(value: Any, words: Collection[str]) -> Any:
    """A document with a mark for every text in which any of these words stands, in whatever way."""
    if isinstance(value, str):
        text = erasing.plain(unescape(value)).lower()
        return erasing.MARK if any(word.lower() in text for word in words) else value
    if isinstance(value, Mapping):
        return {name: _without_all(each, words) for name, each in value.items()}
    return [_without_all(each, words) for each in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
