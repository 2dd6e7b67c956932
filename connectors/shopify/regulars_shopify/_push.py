"""Writing to a shop: discount codes one by one, labels 25 metafields a call. Nothing is sent twice."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from regulars_connectors import Found, Operation, Outcome, PushResult, UnansweredError, Verb
from regulars_mapping import PermanentError, RegularsError
from regulars_shopify import _labels, _profile
from regulars_shopify._client import Node, ShopifyClient, gid_of, is_number, part
from regulars_shopify._documents import (
    COUPON,
    LABEL,
    METAFIELDS_A_CALL,
    discount_input,
    found_coupon,
)
from regulars_shopify._look import coupon_by_code, read_back
from regulars_shopify._profile import PROFILE

BATCH: Final = 25
_TAKEN: Final = frozenset({"TAKEN", "DUPLICATE"})
_WORTH: Final = frozenset({"percent", "amount", "applies_to", "goods", "minimum"})
_Results = dict[str, PushResult]


def push(client: ShopifyClient, operations: Sequence[Operation]) -> list[PushResult]:
    """One batch; a result an operation, in order. Raises only where nothing of it can have had an effect."""
    kinds = {operation.target.kind for operation in operations}
    if len(kinds) > 1 or not kinds <= {COUPON, LABEL, PROFILE}:
        raise PermanentError(f"One batch writes targets of one kind, not {', '.join(sorted(kinds))}.")
    if len(operations) > BATCH:
        raise PermanentError(f"One batch is {BATCH} writes at most, not {len(operations)}.")
    results: _Results = {}
    if kinds == {LABEL}:
        _push_labels(client, operations, results)
    else:
        write = _push_profile if kinds == {PROFILE} else _push_coupon
        _each(operations, results, lambda operation: write(client, operation))
    return [results[operation.id] for operation in operations]


def _each(
    operations: Sequence[Operation], results: _Results, write: Callable[[Operation], PushResult]
) -> None:
    for operation in operations:
        try:
            results[operation.id] = write(operation)
        except UnansweredError as error:
            results[operation.id] = _unknown(operation, str(error))
        except RegularsError as error:
            if not results:
                raise
            _leave(operations, results, error)
            return


def _leave(operations: Sequence[Operation], results: _Results, error: RegularsError) -> None:
    """Others of the batch were written: what was not sent is looked up like what was not answered."""
    for operation in operations:
        if operation.id not in results:
            results[operation.id] = _unknown(operation, f"it was not sent: {error}")


def _push_coupon(client: ShopifyClient, operation: Operation) -> PushResult:
    if operation.verb is Verb.CREATE:
        return _written(client, operation, "discount_create", {"input": discount_input(_document(operation))})
    found = coupon_by_code(client, operation.target)
    if found.document is None:
        return _absent(operation)
    if not found.ours:
        return _refused(operation, "the code belongs to a discount that is not ours")
    gid = gid_of("DiscountCodeNode", found.remote_id or "")
    if operation.verb is Verb.DELETE:
        return _deleted(client, operation, gid)
    document = _document(operation)
    variables = {"id": gid, "input": discount_input(document, before=found.document)}
    return _written(client, operation, "discount_update", variables)


def _written(
    client: ShopifyClient, operation: Operation, document: str, variables: Mapping[str, Any]
) -> PushResult:
    result = client.write(document, variables)
    if errors := _user_errors(result):
        return _failed(operation, errors)
    found = found_coupon(result.get("node"), key=operation.target.key)
    if not found.remote_id or found.document is None:
        return _unknown(operation, "Shopify answered success and no discount")
    wanted = _document(operation)
    read = found.document
    wrong = sorted(key for key in {*wanted, *read} if wanted.get(key) != read.get(key))
    if not wrong:
        return PushResult(operation.id, Outcome.DONE, found.remote_id)
    # A new code that gives something else than was promised, as a sum in another currency, is of no use.
    harmful = not read["customers"] or (operation.verb is Verb.CREATE and _WORTH & set(wrong))
    fate = _taken_back(client, found) if harmful else ""
    return _refused(operation, f"the shop stored another value ({', '.join(wrong)}){fate}", found.remote_id)


def _taken_back(client: ShopifyClient, found: Found) -> str:
    """A code bound to nobody serves everybody, and a wrong sum whom it is bound to."""
    try:
        client.write("discount_delete", {"id": gid_of("DiscountCodeNode", found.remote_id or "")})
    except RegularsError:
        whom = "its customer" if found.document and found.document["customers"] else "everybody"
        return f"; it serves {whom} and could not be taken back: delete it in the shop"
    return "; it was taken back"


def _deleted(client: ShopifyClient, operation: Operation, gid: str) -> PushResult:
    errors = _user_errors(client.write("discount_delete", {"id": gid}))
    if errors and coupon_by_code(client, operation.target).document is not None:
        return _failed(operation, errors)
    return PushResult(operation.id, Outcome.DONE, operation.remote_id)


def _document(operation: Operation) -> Mapping[str, Any]:
    if operation.document is None:
        raise PermanentError("A discount cannot be written without its document.")
    return operation.document


def _push_profile(client: ShopifyClient, operation: Operation) -> PushResult:
    if not is_number(operation.target.key):
        return _refused(operation, "a profile needs a registered customer")
    variables = {"input": _profile.change(operation), "ns": _profile.NAMESPACE}
    result = client.write("customer_update", variables)
    if errors := _user_errors(result):
        return _refused(operation, f"the shop refused it ({_named(errors)})")
    found = _profile.found(operation.target, result.get("customer"))
    if found.document is not None and (away := _profile.away(operation)):
        found = _emptied(client, operation, away)
    wanted = operation.document or {}
    there = found.document or {}
    wrong = sorted(name for name in wanted if wanted[name] != there.get(name))
    if not wrong:
        return PushResult(operation.id, Outcome.DONE, operation.target.key)
    return _refused(operation, f"the shop stored another value ({', '.join(wrong)})")


def _emptied(client: ShopifyClient, operation: Operation, away: Sequence[Node]) -> Found:
    """How the customer reads once the fields that shall be empty are taken away."""
    try:
        client.write("metafields_delete", {"metafields": away})
        return read_back(client, [operation.target])[0]
    except RegularsError as error:
        # The rest stands already: it is neither written nor untouched.
        raise UnansweredError(f"A profile was written in part. {error}") from error


def _named(errors: Sequence[Node]) -> str:
    """The fields at fault: Shopify tells no codes here, and its messages may quote what was sent."""
    fields = {path[-1] for error in errors if isinstance(path := error.get("field"), list) and path}
    return ", ".join(sorted(str(field)[:60] for field in fields)) or "no reason given"


def _push_labels(client: ShopifyClient, operations: Sequence[Operation], results: _Results) -> None:
    ready = []
    for operation in operations:
        if is_number(operation.target.key):
            ready.append(operation)
        else:
            results[operation.id] = _refused(operation, "a label needs a registered customer")
    for group in _groups(ready):
        try:
            results |= _label_group(client, group)
        except UnansweredError as error:
            results |= {one.id: _unknown(one, str(error)) for one in group}
        except RegularsError as error:
            if not results:
                raise
            _leave(operations, results, error)
            return


def _groups(operations: Sequence[Operation]) -> Iterator[Sequence[Operation]]:
    """Operations of which all that is set fits into a call together, and all that is taken away."""
    group: list[Operation] = []
    for one in operations:
        together = [*group, one]
        if any(sum(len(asked(each)) for each in together) > METAFIELDS_A_CALL for asked in (_entries, _away)):
            yield group
            together = [one]
        group = together
    if group:
        yield group


def _label_group(client: ShopifyClient, group: Sequence[Operation]) -> _Results:
    """What differs of these customers' metafields: first what shall be there, then away with what shall
    not."""
    results, standing = _set(client, group)
    away = [entry for one in standing for entry in _away(one)]
    try:
        errors = _user_errors(client.write("metafields_delete", {"metafields": away})) if away else []
        found = read_back(client, [one.target for one in standing]) if errors else []
    except RegularsError as error:
        if not any(one.document for one in standing):
            raise
        # What shall be there may be there already: the group is neither written nor untouched.
        raise UnansweredError(f"Labels were written in part. {error}") from error
    missed = [one for one, there in zip(standing, found, strict=False) if there.document != one.document]
    for one in standing:
        done = PushResult(one.id, Outcome.DONE, one.target.key)
        results[one.id] = _failed(one, errors) if one in missed else done
    return results


def _set(client: ShopifyClient, group: Sequence[Operation]) -> tuple[_Results, list[Operation]]:
    """The refused ones, and those that stand. A call is carried out for all its metafields or for none, so
    that without those at fault it may be sent again."""
    results: _Results = {}
    standing = list(group)
    while entries := [(one, entry) for one in standing for entry in _entries(one)]:
        errors = _user_errors(client.write("metafields_set", {"metafields": [entry for _, entry in entries]}))
        if not errors:
            break
        at_fault = _at_fault(errors, [one for one, _ in entries])
        results |= {one.id: _failed(one, errors) for one in at_fault}
        standing = [one for one in standing if one not in at_fault]
    return results, standing


def _entries(operation: Operation) -> list[Node]:
    owner = gid_of("Customer", operation.target.key)
    document = operation.document or {}
    return [
        {"ownerId": owner, "namespace": _labels.NAMESPACE, "key": key, "type": type_, "value": document[key]}
        for key, type_ in _labels.TYPES.items()
        if key in document and document[key] != _before(operation).get(key)
    ]


def _away(operation: Operation) -> list[Node]:
    """What is to be taken away. A label that is created has nothing to lose: it was looked for and is not
    there."""
    if operation.verb is Verb.CREATE:
        return []
    owner = gid_of("Customer", operation.target.key)
    there = _before(operation) or _labels.TYPES
    return [
        {"ownerId": owner, "namespace": _labels.NAMESPACE, "key": key}
        for key in _labels.KEYS
        if key in there and key not in (operation.document or {})
    ]


def _before(operation: Operation) -> Mapping[str, Any]:
    """How the label of an update reads by now; empty where nobody looked. What is deleted goes whole."""
    return (operation.before or {}) if operation.verb is Verb.UPDATE else {}


def _at_fault(errors: Sequence[Node], owners: Sequence[Operation]) -> list[Operation]:
    named = [part(error, "elementIndex") for error in errors]
    found = [owners[at] for at in named if isinstance(at, int) and 0 <= at < len(owners)]
    return found or list(owners)


def _user_errors(result: Node) -> list[Node]:
    errors = result.get("userErrors")
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _failed(operation: Operation, errors: Sequence[Node]) -> PushResult:
    # Only Shopify's codes are shown: its messages may quote what was sent.
    codes = sorted({code for error in errors if isinstance(code := error.get("code"), str)})
    if operation.verb is Verb.CREATE and operation.target.kind == COUPON and _TAKEN & set(codes):
        return PushResult(operation.id, Outcome.EXISTS, operation.remote_id, "the code is taken")
    said = ", ".join(code[:60] for code in codes) or "no reason given"
    if codes and {"MAX_APP_DISCOUNTS", "EXCEEDED_MAX"} & set(codes):
        said += "; the shop holds as many discounts as Shopify allows it"
    return _refused(operation, f"the shop refused it ({said})")


def _absent(operation: Operation) -> PushResult:
    if operation.verb is Verb.DELETE:
        return PushResult(operation.id, Outcome.DONE)
    return _refused(operation, "the discount does not exist any more")


def _refused(operation: Operation, reason: str, remote_id: str | None = None) -> PushResult:
    return PushResult(operation.id, Outcome.REFUSED, remote_id or operation.remote_id, reason)


def _unknown(operation: Operation, reason: str) -> PushResult:
    return PushResult(operation.id, Outcome.UNKNOWN, operation.remote_id, reason)
