"""``/batch``: many writes in one request, each with its own outcome under one 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from regulars_sandbox.woocommerce._core import Call, Reply
from regulars_sandbox.woocommerce._errors import ShopError, not_modelled, rest_error
from regulars_sandbox.woocommerce._schema import ArgumentSpec, validate

__all__ = ["Batches"]

_MOST = 100
Verb = Callable[[Call], Reply]


class Batches:
    """A batch route over the single writes of one resource."""

    def __init__(self, specs: Mapping[str, Mapping[str, ArgumentSpec]], verbs: Mapping[str, Verb]) -> None:
        """``specs`` and ``verbs`` by the name of a part: create, update, delete."""
        self._specs, self._verbs = specs, verbs

    def run(self, call: Call) -> Reply:
        """POST /<resource>/batch: at most 100 of create, update and delete together."""
        wanted = {name: call.arguments.get(name) or [] for name in self._verbs if name in call.arguments}
        if any(not isinstance(items, list) for items in wanted.values()):
            raise not_modelled("a batch whose parts are no lists")
        if sum(len(items) for items in wanted.values()) > _MOST:
            message = f"Unable to accept more than {_MOST} items for this request."
            raise rest_error(413, "woocommerce_rest_request_entity_too_large", message)
        answer = {name: [self._one(call, name, item) for item in items] for name, items in wanted.items()}
        return Reply(call.fields.of_batch(answer))

    def _one(self, call: Call, name: str, item: Any) -> Any:
        if name == "delete" and not isinstance(item, dict):
            # A batch deletes for good: things go past the trash.
            item = {"id": item, "force": True}
        if not isinstance(item, dict):
            return {"id": 0, "error": not_modelled("a batch element that is no object").payload}
        number = 0 if name == "create" else item.get("id")
        try:
            if not isinstance(number, int):
                return {"id": number, "error": not_modelled("a batch element without id").payload}
            arguments = _checked(self._specs[name], item)
            single = replace(call, query={}, arguments={**arguments, "id": number})
            return self._verbs[name](single).payload
        except ShopError as error:
            return {"id": number, "error": error.payload}


def _checked(specs: Mapping[str, ArgumentSpec], item: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return validate(specs, item)
    except ShopError as error:
        raise not_modelled("a batch element with invalid or missing arguments") from error
