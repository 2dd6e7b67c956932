"""Which orders count as bought."""

from regulars_mapping._models import OrderStatus

_ALWAYS = frozenset({OrderStatus.PROCESSING, OrderStatus.COMPLETED, OrderStatus.REFUNDED})


def counts_as_bought(status: OrderStatus, *, paid: bool) -> bool:
    """Whether an order in this status counts as bought; its refunds are subtracted at their own dates.

    A refunded order was bought first. A status that a plug-in invented counts when the order was paid.
    """
    return status in _ALWAYS or (status is OrderStatus.OTHER and paid)
