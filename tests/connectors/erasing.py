"""What an erasure must leave of a payload and of what it translates to, for every connector's tests."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from regulars_connectors import Connector, Mask, Payload, RawRecord
from regulars_mapping import Kind, RegularsError, fold_email

TOKEN = "abcdefghijklmnopqr27"
_PERSONAL: Mapping[Kind, frozenset[str]] = {
    Kind.CUSTOMER: frozenset({"contact", "addresses"}),
    Kind.ORDER: frozenset({"contact", "billing", "delivery"}),
    Kind.REFUND: frozenset({"reason"}),
    Kind.REVIEW: frozenset({"contact", "text"}),
    Kind.PRODUCT: frozenset(),
}


def translated(connector: Connector, kind: Kind, payload: Payload) -> dict[str, Any] | None:
    """The canonical fields of a payload; None where it is named instead."""
    external_id = str(payload.get("id", "")).rpartition("/")[2]
    try:
        return connector.translate(RawRecord(kind, external_id, None, b"", payload)).model_dump()
    except RegularsError:
        return None


def is_rightly_erased(
    connector: Connector, kind: Kind, payload: dict[str, Any], mask: Mask
) -> dict[str, Any]:
    """The erased payload, once it is proven to be what the contract says."""
    whole = orjson.dumps(payload)
    erased = connector.erased(kind, payload, mask)
    assert orjson.dumps(payload) == whole, "the payload itself stays as it is"
    assert connector.erased(kind, erased, mask) == erased
    assert connector.digest(kind, connector.erased(kind, orjson.loads(whole), mask)) == connector.digest(
        kind, erased
    )
    before, after = translated(connector, kind, payload), translated(connector, kind, erased)
    assert (before is None) == (after is None), "what could not be mapped does not begin to count"
    if before is not None and after is not None:
        _hold_together(kind, before, after, mask)
    return erased


def _hold_together(kind: Kind, before: dict[str, Any], after: dict[str, Any], mask: Mask) -> None:
    for left, line in zip(after.get("lines", ()), before.get("lines", ()), strict=True):
        # What is chosen of a variant stays; what a shopper had written on it does not.
        assert left.get("options", {}).items() <= line.pop("options", {}).items()
        left.pop("options", None)
    referrers = [(one.get("source") or {}).pop("referrer", "") for one in (before, after)]
    assert referrers[0].startswith(referrers[1]), "of a page stays where it is"
    personal = _PERSONAL[kind]
    if kind is Kind.CUSTOMER and not after["contact"]["email"]:
        # Of no address nobody says whether it is verified.
        personal |= {"email_verified"}
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= personal
    assert not after.get("reason")
    assert not after.get("text")
    if "contact" not in after:
        return
    contact = dict(after["contact"])
    # A country alone says of nobody who they are; it stays.
    assert contact.pop("country") == before["contact"]["country"]
    assert contact.pop("email") == mask.email(before["contact"]["email"])
    assert not any(contact.values())
    for address in (*after.get("addresses", ()), after.get("billing"), after.get("delivery")):
        assert not any(value for name, value in (address or {}).items() if name != "country")


def one_of_each(payload: dict[str, Any], texts: Sequence[str]) -> bool:
    """Whether none of these stands twice: one of two may be the person's, and then both go."""
    whole = json.dumps(payload, ensure_ascii=False)
    return all(whole.count(text) < 2 for text in texts)


def addresses_in(connector: Connector, kind: Kind, payload: Payload) -> list[str]:
    """The address that a payload translates to, if it has one."""
    found = translated(connector, kind, payload)
    contact = (found or {}).get("contact") or {}
    return [contact["email"]] if fold_email(contact.get("email", "")) else []


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a payload, itself among them."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_in(one)


def sow(payload: dict[str, Any], seed: str) -> None:
    """Put what nobody knows into every object of a payload: a key, a text, a list, a key that is a text."""
    for holder in list(objects_in(payload)):
        holder["x_plugin"] = f"told {seed}"
        holder[f"{seed}_key"] = 1
        holder["x_more"] = {"list": [{"name": seed, "email": f"{seed}@example.com"}], seed: [seed]}
        if "meta_data" in holder and isinstance(holder["meta_data"], list):
            holder["meta_data"] = [
                *holder["meta_data"],
                {"id": 1, "key": "_billing_passport", "value": seed},
                {"id": 2, "key": seed, "value": "1"},
                {
                    "id": 3,
                    "key": "Engraving",
                    "value": seed,
                    "display_key": "Engraving",
                    "display_value": seed,
                },
            ]
