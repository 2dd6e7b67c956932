"""What accounts bought in each currency, told in one of them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, cast, func, select

from regulars_marketing._bought import account, bought_orders
from regulars_marketing._money import GOODS_ONLY, MoneyRules
from regulars_marketing._rates import MissingRate, converting
from regulars_marketing._shares import teach_shares
from regulars_marketing._window_facts import bought_since
from regulars_store._bulk import among

ConvertedFacts = dict[str, dict[str, dict[str, int | MissingRate]]]
"""By person id, then account id, then the currency that was paid in: the net in the asked one, in its minor
units, or which rate is missing. Persons and accounts that bought nothing are absent."""


def converted_facts(
    connection: Connection,
    person_ids: Collection[str],
    quote: str,
    *,
    money: MoneyRules = GOODS_ONLY,
    since: datetime | None = None,
) -> ConvertedFacts:
    """The net of each account of these persons (at most 500) in the currency ``quote``; three statements, and
    a fourth where a rate was told of a third currency only. Since a moment (aware), or of all time.

    Each order by the rate of its own day in the zone of ``money``, rounded half up once an order, after what
    was given back of it. Of orders that came to nothing no rate is needed. A missing rate is told with the
    first day that lacks it.
    """
    teach_shares(connection)
    rates = converting(connection, quote, zone=money.zone, person_ids=person_ids)
    if since is None:
        bought = bought_orders(among(connection, account.c.person_id, person_ids), money)
    else:
        bought = bought_since(connection, person_ids, money, since)
    net = bought.c.counted - bought.c.refunded
    mine = (bought.c.person_id, bought.c.account_id, bought.c.currency)
    each = (
        select(*mine, bought.c.placed_at, rates.amount(net, bought.c.currency).label("net"))
        .outerjoin(rates.rates, rates.on(bought.c.currency, bought.c.placed_at))
        .where(net != 0)
        .subquery()
    )
    keys = (each.c.person_id, each.c.account_id, each.c.currency)
    unknown = func.min(each.c.placed_at).filter(each.c.net.is_(None))
    rows: Iterable[Any] = connection.execute(
        select(*keys, cast(func.sum(each.c.net), BigInteger), unknown).group_by(*keys)
    )
    found: ConvertedFacts = {}
    for person_id, account_id, currency, total, first in rows:
        known = total if first is None else MissingRate(currency, quote, rates.day(first))
        found.setdefault(person_id, {}).setdefault(account_id, {})[currency] = known
    return found
