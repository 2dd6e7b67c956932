"""The owner's own fields as the profile keeps them, so that every evaluator reads them alike."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from regulars_mapping import Property, PropertyType, fold_text
from regulars_marketing._segment_dates import day_number
from regulars_marketing._segment_fields import PROPERTY_DIGITS

_LIMIT = 2**63


def profile_properties(properties: Iterable[Property], values: Mapping[str, Any]) -> dict[str, int | str]:
    """The JSON object of a profile: folded texts, and integers for numbers, days, yes and no.

    ``values`` are by key, as `Property.value` gives them. Sensitive ones, empty texts and numbers beyond 12
    digits before the point are left out: no segment can ask about them.
    """
    kept = {
        each.key: _stored(each, values[each.key])
        for each in properties
        if not each.sensitive and values.get(each.key) is not None
    }
    return {key: value for key, value in kept.items() if value is not None and value != ""}


def _stored(of: Property, value: Any) -> int | str | None:
    match of.type:
        case PropertyType.NUMBER:
            number = int(Decimal(value).scaleb(PROPERTY_DIGITS))
            return number if -_LIMIT <= number < _LIMIT else None
        case PropertyType.DATE:
            return day_number(date.fromisoformat(value))
        case PropertyType.YES_NO:
            return int(value)
        case _:
            return fold_text(value)
