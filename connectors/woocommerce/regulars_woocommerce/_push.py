"""Writing to a shop in its own batches."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from regulars_connectors import (
    Document,
    Operation,
    Outcome,
    PushResult,
    UnansweredError,
    Verb,
)
from regulars_mapping import PermanentError, RegularsError
from regulars_woocommerce import _labels, _profile
from regulars_woocommerce._client import PAGE_SIZE, Item, WooClient, id_of, is_number
from regulars_woocommerce._documents import (
    COUPON,
    LABEL,
    LABELS_HIDDEN,
    SUM,
    coupon_body,
    coupon_change,
    coupon_document,
    found_label,
)
from regulars_woocommerce._look import coupon_by_code
from regulars_woocommerce._profile import PROFILE

PATHS: Final = {COUPON: "coupons", LABEL: "customers", PROFILE: "customers"}
_TAKEN: Final = "woocommerce_rest_coupon_code_already_exists"
_GONE: Final = "_invalid_id"
_MOST_PERCENT: Final = 100


def push(client: WooClient, operations: Sequence[Operation]) -> list[PushResult]:
    """One batch; a result an operation, in order. An answer that never came makes them all UNKNOWN.

    It is one request, and one more where percentages become sums above 100: the shop looks at a coupon's
    amount before its new type, and of a percentage it takes no such amount.
    """
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
        if kind != COUPON and not is_number(operation.target.key):
            settled[operation.id] = _refused(operation, f"a {kind} needs a registered customer")
        if kind != COUPON or operation.verb is Verb.CREATE or operation.remote_id:
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
    body = _coupon_batch(operations) if kind == COUPON else _customer_batch(operations)
    retyped = [{"id": part["id"], "discount_type": SUM} for part in body.get("update", ()) if _leaps(part)]
    try:
        if retyped:
            client.write("POST", f"{PATHS[kind]}/batch", {"update": retyped})
        answer = client.write("POST", f"{PATHS[kind]}/batch", body)
    except UnansweredError as error:
        return [PushResult(one.id, Outcome.UNKNOWN, one.remote_id, str(error)) for one in operations]
    results = [
        _result(operation, part)
        for section in body
        for operation, part in _paired(kind, section, operations, answer.get(section))
    ]
    return _withdrawn(client, results, answer) if kind == COUPON else results


def _leaps(part: Item) -> bool:
    return part.get("discount_type") == SUM and Decimal(part.get("amount", 0)) > _MOST_PERCENT


def _customer_batch(operations: Sequence[Operation]) -> dict[str, list[Any]]:
    return {"update": [{"id": int(one.target.key), **_customer_change(one)} for one in operations]}


def _customer_change(operation: Operation) -> Item:
    before = _before(operation)
    if operation.target.kind == LABEL:
        return {"meta_data": _labels.meta_data(operation.document, before)}
    if operation.document is None:
        raise PermanentError("A profile is never taken away, only written.")
    return _profile.change(operation.document, before)


def _before(operation: Operation) -> Document | None:
    """How the target of an update reads by now, so that the rest need not travel. What is taken away goes
    whole."""
    return operation.before if operation.verb is Verb.UPDATE else None


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
    if operation.verb is Verb.CREATE:
        return coupon_body(operation.document)
    change = coupon_change(operation.document, _before(operation))
    return {"id": int(operation.remote_id or 0), **change}


def _paired(
    kind: str, section: str, operations: Sequence[Operation], parts: Any
) -> Iterator[tuple[Operation, Item | None]]:
    """Operations of a section with what the shop answered for each; None where it answered nothing."""
    mine = [one for one in operations if kind != COUPON or one.verb.value == section]
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
    if operation.target.kind != COUPON and _hides(operation, part):
        return PushResult(operation.id, Outcome.REFUSED, remote_id, LABELS_HIDDEN)
    if operation.verb is not Verb.DELETE and (difference := _difference(operation, part)):
        return _stored_otherwise(operation, remote_id, difference)
    return PushResult(operation.id, Outcome.DONE, remote_id)


def _hides(operation: Operation, part: Item) -> bool:
    """Whether the answer leaves out what was written."""
    if operation.target.kind == PROFILE:
        return _profile.document(part, operation.target.fields) is None
    return "meta_data" not in part


def _stored_otherwise(operation: Operation, remote_id: str, names: Set[str]) -> PushResult:
    """The shop's own doing, or somebody's who changed meanwhile what did not travel."""
    said = ", ".join(sorted(names))
    before = _before(operation)
    wanted = operation.document or {}
    travelled = {key for key in names if before is None or wanted.get(key) != before.get(key)}
    if travelled:
        reason = f"the shop stored another value ({said})"
        return PushResult(operation.id, Outcome.REFUSED, remote_id, reason)
    return PushResult(operation.id, Outcome.EXISTS, remote_id, f"somebody changed it meanwhile ({said})")


def _failed(operation: Operation, error: Any) -> PushResult:
    code = error.get("code") if isinstance(error, dict) else None
    code = code if isinstance(code, str) else "no reason given"
    if code == _TAKEN:
        return PushResult(operation.id, Outcome.EXISTS, operation.remote_id, "the code is taken")
    if operation.verb is Verb.DELETE and code.endswith(_GONE):
        return PushResult(operation.id, Outcome.DONE, operation.remote_id)
    return _refused(operation, f"the shop refused it ({code[:80]})")


def _difference(operation: Operation, part: Item) -> Set[str]:
    """The names of the fields that the shop did not store as they were sent."""
    wanted: Mapping[str, Any] = operation.document or {}
    if operation.target.kind == COUPON:
        stored: Mapping[str, Any] = coupon_document(part)
    elif operation.target.kind == PROFILE:
        stored = _profile.document(part, operation.target.fields) or {}
    else:
        stored = found_label(operation.target, part).document or {}
    return {key for key in {*wanted, *stored} if wanted.get(key) != stored.get(key)}


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
