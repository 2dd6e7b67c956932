"""What a person bought: the facts that programmes decide by, in sum and account by account.

The default money setting, said once:

- An order counts as bought as ``order.bought`` says (see `regulars_mapping.counts_as_bought`: paid, or on its
  way; a refunded order stays bought). Cancelled, failed, draft and test orders are not bought, and an order
  that is gone from its shop no longer counts.
- Goods only: ``order.goods``, after discounts, without tax and shipping, unless the money settings count
  these (see `MoneyRules`).
- Refunds count at their own date, by their goods: ``refund.goods`` where the shop says which lines came back,
  else the order's bare amounts in sum, in the proportion of its goods to its total, half up. Refunds never
  come to more than the order's goods; refunds that are gone do not count.
- What an account that is gone had bought no longer counts for its person. Spend is summed over all shops,
  each currency by itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Select,
    Subquery,
    cast,
    func,
    select,
)

from regulars_marketing._bought import bought_orders
from regulars_marketing._money import GOODS_ONLY, MoneyRules
from regulars_marketing._profile_sql import Words, moment_of, rows_of, words_of
from regulars_marketing._shares import teach_shares
from regulars_store import tables
from regulars_store._bulk import among
from regulars_store._driver import Plain, put, remove, utc

account, person_fact = tables.account, tables.person_fact


class Fact(NamedTuple):
    """What a person, or one account, bought in one currency, in its minor units, over all time.

    A person's is over all accounts, and so over all shops."""

    currency: str
    orders: int
    goods: int
    refunded: int
    net: int
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None


NAMES = ("person_id", *Fact._fields)
"""The columns of ``person_fact``."""

Facts = dict[str, tuple[Fact, ...]]
"""By person id, each person's facts in the order of their currencies; persons without facts are absent."""

AccountFacts = dict[str, dict[str, tuple[Fact, ...]]]
"""By person id, then account id, as `Facts`; accounts without facts are absent."""


def read_facts(
    connection: Connection, person_ids: Collection[str] | None = None, *, money: MoneyRules = GOODS_ONLY
) -> Facts:
    """The facts as the orders give them now, of these persons (at most 500) or of all; one statement."""
    return summed(read_account_facts(connection, person_ids, money=money))


def read_account_facts(
    connection: Connection, person_ids: Collection[str] | None = None, *, money: MoneyRules = GOODS_ONLY
) -> AccountFacts:
    """The same, account by account, for those accounts that are the persons' now and not gone."""
    teach_shares(connection)
    person = account.c.person_id
    wanted = person.is_not(None) if person_ids is None else among(connection, person, person_ids)
    found: AccountFacts = {}
    for person_id, account_id, *figures in connection.execute(_by_account(bought_orders(wanted, money))):
        held = found.setdefault(person_id, {})
        held[account_id] = (*held.get(account_id, ()), Fact(*figures))
    return found


def summed(facts: AccountFacts) -> Facts:
    """The persons' facts: those of their accounts in sum.

    Exact: what a refund takes is worked out, and held to its order's goods, order by order.
    """
    return {person: summed_up(held) for person, held in facts.items()}


def summed_up(held: Mapping[str, tuple[Fact, ...]]) -> tuple[Fact, ...]:
    """One person's: those of these accounts in sum."""
    if len(held) == 1:
        (only,) = held.values()
        return only
    by_currency: dict[str, Fact] = {}
    for fact in chain.from_iterable(held.values()):
        before = by_currency.get(fact.currency)
        by_currency[fact.currency] = fact if before is None else _both(before, fact)
    return tuple(fact for _, fact in sorted(by_currency.items()))


def _both(one: Fact, other: Fact) -> Fact:
    return Fact(
        currency=one.currency,
        orders=one.orders + other.orders,
        goods=one.goods + other.goods,
        refunded=one.refunded + other.refunded,
        net=one.net + other.net,
        first_order_at=min(_known(one.first_order_at, other.first_order_at), default=None),
        last_order_at=max(_known(one.last_order_at, other.last_order_at), default=None),
    )


def _known(*moments: datetime | None) -> list[datetime]:
    return [moment for moment in moments if moment is not None]


def stored_facts(connection: Connection, person_ids: Collection[str]) -> Facts:
    """The facts as they were last written; one statement."""
    facts: Facts = {}
    for row in _stored_rows(connection, person_ids):
        facts[row[0]] = (*facts.get(row[0], ()), fact_of(row))
    return facts


def fact_of(row: Plain) -> Fact:
    """The fact of a row of ``person_fact``, its columns being `NAMES`."""
    _, currency, orders, goods, refunded, net, first, last = row
    return Fact(currency, orders, goods, refunded, net, first and utc(first), last and utc(last))


def fact_rows(connection: Connection, person_id: str, facts: Iterable[Fact]) -> list[Plain]:
    """One person's rows of ``person_fact``, as the driver takes and gives them."""
    return [
        (
            person_id,
            *fact[:-2],
            fact.first_order_at and moment_of(connection, fact.first_order_at),
            fact.last_order_at and moment_of(connection, fact.last_order_at),
        )
        for fact in facts
    ]


def _stored_rows(connection: Connection, person_ids: Collection[str]) -> Sequence[Plain]:
    return rows_of(connection, _stored(words_of(connection)), person_ids)


@cache
def _stored(words: Words) -> str:
    columns = ", ".join(f"f.{name}" for name in NAMES)
    return f"""SELECT {columns} FROM {words.ids} CROSS JOIN person_fact AS f
        WHERE f.person_id = wanted.value ORDER BY f.person_id, f.currency"""  # noqa: S608 - names of ours


def write_facts(connection: Connection, person_ids: Collection[str], rows: Iterable[Plain]) -> int:
    """Bring ``person_fact`` of these persons to these rows, differences only; how many differed.

    They are compared as the driver gives them: to read moments out of all would take longer than the rest.
    """
    before = {row[:2]: tuple(row) for row in _stored_rows(connection, person_ids)}
    after = {row[:2]: row for row in rows}
    changed = [row for key, row in after.items() if before.get(key) != row]
    vanished = sorted(before.keys() - after.keys())
    put(connection, person_fact, NAMES, changed)
    remove(connection, person_fact, vanished)
    return len(changed) + len(vanished)


def _by_account(bought: Subquery) -> Select[Any]:
    counted, refunded = (cast(func.sum(each), BigInteger) for each in (bought.c.counted, bought.c.refunded))
    mine = (bought.c.person_id, bought.c.account_id, bought.c.currency)
    orders = cast(func.count(), Integer)
    times = (func.min(bought.c.placed_at), func.max(bought.c.placed_at))
    return (
        select(*mine, orders, counted, refunded, counted - refunded, *times).group_by(*mine).order_by(*mine)
    )
