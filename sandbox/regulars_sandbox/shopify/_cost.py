"""What a document costs: the calculated query cost by a formula fitted to live figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

__all__ = ["Pricing", "connection_size"]

_FREE = frozenset({"MoneyBag", "MoneyV2", "CustomerEmailAddress", "CustomerPhoneNumber", "PageInfo"})
_MUTATION = 10
Size = Callable[[FieldNode], int]


def connection_size(rows: int) -> int:
    """How often a connection's children count for ``rows`` asked for or returned."""
    return max(1, math.floor(2 * math.log(rows))) if rows > 0 else 0


class Pricing:
    """The price of one operation of a document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        self._schema, self._operation, self._fragments = schema, operation, fragments
        self._defaults = {
            each.variable.name.value: each.default_value for each in operation.variable_definitions or ()
        }

    @property
    def mutation(self) -> bool:
        """True when the operation writes."""
        return self._operation.operation is OperationType.MUTATION

    @property
    def fields(self) -> int:
        """How many fields stand at the top of the operation."""
        return len(self._operation.selection_set.selections)

    def requested(self, variables: Mapping[str, Any]) -> int:
        """The price asked before anything runs: connections at their ``first``."""
        return self._price(lambda node: self._asked(node, variables))

    def actual(self, counts: Mapping[int, int]) -> int:
        """The price after running; ``counts`` holds the most rows each connection's field node returned."""
        return self._price(lambda node: counts.get(id(node), 0))

    def _price(self, rows: Size) -> int:
        if self.mutation:
            chosen = self._operation.selection_set.selections
            return _MUTATION * sum(isinstance(node, FieldNode) for node in chosen)
        root = self._schema.query_type
        return self._selections(self._operation.selection_set, root, rows) if root else 0

    def _selections(self, chosen: SelectionSetNode | None, parent: GraphQLNamedType, rows: Size) -> int:
        """The sum; of fragments on the concrete types of an interface or union only the dearest."""
        total, branches = 0, dict[str, int]()
        for node in chosen.selections if chosen else ():
            if isinstance(node, FieldNode):
                total += self._field(node, parent, rows)
                continue
            kind, inner = self._fragment(node, parent)
            price = self._selections(inner, kind, rows)
            if kind is parent or not isinstance(parent, GraphQLInterfaceType | GraphQLUnionType):
                total += price
            else:
                branches[kind.name] = branches.get(kind.name, 0) + price
        return total + max(branches.values(), default=0)

    def _fragment(self, node: Any, parent: GraphQLNamedType) -> tuple[GraphQLNamedType, SelectionSetNode]:
        if isinstance(node, FragmentSpreadNode):
            node = self._fragments[node.name.value]
        condition = node.type_condition
        inline = isinstance(node, InlineFragmentNode) and condition is None
        kind = parent if inline else self._schema.type_map[condition.name.value]
        return kind, node.selection_set

    def _field(self, node: FieldNode, parent: GraphQLNamedType, rows: Size) -> int:
        kind = self._type(node, parent)
        if kind is None or is_leaf_type(kind):
            return 0
        if kind.name.endswith("Connection"):
            return 2 + connection_size(rows(node)) * self._children(node.selection_set, kind, rows)
        return (0 if kind.name in _FREE else 1) + self._selections(node.selection_set, kind, rows)

    def _children(self, chosen: SelectionSetNode | None, kind: GraphQLNamedType, rows: Size) -> int:
        """One row of a connection, reached by ``nodes`` or by ``edges { node }``."""
        total = 0
        for node in chosen.selections if chosen else ():
            below = self._type(node, kind) if isinstance(node, FieldNode) else None
            if below is None or not isinstance(node, FieldNode):
                continue
            if node.name.value in {"nodes", "node"}:
                total += 1 + self._selections(node.selection_set, below, rows)
            elif node.name.value == "edges":
                total += self._children(node.selection_set, below, rows)
        return total

    def _type(self, node: FieldNode, parent: GraphQLNamedType) -> GraphQLNamedType | None:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return None
        field = parent.fields.get(node.name.value)
        return get_named_type(field.type) if field else None

    def _asked(self, node: FieldNode, variables: Mapping[str, Any]) -> int:
        for argument in node.arguments or ():
            if argument.name.value in {"first", "last"}:
                value: Any = argument.value
                if isinstance(value, VariableNode):
                    name = value.name.value
                    value = variables[name] if name in variables else self._defaults.get(name)
                found = value.value if isinstance(value, IntValueNode) else value
                return _whole(found)
        return 1


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 1
