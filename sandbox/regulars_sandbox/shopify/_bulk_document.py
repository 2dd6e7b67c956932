"""The document of a bulk query: judged by the rules of bulk queries, and made ready to run in portions.

What runs is the same document, with a window on its root connection and a mark on every connection, by which
rows inside rows are told from other objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    parse,
    visit,
)

from regulars_sandbox.shopify._contract import Document
from regulars_sandbox.shopify._errors import not_modelled
from regulars_sandbox.shopify._state import Record

__all__ = ["AGAIN", "FIRST", "PAGE", "ROOT", "BulkFault", "lines_of", "prepared"]

ROOT, PAGE, FIRST, AGAIN = "bulkRoot", "bulkPage", "bulkFirst", "bulkAfter"
_MARK = "bulkConnection"
_MOST_CONNECTIONS, _DEEPEST = 5, 2
_WINDOW = f"""
query (${AGAIN}: String, ${FIRST}: Int!) {{
  {ROOT}: root(first: ${FIRST}, after: ${AGAIN}) {{ {PAGE}: pageInfo {{ hasNextPage endCursor }} }}
}}
"""
_NO_CONNECTION = "Bulk queries must contain at least one connection."
_IN_A_LIST = "Queries that contain a connection field within a list field are not currently supported."
_NO_ID = "The parent 'node' field for a nested connection must select the 'id' field without an alias."


class BulkFault(Exception):  # noqa: N818 - a user error of the answer, not a failure of the double
    """What a bulk query breaks: the message of the user error INVALID."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a field stands: how many connections above it, and what is between it and the last one."""

    depth: int = 0
    listed: bool = False
    inside: bool = False
    with_id: bool = True


