"""What a shop brings of an erased person is erased before it lands, inside the transaction that lands it.

So neither a re-read, nor a page that was fetched before the erasure, nor another shop brings anybody back;
and what the person buys later counts on, under the token. While nobody was erased this costs one look at an
empty table a page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._erased_together import hold_together, let_go
from regulars_agent._mentions import KIND, Mentions, digest_of, email_digests, may_mention
from regulars_agent._second_process import ready_to_land
from regulars_agent._suppression_key import ListKey, check_key, suppression_key
from regulars_agent._workspace import Workspace
from regulars_connectors import Connector, Mask, RawRecord
from regulars_mapping import (
    Customer,
    Kind,
    Refund,
    Review,
    account_fields,
    fold_email,
)
from regulars_store import erasing

_GUEST = "guest-"


@dataclass(frozen=True, slots=True)
class Traits:
    """By what an object may be an erased person's. Values stay out of ``repr``."""

    account: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    order: str = ""
    emails: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class Heeded:
    """A page as it may land, and what is to be noted once it has: accounts by token, and who is back."""

    observed: Sequence[store.Observed]
    accounts: dict[str, str] = field(default_factory=dict)
    back: list[str] = field(default_factory=list)

    def follow(self, connection: Connection, *, now: datetime) -> None:
        """After the page has landed, in the same transaction."""
        standing = store.accounts_named(connection, self.accounts) if self.accounts else {}
        erased = {name: token for name, token in self.accounts.items() if name in standing}
        erasing.note_erased_accounts(connection, erased)
        hold_together(connection, set(erased.values()), now=now)
        let_go(connection, self.back, now=now)


def heeded(
    workspace: Workspace,
    shop: store.Shop,
    connector: Connector,
    connection: Connection,
    observed: Sequence[store.Observed],
    *,
    now: datetime,
) -> Heeded:
    """This page with everything erased in it that is an erased person's.

    Raises MisconfiguredError where the list's key is missing or another one: nothing must land then.
    """
    if not observed or not erasing.anything_suppressed(connection):
        return Heeded(observed)
    key = suppression_key(workspace.secrets)
    page = _Page(shop, connector, connection, key, now)
    return page.heed(observed)


def traits_of(shop: store.Shop, observed: store.Observed) -> Traits:
    """By what this object may be an erased person's."""
    found = observed.mapped
    if isinstance(found, store.Placed):
        fields = found.fields
        return Traits(found.account_id, fields["email_folded"], fields["phone_e164"])
    if isinstance(found, Customer):
        told = account_fields(found.contact, country=shop.country or "")
        return Traits(f"{shop.id}:{found.external_id}", told.email_folded, told.phone_e164)
    if isinstance(found, Review):
        return Traits(email=fold_email(found.contact.email))
    if isinstance(found, Refund):
        return Traits(order=found.order_id)
    # Nobody knows what stands where in it: every address counts.
    texts = texts_of(store.decompress(observed.payload))
    return Traits(emails=tuple(sorted({fold_email(text) for text in texts if "@" in text} - {""})))


def erased_observed(
    shop: store.Shop, connector: Connector, observed: store.Observed, mask: Mask
) -> store.Observed:
    """An object with nothing personal in it, ready to land."""
    kind = Kind(observed.kind)
    payload = connector.erased(kind, store.decompress(observed.payload), mask)
    digest = connector.digest(kind, payload)
    record = RawRecord(kind, observed.external_id, observed.changed_at, digest, payload)
    return ready_to_land(shop, connector, record)


def account_named(shop: store.Shop, observed: store.Observed) -> str:
    """The account that an object is of; '' for what is of none."""
    if isinstance(observed.mapped, store.Placed):
        return observed.mapped.account_id
    return f"{shop.id}:{observed.external_id}" if observed.kind == Kind.CUSTOMER else ""


