"""A shop's records made of people and their purchases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, Literal, NamedTuple

from regulars_sandbox._history import ShopAddress, ShopCustomer, ShopHistory, ShopOrder, ShopRefund

from ._accounts import Account, numbered, open_accounts
from ._baskets import Basket, basket, lines_worth, ways
from ._chance import stream
from ._fates import fate
from ._forms import delivery_form, guest_form, phone_order_form
from ._goods import Catalogue, catalogue
from ._people import Person
from ._purchases import SPAN_DAYS, Purchase

__all__ = ["Anchor", "Population", "dress", "people_for_second_shop"]

_REGISTERED_SHARE: Final = 0.55
_NOTES: Final = ("Не телефонуйте, напишіть", "Подарунок, без чека", "Bitte klingeln", "Please ring twice")


class Anchor(NamedTuple):
    """A record of the shop that belongs to one person: an account or an order, by the shop's own id."""

    kind: Literal["customer", "order"]
    id: int


@dataclass(frozen=True, slots=True)
class Population:
    """A shop and what nobody in it can see.

    ``truth`` leads from every account and every order to the :attr:`Person.number` whose it is;
    ``refused`` holds the ids of orders that were refused at the counter.  People without a record are in
    ``people`` all the same.
    """

    history: ShopHistory
    people: tuple[Person, ...]
    truth: Mapping[Anchor, int]
    refused: tuple[int, ...]

    @property
    def second_shop_members(self) -> tuple[int, ...]:
        """Numbers of those who are in the second shop too, ascending."""
        return tuple(person.number for person in people_for_second_shop(self))


def people_for_second_shop(population: Population) -> tuple[Person, ...]:
    """The people of ``population`` whom a second shop knows as well, by number."""
    return tuple(person for person in population.people if person.in_second_shop)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An order whose ids are still 0."""

    person: int
    order: ShopOrder
    refused: bool


class _Clerk:
    """Writes one order after another, from one stream of chance."""

    def __init__(
        self,
        rng: Random,
        goods: Catalogue,
        people: Sequence[Person],
        accounts: Sequence[Account],
        *,
        now: datetime,
    ) -> None:
        self._rng = rng
        self._goods = goods
        self._people = people
        self._now = now
        self._customers = {account.person: account.customer for account in accounts}
        self._tastes = [goods.favourite(rng) for _ in people]
        self._seen: set[int] = set()

    def order(self, purchase: Purchase, currency: str) -> _Draft:
        """The order of one purchase; purchases come oldest first."""
        rng, person = self._rng, self._people[purchase.person]
        customer = self._login(purchase)
        by_phone = customer is None and rng.random() < 0.03
        billing = self._billing(person, customer, by_phone=by_phone)
        sure = purchase.spend is not None
        content = self._content(purchase)
        way = ways(rng, person, goods=content.goods, currency=currency, by_phone=by_phone, free=sure)
        shipping_total = 0 if sure else way.shipping_total
        end = fate(
            rng,
            created=purchase.at,
            now=self._now,
            lines=content.lines,
            shipping=shipping_total,
            method=way.payment[0],
            sure=sure,
        )
        order = ShopOrder(
            id=0,
            status=end.status,
            created=purchase.at,
            modified=end.modified,
            billing=billing,
            lines=content.lines,
            customer_id=customer.id if customer else None,
            shipping=delivery_form(person, billing, rng),
            shipping_total=shipping_total,
            coupon_codes=content.coupon_codes,
            payment_method=way.payment[0],
            payment_title=way.payment[1],
            shipping_method=way.shipping[0],
            shipping_title=way.shipping[1],
            source_type=way.source_type,
            source=way.source,
            paid=end.paid,
            completed=end.completed,
            note=rng.choice(_NOTES) if rng.random() < 0.03 else "",
            refunds=end.refunds,
        )
        return _Draft(purchase.person, order, end.refused)

    def _login(self, purchase: Purchase) -> ShopCustomer | None:
        """The buyer's account, unless it did not exist yet or the buyer did not log in."""
        customer = self._customers.get(purchase.person)
        if customer is None or customer.created > purchase.at or self._rng.random() < 0.15:
            return None
        return customer

    def _billing(self, person: Person, customer: ShopCustomer | None, *, by_phone: bool) -> ShopAddress:
        if customer is not None:
            return customer.billing
        form = phone_order_form if by_phone else guest_form
        return form(person, self._rng)

    def _content(self, purchase: Purchase) -> Basket:
        taste = self._tastes[purchase.person]
        if purchase.spend is not None:
            return lines_worth(
                self._rng, self._goods, items=purchase.items, spend=purchase.spend, taste=taste
            )
        first_order = purchase.person not in self._seen
        self._seen.add(purchase.person)
        return basket(self._rng, self._goods, items=purchase.items, taste=taste, first_order=first_order)


