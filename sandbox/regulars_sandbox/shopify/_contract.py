"""The API the double keeps: its schema, its scope table, and documents judged by the schema."""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)

from regulars_sandbox.shopify._cost import Pricing
from regulars_sandbox.shopify._resolving import attach
from regulars_sandbox.shopify._scalars import strict_scalars
from regulars_sandbox.shopify._state import VERSION

__all__ = ["Contract", "Document", "contract"]

_REMEMBERED_DOCUMENTS = 256
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_UNKNOWN_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'")


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the schema judged it: ``errors`` is empty when it may run."""

    node: DocumentNode | None
    errors: tuple[dict[str, Any], ...]
    operations: Mapping[str, Pricing]

    def pricing(self, name: str | None) -> Pricing | None:
        """The price of the operation to run; None where no or no single one is meant."""
        if name:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


class Contract:
    """One version of the API, shared by every shop of the process; thread-safe."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._lock = threading.Lock()

    def document(self, text: str) -> Document:
        """The document, parsed and validated once."""
        with self._lock:
            found = self._documents.get(text)
            if found is not None:
                self._documents.move_to_end(text)
                return found
        made = self._judged(text)
        with self._lock:
            self._documents[text] = made
            if len(self._documents) > _REMEMBERED_DOCUMENTS:
                self._documents.popitem(last=False)
        return made

    def _judged(self, text: str) -> Document:
        try:
            node = parse(text)
        except GraphQLError as error:
            return Document(None, (_in_shopify_words(error),), {})
        errors = validate(self.schema, node)
        if errors:
            return Document(None, tuple(_in_shopify_words(error) for error in errors), {})
        fragments = {
            each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)
        }
        operations = {
            each.name.value if each.name else "": Pricing(self.schema, each, fragments)
            for each in node.definitions
            if isinstance(each, OperationDefinitionNode)
        }
        return Document(node, (), operations)


@lru_cache(maxsize=1)
def contract() -> Contract:
    """The contract of :data:`VERSION`, read from the package's data once a process."""
    data = files("regulars_sandbox.shopify") / "contract"
    # A part of a schema breaks rules the whole keeps, such as that every interface has a field.
    schema = build_schema((data / f"admin_{VERSION}.graphql").read_text("utf-8"), assume_valid=True)
    _complete(schema)
    scopes = json.loads((data / f"admin_{VERSION}.scopes.json").read_text("utf-8"))
    strict_scalars(schema)
    attach(schema, scopes)
    return Contract(schema)


def _complete(schema: GraphQLSchema) -> None:
    """Give object types the fields of their interfaces that the part of the schema has left out."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for interface in kind.interfaces:
                for name, field in interface.fields.items():
                    kind.fields.setdefault(name, GraphQLField(**field.to_kwargs()))


def _in_shopify_words(error: GraphQLError) -> dict[str, Any]:
    """A validation error with the codes Shopify's own validator gives to the two commonest."""
    answer: dict[str, Any] = {"message": error.message}
    if error.locations:
        answer["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    field = _UNKNOWN_FIELD.match(error.message)
    argument = _UNKNOWN_ARGUMENT.match(error.message)
    if field:
        answer["message"] = f"Field '{field[1]}' doesn't exist on type '{field[2]}'"
        answer["extensions"] = {"code": "undefinedField", "typeName": field[2], "fieldName": field[1]}
    elif argument:
        answer["message"] = f"Field '{argument[3]}' doesn't accept argument '{argument[1]}'"
        answer["extensions"] = {
            "code": "argumentNotAccepted",
            "name": argument[3],
            "typeName": "Field",
            "argumentName": argument[1],
        }
    else:
        answer["extensions"] = {"code": "graphqlError"}
    return answer
