"""Moments that shops tell, as templates can show them."""

from datetime import datetime
from typing import TypeVar

from django.utils import timezone

_Moment = TypeVar("_Moment", datetime, datetime | None)


def showable(moment: _Moment) -> _Moment:
    """The moment; without a zone where in the site's it would be beyond the calendar, since shops date orders
    as they like. Templates leave such a one as it is."""
    if moment is None:
        return moment
    try:
        timezone.localtime(moment)
    except OverflowError:
        return moment.replace(tzinfo=None)
    return moment
