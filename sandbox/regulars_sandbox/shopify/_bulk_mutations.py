"""Bulk mutations: one document, carried out once for each line of variables that was uploaded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import DocumentNode

from regulars_sandbox.shopify._bulk import Bulk, Denied
from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._contract import contract
from regulars_sandbox.shopify._errors import user_error
from regulars_sandbox.shopify._execution import executed, told_errors
from regulars_sandbox.shopify._staged import StagedUploads
from regulars_sandbox.shopify._state import Record

__all__ = ["BulkMutations"]

Arguments = Mapping[str, Any]


class _Fault(Exception):  # noqa: N818 - a user error of the answer, not a failure of the double
    """What is wrong with the request: the message of the user error, and its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class MutationWork:
    """Calls of one mutation, a line of variables each, with effects that stay in any case."""

    def __init__(self, node: DocumentNode, variables: Sequence[Record], call: Call) -> None:
        self._node, self._variables = node, variables
        self._call = Call(call.caller, call.handlers, call.home)
        self._at = 0

    @property
    def more(self) -> bool:
        """False when every line had its call."""
        return self._at < len(self._variables)

    def portion(self, rows: int) -> Iterator[list[Record]]:
        """The answer of each of the next lines."""
        for at in range(self._at, min(self._at + rows, len(self._variables))):
            self._at = at + 1
            yield [self._answer(self._variables[at]) | {"__lineNumber": at}]

    def _answer(self, variables: Record) -> Record:
        result = executed(self._node, self._call, variables)
        errors = told_errors(result)
        if any(error["extensions"]["code"] == "ACCESS_DENIED" for error in errors):
            raise Denied
        data = {} if result.data is None else {"data": result.data}
        return {**data, "errors": errors} if errors else data


class BulkMutations:
    """``bulkOperationRunMutation``."""

    def __init__(self, bulk: Bulk, uploads: StagedUploads) -> None:
        self._bulk, self._uploads = bulk, uploads

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {"bulkOperationRunMutation": self._run}

    def _run(self, call: Call, arguments: Arguments) -> Record:
        self._bulk.pass_time()
        text = arguments["mutation"]
        error = self._bulk.full(call, "MUTATION")
        try:
            if error is None:
                work = MutationWork(_document(text), self._variables(arguments["stagedUploadPath"]), call)
                operation = self._bulk.begin(call, "MUTATION", text, work, grouped=False)
                return {"bulkOperation": operation, "userErrors": []}
        except _Fault as fault:
            error = user_error(None, str(fault), fault.code)
        return {"bulkOperation": None, "userErrors": [error]}

    def _variables(self, path: str) -> list[Record]:
        body = self._uploads.read(path)
        if body is None:
            raise _Fault("NO_SUCH_FILE", "The JSONL file could not be found.")
        try:
            lines = [json.loads(line) for line in body.split(b"\n") if line.strip()]
        except ValueError:
            lines = []
        if not lines or not all(isinstance(line, dict) for line in lines):
            raise _Fault("INVALID_STAGED_UPLOAD_FILE", "The JSONL file holds lines that are no variables.")
        return lines


def _document(text: str) -> DocumentNode:
    document = contract().document(text)
    pricing = document.pricing(None)
    if document.node is None or pricing is None or not pricing.mutation or pricing.fields != 1:
        said = "; ".join(str(error["message"]) for error in document.errors)
        raise _Fault("INVALID_MUTATION", f"A bulk mutation is one mutation with one field. {said}".strip())
    return document.node
