"""Writing to a shop in its own batches, and looking at what is written there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from regulars_connectors import Found, Operation, Outcome, PushResult, Target, UnansweredError, Verb
from regulars_mapping import PermanentError, RegularsError
from regulars_woocommerce import _labels
from regulars_woocommerce._client import PAGE_SIZE, Item, WooClient, id_of, is_number
from regulars_woocommerce._documents import (
    COUPON,
    LABEL,
    coupon_body,
    coupon_document,
    found_coupon,
    found_label,
)

PATHS: Final = {COUPON: "coupons", LABEL: "customers"}
_TAKEN: Final = "woocommerce_rest_coupon_code_already_exists"
_GONE: Final = "_invalid_id"


def push(client: WooClient, operations: Sequence[Operation]) -> list[PushResult]:
    """One batch; a result an operation, in order. An answer that never came makes them all UNKNOWN."""
    if not operations:
        return []
    kind = _one_kind(operations)
    operations, settled = _located(client, kind, operations)
    ready = [operation for operation in operations if operation.id not in settled]
    results = settled | {result.operation_id: result for result in _batch(client, kind, ready)}
    return [results[operation.id] for operation in operations]


def _one_kind(operations: Sequence[Operation]) -> str:
    kinds = {operation.target.kind for operation in operations}
    if len(kinds) > 1 or not kinds <= PATHS.keys():
        raise PermanentError(f"One batch writes targets of one kind, not {', '.join(sorted(kinds))}.")
    if len(operations) > PAGE_SIZE:
        raise PermanentError(f"WooCommerce takes {PAGE_SIZE} writes a batch, not {len(operations)}.")
    return kinds.pop()


def _located(
    client: WooClient, kind: str, operations: Sequence[Operation]
) -> tuple[list[Operation], dict[str, PushResult]]:
    """The operations with the ids they need; and those that need no request any more."""
    located, settled = [], {}
    for operation in operations:
        if kind == LABEL and not is_number(operation.target.key):
            settled[operation.id] = _refused(operation, "a label needs a registered customer")
        if kind == LABEL or operation.verb is Verb.CREATE or operation.remote_id:
            located.append(operation)
            continue
        found = coupon_by_code(client, operation.target)
        located.append(replace(operation, remote_id=found.remote_id))
        if found.document is None:
            settled[operation.id] = _absent(operation)
        elif not found.ours:
            settled[operation.id] = _refused(operation, "the code belongs to a coupon that is not ours")
    return located, settled


def _absent(operation: Operation) -> PushResult:
    if operation.verb is Verb.DELETE:
        return PushResult(operation.id, Outcome.DONE)
    return _refused(operation, "the coupon does not exist any more")


def _refused(operation: Operation, reason: str) -> PushResult:
    return PushResult(operation.id, Outcome.REFUSED, operation.remote_id, reason)


def _batch(client: WooClient, kind: str, operations: Sequence[Operation]) -> list[PushResult]:
    if not operations:
        return []
    body = _label_body(operations) if kind == LABEL else _coupon_batch(operations)
    try:
        answer = client.write("POST", f"{PATHS[kind]}/batch", body)
    except UnansweredError as error:
        return [PushResult(one.id, Outcome.UNKNOWN, one.remote_id, str(error)) for one in operations]
    results = [
        _result(operation, part)
        for section in body
        for operation, part in _paired(kind, section, operations, answer.get(section))
    ]
    return _withdrawn(client, results, answer) if kind == COUPON else results


def _label_body(operations: Sequence[Operation]) -> dict[str, list[Any]]:
    updates = [
        {"id": int(operation.target.key), "meta_data": _labels.meta_data(operation.document)}
        for operation in operations
    ]
    return {"update": updates}


def _coupon_batch(operations: Sequence[Operation]) -> dict[str, list[Any]]:
    body: dict[str, list[Any]] = {}
    for operation in operations:
        body.setdefault(operation.verb.value, []).append(_coupon_part(operation))
    return body


def _coupon_part(operation: Operation) -> Any:
    if operation.verb is Verb.DELETE:
        return int(operation.remote_id or 0)
    if operation.document is None:
        raise PermanentError("A coupon cannot be written without its document.")
    part = coupon_body(operation.document)
    return part if operation.verb is Verb.CREATE else {"id": int(operation.remote_id or 0), **part}


def _paired(
    kind: str, section: str, operations: Sequence[Operation], parts: Any
) -> Iterator[tuple[Operation, Item | None]]:
    """Operations of a section with what the shop answered for each; None where it answered nothing."""
    mine = [one for one in operations if kind == LABEL or one.verb.value == section]
    answered = parts if isinstance(parts, list) and len(parts) == len(mine) else [None] * len(mine)
    for operation, part in zip(mine, answered, strict=True):
        yield operation, part if isinstance(part, dict) else None


def _result(operation: Operation, part: Item | None) -> PushResult:
    if part is None:
        reason = "the shop's answer to the batch left it out"
        return PushResult(operation.id, Outcome.UNKNOWN, operation.remote_id, reason)
    if "error" in part:
        return _failed(operation, part["error"])
    if not id_of(part):
        return _refused(operation, "the shop answered success and stored nothing")
    remote_id = str(id_of(part))
    if operation.verb is not Verb.DELETE and (difference := _difference(operation, part)):
        reason = f"the shop stored another value ({difference})"
        return PushResult(operation.id, Outcome.REFUSED, remote_id, reason)
    return PushResult(operation.id, Outcome.DONE, remote_id)


def _failed(operation: Operation, error: Any) -> PushResult:
    code = error.get("code") if isinstance(error, dict) else None
    code = code if isinstance(code, str) else "no reason given"
    if code == _TAKEN:
        return PushResult(operation.id, Outcome.EXISTS, operation.remote_id, "the code is taken")
    if operation.verb is Verb.DELETE and code.endswith(_GONE):
        return PushResult(operation.id, Outcome.DONE, operation.remote_id)
    return _refused(operation, f"the shop refused it ({code[:80]})")


def _difference(operation: Operation, part: Item) -> str:
    """The names of the fields that the shop did not store as they were sent."""
    wanted: Mapping[str, Any] = operation.document or {}
    if operation.target.kind == COUPON:
        stored: Mapping[str, Any] = coupon_document(part)
    else:
        stored = found_label(operation.target, part).document or {}
    return ", ".join(sorted(key for key in {*wanted, *stored} if wanted.get(key) != stored.get(key)))


def _withdrawn(client: WooClient, results: list[PushResult], answer: Item) -> list[PushResult]:
    """Take back at once what was just created without its address: it would serve everybody."""
    created = answer.get("create")
    open_ids = [
        id_of(part)
        for part in (created if isinstance(created, list) else [])
        if isinstance(part, dict) and id_of(part) and not coupon_document(part)["email_restrictions"]
    ]
    if not open_ids:
        return results
    try:
        client.write("POST", "coupons/batch", {"delete": open_ids})
        fate = "it was taken back"
    except RegularsError:
        fate = "it serves everybody and could not be taken back: delete it in the shop"
    withdrawn = {str(number) for number in open_ids}
    return [
        replace(result, reason=f"{result.reason}; {fate}") if result.remote_id in withdrawn else result
        for result in results
    ]


def read_back(client: WooClient, targets: Sequence[Target]) -> list[Found]:
    """How these targets read in the shop now, in order."""
    labelled = [target for target in targets if target.kind == LABEL]
    labels = {target: Found(target, None) for target in labelled}
    labels |= _labels_by_id(client, [target for target in labelled if is_number(target.key)])
    coupons = _coupons_by_id(client, [one for one in targets if one.kind == COUPON and one.remote_id])
    coupons |= _coupons_by_code(client, [one for one in targets if one.kind == COUPON and not one.remote_id])
    return [labels[target] if target.kind == LABEL else coupons[target] for target in targets]


def _labels_by_id(client: WooClient, targets: Sequence[Target]) -> dict[Target, Found]:
    found: dict[Target, Found] = {}
    for start in range(0, len(targets), PAGE_SIZE):
        chunk = targets[start : start + PAGE_SIZE]
        params: dict[str, str | int] = {"role": "all", "per_page": PAGE_SIZE, "_fields": "id,meta_data"}
        params["include"] = ",".join(target.key for target in chunk)
        items = {str(id_of(item)): item for item in client.listing("customers", params).items}
        found |= {target: found_label(target, items.get(target.key)) for target in chunk}
    return found


def _coupons_by_id(client: WooClient, targets: Sequence[Target]) -> dict[Target, Found]:
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


def _coupons_by_code(client: WooClient, targets: Sequence[Target]) -> dict[Target, Found]:
    """By one request a code, or through the whole list where that takes fewer.

    The list may lose one to a deletion meanwhile: only a look at the code itself makes it absent.
    """
    listed = _listed(client) if len(targets) > _pages(client, len(targets)) else {}
    return {target: listed.get(target) or coupon_by_code(client, target) for target in targets}


def _pages(client: WooClient, targets: int) -> int:
    if targets <= 1:
        return targets
    total = client.listing("coupons", {"per_page": 1, "_fields": "id"}).total
    return targets if total is None else -(-total // PAGE_SIZE)


def _listed(client: WooClient) -> dict[Target, Found]:
    # Two coupons can share a code after a race; checkout takes the newest, which comes last here.
    return {found.target: found for batch in _coupons(client) for found in batch}


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
