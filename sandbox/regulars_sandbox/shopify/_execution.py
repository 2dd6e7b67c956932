"""Running an operation: judged, priced, let through or throttled, executed, and its cost told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, execute_sync

from regulars_sandbox.shopify._access import Caller
from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._contract import Document, contract
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._resolving import type_name

__all__ = ["Execution", "executed", "told_errors"]

_MAX_COST = 1_000
_LIMITS = "https://shopify.dev/api/usage/rate-limits"


class Execution:
    """Answers GraphQL requests with dictionaries ready to be written as JSON."""

    def __init__(self, core: Core, handlers: Mapping[str, Handler]) -> None:
        self._core, self._handlers = core, handlers
        self._contract = contract()
        self.stumbles = 0

    def answer(self, body: Mapping[str, Any], caller: Caller, home: str) -> dict[str, Any]:
        """The answer to one request; always an answer of status 200."""
        document = self._contract.document(body["query"])
        if document.errors:
            return {"errors": list(document.errors)}
        name, variables = body.get("operationName"), body.get("variables") or {}
        pricing = document.pricing(name)
        if pricing is None:
            return {
                "errors": [{"message": "An operation name is required", "extensions": _code("BAD_REQUEST")}]
            }
        price, now = pricing.requested(variables), self._core.moment()
        if price > _MAX_COST:
            return self._too_dear(price, caller)
        if not caller.bucket.take(price, now):
            return self._throttled(price, caller)
        if self.stumbles:
            return self._stumbled(price, caller)
        call = Call(caller, self._handlers, home)
        result = self._run(document, call, name, variables)
        actual = min(price, price if pricing.mutation else pricing.actual(call.counts))
        caller.bucket.give_back(price - actual)
        return self._written(result, call, price, actual)

    def writes(self, body: Mapping[str, Any]) -> bool:
        """True for a request whose operation is a valid mutation."""
        pricing = self._contract.document(body["query"]).pricing(body.get("operationName"))
        return pricing is not None and pricing.mutation

    def _run(
        self, document: Document, call: Call, name: str | None, variables: Mapping[str, Any]
    ) -> ExecutionResult:
        if document.node is None:
            raise AssertionError("a document without errors has been parsed")
        return executed(document.node, call, variables, name)

    def _written(self, result: ExecutionResult, call: Call, price: int, actual: int) -> dict[str, Any]:
        errors = told_errors(result)
        if _never_ran(result):
            return {"errors": errors}
        answer: dict[str, Any] = {"data": result.data}
        if errors:
            answer["errors"] = errors
        answer["extensions"] = self._cost(price, actual, call.caller)
        if call.searches:
            answer["extensions"]["search"] = call.searches
        return answer

    def _too_dear(self, price: int, caller: Caller) -> dict[str, Any]:
        message = f"Query cost is {price}, which exceeds the single query max cost limit ({_MAX_COST})."
        extensions = _code("MAX_COST_EXCEEDED") | {
            "cost": price,
            "maxCost": _MAX_COST,
            "documentation": _LIMITS,
        }
        errors = [{"message": message, "extensions": extensions}]
        return {"errors": errors, "extensions": self._cost(price, None, caller)}

    def _stumbled(self, price: int, caller: Caller) -> dict[str, Any]:
        self.stumbles -= 1
        extensions = _code("INTERNAL_SERVER_ERROR") | {"requestId": str(uuid.uuid4())}
        errors = [
            {
                "message": "Internal error. Looks like something went wrong on our end.",
                "extensions": extensions,
            }
        ]
        return {"errors": errors, "extensions": self._cost(price, None, caller)}

    def _throttled(self, price: int, caller: Caller) -> dict[str, Any]:
        extensions = _code("THROTTLED") | {"documentation": _LIMITS}
        errors = [{"message": "Throttled", "extensions": extensions}]
        return {"errors": errors, "extensions": self._cost(price, None, caller)}

    def _cost(self, price: int, actual: int | None, caller: Caller) -> dict[str, Any]:
        status = caller.bucket.status(self._core.moment())
        return {"cost": {"requestedQueryCost": price, "actualQueryCost": actual, "throttleStatus": status}}


def _code(code: str) -> dict[str, Any]:
    return {"code": code}


def executed(
    node: DocumentNode, call: Call, variables: Mapping[str, Any], name: str | None = None
) -> ExecutionResult:
    """What a valid document gives, whatever it costs."""
    result = execute_sync(
        contract().schema,
        node,
        context_value=call,
        variable_values=dict(variables),
        operation_name=name,
        type_resolver=type_name,
    )
    if not isinstance(result, ExecutionResult):
        raise AssertionError("execute_sync never streams")  # noqa: TRY004 - a fault of the double, not of a type
    return result


def told_errors(result: ExecutionResult) -> list[dict[str, Any]]:
    """The errors of an operation as answers carry them, each with its code."""
    told = _variable_error if _never_ran(result) else _field_error
    return [told(error) for error in result.errors or ()]


def _never_ran(result: ExecutionResult) -> bool:
    """True when the variables were refused before any field was asked."""
    errors = result.errors or ()
    return result.data is None and bool(errors) and all(error.path is None for error in errors)


def _variable_error(error: GraphQLError) -> dict[str, Any]:
    return {"message": error.message, "extensions": _code("INVALID_VARIABLE")}


def _field_error(error: GraphQLError) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    if not error.extensions:
        # A bug of the double: seen as one by the test that met it, without its data.
        kind = type(error.original_error).__name__ if error.original_error else "GraphQLError"
        formatted["message"] = f"The sandbox itself failed: {kind}."
        formatted["extensions"] = _code("SANDBOX_BUG")
    return formatted
