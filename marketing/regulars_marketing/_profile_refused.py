"""How many orders on cash on delivery each person refused, by the stop-list's own rule."""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection

from regulars_mapping import EndedOrder, OrderStatus, RefusalRules, is_refused
from regulars_marketing._profile_sql import Words, rows_of, words_of
from regulars_store._driver import utc

_ENDED = """
SELECT a.person_id, o.payment_method, o.status, o.shop_status, o.placed_at, o.changed_at, o.paid_at,
    o.completed_at,
    (SELECT c.status FROM order_status_change AS c WHERE c.order_id = o.id
        ORDER BY c.at DESC, c.sequence DESC LIMIT 1),
    (SELECT c.at FROM order_status_change AS c WHERE c.order_id = o.id
        ORDER BY c.at DESC, c.sequence DESC LIMIT 1),
    EXISTS (SELECT 1 FROM order_status_change AS c WHERE c.order_id = o.id AND c.status = '{completed}')
FROM {ids} CROSS JOIN account AS a CROSS JOIN "order" AS o
WHERE a.person_id = wanted.value AND NOT a.gone AND o.account_id = a.id AND NOT o.gone
    AND (o.status IN ('cancelled', 'failed', 'refunded') OR o.shop_status IN ({statuses}))
"""


def read_refused(connection: Connection, person_ids: Collection[str], rules: RefusalRules) -> Counter[str]:
    """The refused orders of all time, by person; one statement."""
    given = orjson.dumps(sorted(rules.statuses)).decode()
    rows = rows_of(connection, _statement(words_of(connection)), person_ids, statuses=given)
    return Counter(row[0] for row in rows if rules.on_delivery(row[1]) and is_refused(_ended(row), rules))


@cache
def _statement(words: Words) -> str:
    return _ENDED.format(ids=words.ids, statuses=words.statuses, completed=OrderStatus.COMPLETED.value)


def _ended(row: Sequence[Any]) -> EndedOrder:
    _, payment, status, shop_status, placed, changed, paid, completed, last, last_at, was_completed = row
    since = last_at if last == status else changed
    return EndedOrder(
        payment_method=payment,
        status=status,
        shop_status=shop_status,
        placed_at=utc(placed),
        ended_at=utc(since or placed),
        paid=paid is not None,
        was_completed=completed is not None or bool(was_completed),
    )
