"""Looking at what is written in a shop: by its key, and everything that carries our mark."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from regulars_connectors import Found, Target
from regulars_mapping import PermanentError
from regulars_shopify import _profile
from regulars_shopify._client import ShopifyClient, gid_of, is_number, number_of, part
from regulars_shopify._documents import COUPON, LABEL, MARK, found_coupon, found_label
from regulars_shopify._labels import NAMESPACE
from regulars_shopify._profile import PROFILE
from regulars_shopify._pull import answered_nodes, walk

_LABELS_A_CALL: Final = 100


def read_back(client: ShopifyClient, targets: Sequence[Target]) -> list[Found]:
    """How these targets read in the shop now, in order."""
    found = {target: coupon_by_code(client, target) for target in targets if target.kind == COUPON}
    found |= {target: Found(target, None) for target in targets if target.kind != COUPON}
    numbered = [target for target in found if target.kind != COUPON and is_number(target.key)]
    labels = [target for target in numbered if target.kind == LABEL]
    for start in range(0, len(labels), _LABELS_A_CALL):
        found |= _labels_of(client, labels[start : start + _LABELS_A_CALL])
    profiles = [target for target in numbered if target.kind == PROFILE]
    for start in range(0, len(profiles), _profile.PROFILES_A_CALL):
        found |= _profiles_of(client, profiles[start : start + _profile.PROFILES_A_CALL])
    return [found[target] for target in targets]


def coupon_by_code(client: ShopifyClient, target: Target) -> Found:
    """The discount that checkout would find by this code, if it is the one that the target means. Shopify
    holds no two of one code."""
    node = client.ask("discount_by_code", {"code": target.key}).data.get("node")
    if node is None or target.remote_id not in {"", number_of(part(node, "id"))}:
        return Found(target, None)
    return replace(found_coupon(node, key=target.key), target=target)


def _labels_of(client: ShopifyClient, targets: Sequence[Target]) -> dict[Target, Found]:
    ids = [target.key for target in targets]
    variables = {"ns": NAMESPACE}
    data = client.nodes("labels_by_id", [gid_of("Customer", one) for one in ids], variables).data
    nodes = answered_nodes(data, ids)
    return {target: found_label(target, nodes[target.key]) for target in targets}


def _profiles_of(client: ShopifyClient, targets: Sequence[Target]) -> dict[Target, Found]:
    ids = [target.key for target in targets]
    asked = [gid_of("Customer", one) for one in ids]
    nodes = answered_nodes(client.nodes("profiles_by_id", asked, {"ns": _profile.NAMESPACE}).data, ids)
    return {target: _profile.found(target, nodes[target.key]) for target in targets}


def marked(client: ShopifyClient, kind: str) -> Iterator[Sequence[Found]]:
    """Every discount code, or every customer's label, that carries our mark."""
    for batch in _discounts(client) if kind == COUPON else _labelled(client):
        if ours := [found for found in batch if found.ours]:
            yield ours


def _discounts(client: ShopifyClient) -> Iterator[list[Found]]:
    # Shopify's search may lag or find too much; what counts is the tag on what it finds.
    variables = {"query": f"tag:{MARK}"}
    after: str | None = None
    while True:
        listing = client.listing("discounts_marked", {**variables, **({"after": after} if after else {})})
        codes = [node for node in listing.nodes if part(part(node, "discount"), "__typename") == _CODED]
        yield [found for found in map(found_coupon, codes) if found.target.key]
        if listing.after is None:
            return
        if listing.after == after:
            raise PermanentError("Shopify answers the same page of discounts again and again.")
        after = listing.after


_CODED: Final = "DiscountCodeBasic"


def _labelled(client: ShopifyClient) -> Iterator[list[Found]]:
    for nodes in walk(client, "labels_marked", fixed={"ns": NAMESPACE}):
        yield [found_label(Target(LABEL, number_of(node.get("id"))), node) for node in nodes]