class _Rules:
    """One walk over a document, fragments followed wherever they are spread."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema, self._fragments = schema, fragments
        self.connections = 0

    def look(self, chosen: SelectionSetNode | None, parent: GraphQLNamedType, place: _Place) -> None:
        """Raise BulkFault for what no bulk query may have, NOT_MODELLED for what nobody knows."""
        for node, field in self._fields(chosen, parent):
            kind = get_named_type(field.type)
            if kind.name.endswith("Connection"):
                self._connection(node, kind, place)
            elif not is_leaf_type(kind):
                listed = place.listed or isinstance(get_nullable_type(field.type), GraphQLList)
                self.look(node.selection_set, kind, replace(place, listed=listed, inside=True))

    def _connection(self, node: FieldNode, kind: GraphQLNamedType, place: _Place) -> None:
        self.connections += 1
        if place.listed:
            raise BulkFault(_IN_A_LIST)
        if place.depth > _DEEPEST:
            raise BulkFault(f"Bulk queries cannot nest connections deeper than {_DEEPEST} levels.")
        if not place.with_id:
            raise BulkFault(_NO_ID)
        if place.inside:
            raise not_modelled("bulk queries with a connection inside an object that is no row")
        for argument in node.arguments or ():
            if argument.name.value in {"after", "before", "last"}:
                raise not_modelled(f"bulk queries with the argument {argument.name.value}")
        for inner, field in self._fields(node.selection_set, kind):
            if inner.name.value == "nodes" or inner.alias:
                raise not_modelled("bulk queries with nodes in the place of edges, or with edges renamed")
            if inner.name.value == "edges":
                self._edges(inner, get_named_type(field.type), place)

    def _edges(self, edges: FieldNode, kind: GraphQLNamedType, place: _Place) -> None:
        for node, field in self._fields(edges.selection_set, kind):
            if node.name.value != "node":
                continue
            if node.alias:
                raise not_modelled("bulk queries with a node renamed")
            below = get_named_type(field.type)
            names = [each for each, _ in self._fields(node.selection_set, below)]
            with_id = any(each.name.value == "id" and each.alias is None for each in names)
            self.look(node.selection_set, below, _Place(place.depth + 1, with_id=with_id))

    def _fields(
        self, chosen: SelectionSetNode | None, parent: GraphQLNamedType
    ) -> Iterator[tuple[FieldNode, GraphQLField]]:
        for node in chosen.selections if chosen else ():
            if isinstance(node, FieldNode):
                if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
                    field = parent.fields.get(node.name.value)
                    if field is not None:
                        yield node, field
                continue
            fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            if not isinstance(fragment, InlineFragmentNode | FragmentDefinitionNode):
                continue
            condition = fragment.type_condition
            kind = self._schema.type_map[condition.name.value] if condition else parent
            yield from self._fields(fragment.selection_set, kind)


class _Marking(Visitor):
    """Marks every connection, and asks each for all its rows."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        """The field with its mark, None where it is no connection."""
        kind = get_named_type(self._info.get_type())
        if kind is None or not kind.name.endswith("Connection") or node.selection_set is None:
            return None
        mark = _operation(parse(f"{{ {_MARK}: __typename }}")).selection_set.selections
        chosen = replace(node.selection_set, selections=(*node.selection_set.selections, *mark))
        kept = tuple(each for each in node.arguments or () if each.name.value != "first")
        return replace(node, arguments=kept, selection_set=chosen)


def prepared(schema: GraphQLSchema, document: Document) -> DocumentNode:
    """The document to run portion by portion. Raises BulkFault, and the refusal NOT_MODELLED."""
    node = document.node
    if node is None:
        raise BulkFault("; ".join(str(error["message"]) for error in document.errors))
    root = _root(schema, node)
    info = TypeInfo(schema)
    marked = visit(node, TypeInfoVisitor(info, _Marking(info)))
    operation = _operation(marked)
    return _windowed(marked, operation, next(iter(operation.selection_set.selections)), root)


def lines_of(row: Record, parent: str | None = None) -> Iterator[Record]:
    """The lines of one row: its own, then those of the rows in its connections, theirs after them."""
    own, below = Record(), list[Record]()
    for name, value in row.items():
        if isinstance(value, dict) and _MARK in value:
            below += [edge["node"] for edge in value.get("edges") or ()]
        else:
            own[name] = value
    yield own if parent is None else own | {"__parentId": parent}
    for each in below:
        yield from lines_of(each, row["id"])


def _root(schema: GraphQLSchema, node: DocumentNode) -> FieldNode:
    operation, query = _operation(node), schema.query_type
    if query is None or operation.operation is not OperationType.QUERY or operation.variable_definitions:
        raise BulkFault("A bulk query is one query without variables.")
    spread = (each for each in node.definitions if isinstance(each, FragmentDefinitionNode))
    fragments = {each.name.value: each for each in spread}
    roots = operation.selection_set.selections
    if any(isinstance(each, FieldNode) and each.name.value in {"node", "nodes"} for each in roots):
        raise BulkFault("Bulk queries cannot contain a top level `node` or `nodes` field.")
    rules = _Rules(schema, fragments)
    rules.look(operation.selection_set, query, _Place())
    if not rules.connections:
        raise BulkFault(_NO_CONNECTION)
    if rules.connections > _MOST_CONNECTIONS:
        raise BulkFault(f"Bulk queries cannot contain more than {_MOST_CONNECTIONS} connections.")
    root = roots[0]
    if len(roots) > 1 or not isinstance(root, FieldNode):
        raise not_modelled("bulk queries with more than one field at the top, or with a fragment there")
    return root


def _windowed(
    marked: DocumentNode, operation: OperationDefinitionNode, field: Any, root: FieldNode
) -> DocumentNode:
    """The document with variables for which rows of its root connection are read."""
    window = _operation(parse(_WINDOW))
    pattern: Any = window.selection_set.selections[0]
    chosen = replace(
        field.selection_set, selections=(*field.selection_set.selections, *pattern.selection_set.selections)
    )
    shown = replace(
        field,
        alias=pattern.alias,
        name=root.name,
        arguments=(*(field.arguments or ()), *pattern.arguments),
        selection_set=chosen,
    )
    changed = replace(
        operation,
        variable_definitions=window.variable_definitions,
        selection_set=replace(operation.selection_set, selections=(shown,)),
    )
    definitions = tuple(changed if each is operation else each for each in marked.definitions)
    return replace(marked, definitions=definitions)


def _operation(node: DocumentNode) -> OperationDefinitionNode:
    found = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
    if len(found) != 1:
        raise BulkFault("A bulk query is one query without variables.")
    return found[0]
