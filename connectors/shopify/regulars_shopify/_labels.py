"""The labels that Regulars writes to customers, as metafields that the shop's theme and accounts may show."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from regulars_shopify._client import part

NAMESPACE: Final = "regulars"
LEVEL: Final = "level"
DISCOUNT: Final = "discount"
SENTENCE: Final = "sentence"
NEXT_STEP: Final = "next_step"
CODE: Final = "code"
# A number can be compared in the shop's own customer segments; texts of several lines take any sentence.
TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        LEVEL: "single_line_text_field",
        DISCOUNT: "number_decimal",
        SENTENCE: "multi_line_text_field",
        NEXT_STEP: "multi_line_text_field",
        CODE: "single_line_text_field",
    }
)
KEYS: Final = tuple(TYPES)
_CENT: Final = Decimal("0.01")
_LONGEST: Final = 40


def labels_in(customer: Any) -> dict[str, str]:
    """Our labels among a customer's metafields, in canonical form; empty ones are none."""
    found: dict[str, str] = {}
    nodes = part(part(customer, "metafields"), "nodes")
    for node in nodes if isinstance(nodes, list) else []:
        key, value = part(node, "key"), part(node, "value")
        ours = part(node, "namespace") == NAMESPACE and isinstance(key, str) and key in TYPES
        if ours and isinstance(value, str) and value:
            found[key] = percent_text(value) if key == DISCOUNT else value
    return {key: found[key] for key in KEYS if key in found}


def percent_text(value: str) -> str:
    """A percentage with two decimals: Shopify prints numbers in its own way. Other texts stay as they are."""
    try:
        return str(Decimal(value).quantize(_CENT)) if len(value) <= _LONGEST else value
    except InvalidOperation:
        return value
