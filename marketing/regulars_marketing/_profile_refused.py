"""How many orders on cash on delivery each person refused, by the stop-list's own rule."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection

from regulars_mapping import EndedOrder, OrderStatus, RefusalRules, is_refused
from regulars_marketing._profile_sql import Words, rows_of, words_of
from regulars_store._driver import utc

_ENDED = """
SELECT o.id, o.payment_method, o.status, o.shop_status, o.placed_at, o.changed_at, o.paid_at,
    o.completed_at,
    (SELECT c.status FROM order_status_change AS c WHERE c.order_id = o.id
        ORDER BY c.at DESC, c.sequence DESC LIMIT 1),
    (SELECT c.at FROM order_status_change AS c WHERE c.order_id = o.id
        ORDER BY c.at DESC, c.sequence DESC LIMIT 1),
    EXISTS (SELECT 1 FROM order_status_change AS c WHERE c.order_id = o.id AND c.status = '{completed}')
FROM {ids} CROSS JOIN "order" AS o WHERE o.id = wanted.value
"""


def read_refused(connection: Connection, ended: Mapping[str, str], rules: RefusalRules) -> Counter[str]:
    """How many of these orders (id -> person) were refused, by person; one statement."""
    if not ended:
        return Counter()
    rows = rows_of(connection, _statement(words_of(connection)), ended)
    return Counter(ended[row[0]] for row in rows if is_refused(_ended(row), rules))


@cache
def _statement(words: Words) -> str:
    return _ENDED.format(ids=words.ids, completed=OrderStatus.COMPLETED.value)


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