def _with_ids(drafts: Sequence[_Draft], first: int) -> list[_Draft]:
    """Orders and refunds numbered in one sequence, in the order in which they came into being."""
    events = [(draft.order.created, place, -1) for place, draft in enumerate(drafts)]
    for place, draft in enumerate(drafts):
        events += [(refund.created, place, number) for number, refund in enumerate(draft.order.refunds)]
    events.sort()
    ids = {(place, number): first + offset for offset, (_, place, number) in enumerate(events)}
    return [
        replace(
            draft, order=replace(draft.order, id=ids[place, -1], refunds=_refunds(draft.order, place, ids))
        )
        for place, draft in enumerate(drafts)
    ]


def _refunds(order: ShopOrder, place: int, ids: Mapping[tuple[int, int], int]) -> tuple[ShopRefund, ...]:
    return tuple(replace(refund, id=ids[place, number]) for number, refund in enumerate(order.refunds))


def _visits(people: Sequence[Person], purchases: Sequence[Purchase]) -> list[list[datetime]]:
    visits: list[list[datetime]] = [[] for _ in people]
    for purchase in purchases:
        visits[purchase.person].append(purchase.at)
    return visits


def dress(
    people: Sequence[Person],
    purchases: Sequence[Purchase],
    *,
    seed: int,
    now: datetime,
    currency: str,
    zone: str,
    country: str = "UA",
    registered_share: float = _REGISTERED_SHARE,
) -> Population:
    """The shop in which ``people`` made ``purchases``; the same arguments give the same shop.

    A purchase with a ``spend`` becomes a sale of exactly that: no coupon, no delivery charge, never
    cancelled. Raises ValueError for a currency without a price level.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    ordered = sorted(purchases, key=lambda purchase: (purchase.at, purchase.person))
    opened = min([now - timedelta(days=SPAN_DAYS), *(purchase.at for purchase in ordered[:1])])
    goods = catalogue(currency, opened)
    accounts = numbered(
        open_accounts(
            stream(seed, "accounts"),
            people,
            _visits(people, ordered),
            opened=opened,
            now=now,
            share=registered_share,
        )
    )
    clerk = _Clerk(stream(seed, "orders"), goods, people, accounts, now=now)
    drafts = _with_ids([clerk.order(purchase, currency) for purchase in ordered], goods.products[-1].id + 1)
    history = ShopHistory(
        currency=currency,
        zone=zone,
        country=country,
        customers=tuple(account.customer for account in accounts),
        orders=tuple(draft.order for draft in drafts),
        products=goods.products,
        name="Кав'ярня «Двір»",
    )
    return Population(history, tuple(people), _truth(people, accounts, drafts), _refused(drafts))


def _truth(
    people: Sequence[Person], accounts: Sequence[Account], drafts: Sequence[_Draft]
) -> dict[Anchor, int]:
    truth = {Anchor("customer", account.customer.id): people[account.person].number for account in accounts}
    truth.update({Anchor("order", draft.order.id): people[draft.person].number for draft in drafts})
    return truth


def _refused(drafts: Sequence[_Draft]) -> tuple[int, ...]:
    return tuple(draft.order.id for draft in drafts if draft.refused)
