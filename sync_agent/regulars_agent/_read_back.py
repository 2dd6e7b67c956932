"""What is ours in a shop, read there as the books may keep it: of an erased person by their token only.

A coupon names the address that may use it. Until a plan has taken it away the shop shows that address, and
the books must not learn it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from regulars_agent._leases import Visit
from regulars_agent._suppression import Numbers, texts_of
from regulars_agent._suppression_key import suppression_key
from regulars_connectors import Found, Mask, Target
from regulars_mapping import fold_email
from regulars_store import erasing


def read_back(at: Visit, targets: Sequence[Target]) -> list[Found]:
    """``Connector.read_back``, in the words of the books."""
    return _in_our_words(at, at.connector.read_back(targets))


def marked(at: Visit, kind: str) -> Iterator[list[Found]]:
    """``Connector.marked``, in the words of the books."""
    return (_in_our_words(at, batch) for batch in at.connector.marked(kind))


def _in_our_words(at: Visit, found: Sequence[Found]) -> list[Found]:
    named = {text: fold_email(text) for each in found for text in texts_of(each.document) if "@" in text}
    addresses = {address for address in named.values() if address}
    if not addresses:
        return list(found)
    masks = _masks(at, addresses)
    words = {text: masks[address] for text, address in named.items() if address in masks}
    if not words:
        return list(found)
    return [
        each if each.document is None else replace(each, document=_replaced(each.document, words))
        for each in found
    ]


def _masks(at: Visit, addresses: set[str]) -> Mapping[str, str]:
    """What stands for those of these addresses that are an erased person's; one statement for nobody's."""
    with at.read() as connection:
        if not erasing.anything_suppressed(connection):
            return {}
        key = suppression_key(at.workspace.secrets)
        digests = {key.of("email", address): address for address in addresses}
        listed = erasing.suppressed_among(connection, list(digests))
        masks = {one.token: Mask(one.token, Numbers(connection, key, one.token)) for one in listed.values()}
        return {digests[one.digest]: masks[one.token].email(digests[one.digest]) for one in listed.values()}


def _replaced(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return words.get(value, value)
    if isinstance(value, Mapping):
        return {name: _replaced(each, words) for name, each in value.items()}
    return [_replaced(each, words) for each in value] if isinstance(value, list) else value
