"""Looking at what is written in a shop: by its key, by its number, and everything that carries our mark."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from regulars_connectors import Found, HiddenTargetsError, Target
from regulars_mapping import MisconfiguredError
from regulars_woocommerce import _profile
from regulars_woocommerce._client import PAGE_SIZE, Item, WooClient, id_of, is_number
from regulars_woocommerce._documents import COUPON, LABEL, LABELS_HIDDEN, found_coupon, found_label
from regulars_woocommerce._profile import PROFILE


class Look:
    """Looks at a shop through one connector.

    A coupon's code is one request, and a list of codes finds none. Once as many were looked for as the shop's
    whole list has pages, the list is read and the number that checkout takes for each code of ours is kept:
    from then on a hundred codes are one request, by number. What is not there under its code any more is
    looked for by the code; a second coupon of the same code that somebody makes after that is not seen.
    """

    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._looked_for = 0
        self._numbers: dict[str, str] | None = None

    def read_back(self, targets: Sequence[Target]) -> list[Found]:
        """How these targets read in the shop now, in order."""
        found = {target: Found(target, None) for target in targets if target.kind != COUPON}
        numbered = [target for target in found if is_number(target.key)]
        found |= _labels_by_id(self._client, [target for target in numbered if target.kind == LABEL])
        found |= _profiles_by_id(self._client, [target for target in numbered if target.kind == PROFILE])
        coupons = [target for target in targets if target.kind == COUPON]
        found |= coupons_by_id(self._client, [target for target in coupons if target.remote_id])
        found |= self._by_code([target for target in coupons if not target.remote_id])
        return [found[target] for target in targets]

    def _by_code(self, targets: Sequence[Target]) -> dict[Target, Found]:
        """The list may lose one to a deletion meanwhile: only a look at the code itself makes it absent."""
        self._looked_for += len(targets)
        if self._numbers is not None:
            found = self._by_number(targets, self._numbers)
        else:
            found = self._listed(targets) if self._many() else {}
        return {target: found.get(target) or coupon_by_code(self._client, target) for target in targets}

    def _many(self) -> bool:
        """Whether reading the whole list takes fewer requests than what was looked for till now."""
        if self._looked_for <= 1:
            return False
        total = self._client.listing("coupons", {"per_page": 1, "_fields": "id"}).total
        return total is not None and self._looked_for > -(-total // PAGE_SIZE)

    def _listed(self, targets: Sequence[Target]) -> dict[Target, Found]:
        wanted, found = set(targets), {}
        numbers: dict[str, str] = {}
        # Two coupons can share a code after a race; checkout takes the newest, which comes last here.
        for batch in _coupons(self._client):
            for one in batch:
                if one.ours or one.target.key in numbers:
                    numbers[one.target.key] = one.remote_id or ""
                if one.target in wanted:
                    found[one.target] = one
        self._numbers = numbers
        return found

    def _by_number(self, targets: Sequence[Target], numbers: Mapping[str, str]) -> dict[Target, Found]:
        known = {
            target: replace(target, remote_id=numbers[target.key])
            for target in targets
            if target.key in numbers
        }
        there = coupons_by_id(self._client, list(known.values()))
        return {
            target: replace(there[numbered], target=target)
            for target, numbered in known.items()
            if there[numbered].document is not None
        }


def _labels_by_id(client: WooClient, targets: Sequence[Target]) -> dict[Target, Found]:
    # Nothing else may pass for hidden labels: a key that is no longer known stops everything.
    customers = list(_customers(client, targets, "id,meta_data"))
    try:
        return {target: found_label(target, item) for target, item in customers}
    except MisconfiguredError as error:
        raise HiddenTargetsError(str(error)) from error


def _profiles_by_id(client: WooClient, targets: Sequence[Target]) -> dict[Target, Found]:
    found: dict[Target, Found] = {}
    for target, item in _customers(client, targets, "id,email,first_name,last_name,billing,meta_data"):
        found[target] = _profile.found(target, item)
        if item and found[target].document is None:
            raise HiddenTargetsError(LABELS_HIDDEN)
    return found


def _customers(
    client: WooClient, targets: Sequence[Target], fields: str
) -> Iterator[tuple[Target, Item | None]]:
    """The customers of these targets, a request a hundred; None for those that are gone."""
    for start in range(0, len(targets), PAGE_SIZE):
        chunk = targets[start : start + PAGE_SIZE]
        params: dict[str, str | int] = {"role": "all", "per_page": PAGE_SIZE, "_fields": fields}
        params["include"] = ",".join(target.key for target in chunk)
        items = {str(id_of(item)): item for item in client.listing("customers", params).items}
        yield from ((target, items.get(target.key)) for target in chunk)


def coupons_by_id(client: WooClient, targets: Sequence[Target]) -> dict[Target, Found]:
    """Exactly these, though others may share their codes."""
    found: dict[Target, Found] = {}
    numbered = [target for target in targets if is_number(target.remote_id)]
    for start in range(0, len(numbered), PAGE_SIZE):
        chunk = numbered[start : start + PAGE_SIZE]
        asked = ",".join(sorted({target.remote_id for target in chunk}))
        items = client.listing("coupons", {"include": asked, "per_page": PAGE_SIZE}).items
        there = {(one.target.key, one.remote_id): one for one in _published(items)}
        for target in chunk:
            if one := there.get((target.key, target.remote_id)):
                found[target] = replace(one, target=target)
    return {target: found.get(target) or Found(target, None) for target in targets}


def coupon_by_code(client: WooClient, target: Target) -> Found:
    """The coupon that checkout would find by this code."""
    items = client.listing("coupons", {"code": target.key, "per_page": PAGE_SIZE}).items
    matching = [found for found in map(found_coupon, items) if found.target == target]
    return max(matching, key=lambda found: int(found.remote_id or 0), default=Found(target, None))


def marked(client: WooClient, kind: str) -> Iterator[Sequence[Found]]:
    """Every coupon, or every customer's label, that carries our mark."""
    for batch in _coupons(client) if kind == COUPON else _labelled(client):
        if ours := [found for found in batch if found.ours]:
            yield ours


def _coupons(client: WooClient) -> Iterator[list[Found]]:
    for items in _all(client, "coupons", {}):
        yield _published(items)


def _published(items: Sequence[Item]) -> list[Found]:
    return [found_coupon(item) for item in items if item.get("status", "publish") == "publish"]


def _labelled(client: WooClient) -> Iterator[list[Found]]:
    for items in _all(client, "customers", {"role": "all", "_fields": "id,meta_data"}):
        yield [found_label(Target(LABEL, str(id_of(item))), item) for item in items]


def _all(client: WooClient, path: str, params: Mapping[str, str | int]) -> Iterator[Sequence[Item]]:
    page = 1
    while True:
        asked = {"orderby": "id", "order": "asc", "per_page": PAGE_SIZE, "page": page, **params}
        listing = client.listing(path, asked)
        yield listing.items
        if not listing.more(page):
            return
        page += 1