class Numbers(Mapping[str, int]):
    """Which of an erased person's addresses is which, looked up as it is asked for."""

    def __init__(self, connection: Connection, key: ListKey, token: str) -> None:
        self._connection = connection
        self._key = key
        self._token = token

    def __getitem__(self, address: str) -> int:
        digest = self._key.of("named", self._token, address)
        found = erasing.suppressed_among(self._connection, [digest]).get(digest)
        if found is None or found.number is None:
            raise KeyError
        return found.number

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(slots=True)
class _Page:
    """One page held against the list."""

    shop: store.Shop
    connector: Connector
    connection: Connection
    key: ListKey
    now: datetime
    orders: dict[str, str] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    """Tokens of persons of whom this page shows more than what is past."""

    def heed(self, observed: Sequence[store.Observed]) -> Heeded:
        personal = [one for one in observed if one.kind != Kind.PRODUCT]
        digests = [list(self._digests(one, traits_of(self.shop, one))) for one in personal]
        named = [digest_of(self.key, self.shop.id, one) for one in observed]
        wanted = {digest for some in digests for digest in some} | {self.key.check, *named}
        listed = erasing.suppressed_among(self.connection, wanted)
        self.present = {each.token for each in listed.values() if each.kind in erasing.RETURNING}
        check_key(self.key, listed)
        # Orders first: a refund is whose its order is, also where both come for the first time.
        tokens: dict[int, str] = {}
        for place in sorted(range(len(personal)), key=lambda place: personal[place].kind == Kind.REFUND):
            token = self._token(personal[place], digests[place], listed)
            if token:
                tokens[id(personal[place])] = token
        erased = self._erase(observed, tokens, listed)
        mentioning = {
            place: one
            for place, one in enumerate(observed)
            if id(one) not in tokens and (named[place] in listed or may_mention(one))
        }
        return self._reword(erased, mentioning) if mentioning else erased

    def _reword(self, page: Heeded, mentioning: Mapping[int, store.Observed]) -> Heeded:
        """Of those by whom an erased person is named in what they typed: without that word."""
        mentions = Mentions(self.connection, self.key, self.shop, self.connector)
        result = list(page.observed)
        fresh = []
        for place, (one, token) in zip(mentioning, mentions.replaced(mentioning.values()), strict=True):
            result[place] = one
            if token:
                fresh.append(erasing.Suppressed(digest_of(self.key, self.shop.id, one), KIND, token))
        erasing.suppress(self.connection, fresh, now=self.now)
        page.observed = result
        return page

    def _digests(self, one: store.Observed, traits: Traits) -> Iterator[str]:
        """In the order in which they decide."""
        if one.kind != Kind.CUSTOMER:
            yield self.key.of_object(self.shop.id, one.kind, one.external_id)
        if traits.order:
            yield self.key.of_object(self.shop.id, Kind.ORDER, traits.order)
        if traits.account:
            yield self.key.of("account", traits.account)
        for email in (traits.email, *traits.emails):
            if email:
                yield from email_digests(self.key, email)
        if traits.phone and not traits.email:
            # Families share phones: beside another address it says nothing.
            yield self.key.of("phone", traits.phone)

    def _token(
        self, one: store.Observed, digests: Iterable[str], listed: Mapping[str, erasing.Suppressed]
    ) -> str:
        token = next((listed[digest].token for digest in digests if digest in listed), "")
        if isinstance(one.mapped, Refund):
            return token or self.orders.get(one.mapped.order_id, "")
        if token and one.kind == Kind.ORDER:
            self.orders[one.external_id] = token
        return token

    def _erase(
        self,
        observed: Sequence[store.Observed],
        tokens: Mapping[int, str],
        listed: Mapping[str, erasing.Suppressed],
    ) -> Heeded:
        page, result = Heeded(observed), []
        masks = {
            token: Mask(token, Numbers(self.connection, self.key, token)) for token in set(tokens.values())
        }
        learnt: list[erasing.Suppressed] = []
        for one in observed:
            token = tokens.get(id(one))
            if token is None:
                result.append(one)
                if isinstance(one.mapped, Customer):
                    page.back.append(f"{self.shop.id}:{one.external_id}")
                continue
            erased = erased_observed(self.shop, self.connector, one, masks[token])
            result.append(erased)
            learnt += self._learnt(one, token)
            name = account_named(self.shop, erased)
            if one.kind == Kind.CUSTOMER or is_guest(name):
                page.accounts[name] = token
        fresh = [one for one in learnt if one.digest not in listed]
        erasing.suppress(self.connection, fresh, now=self.now)
        page.observed = result
        return page

    def _learnt(self, one: store.Observed, token: str) -> Iterator[erasing.Suppressed]:
        """What is erased once stays so, whatever the shop makes of it."""
        if one.kind != Kind.CUSTOMER:
            digest = self.key.of_object(self.shop.id, one.kind, one.external_id)
            yield erasing.Suppressed(digest, "object", token)
        name = account_named(self.shop, one)
        # What is erased for being past says nothing of who comes again.
        if token in self.present and (one.kind == Kind.CUSTOMER or is_guest(name)):
            yield erasing.Suppressed(self.key.of("account", name), "account", token)


def is_guest(account_id: str) -> bool:
    """Whether an account is a guest's: its id follows from what the guest wrote."""
    return account_id.partition(":")[2].startswith(_GUEST)


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a payload."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)
