"""The connector's documents held against a schema: are they valid, do they use what is on its way out, and do
they ask for nothing that a scope which was not granted keeps from them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    NoDeprecatedCustomRule,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_abstract_type,
    parse,
    validate,
    visit,
)

from regulars_shopify._grant_code import WANTED_SCOPES
from regulars_shopify._queries import Queries
from shopify.shopify_package import Scopes

SOURCES: Final[Mapping[str, str]] = {
    entry.name.removesuffix(".graphql"): entry.read_text("utf-8")
    for entry in (files("regulars_shopify") / "queries").iterdir()
    if entry.name.endswith(".graphql")
}
MARK: Final = re.compile(r"# needs (\w+)$", re.MULTILINE)
MARKED: Final = frozenset(scope for source in SOURCES.values() for scope in MARK.findall(source))
"""The scopes without which lines are left out."""
WANTED: Final = frozenset(WANTED_SCOPES)
_GOING: Final = re.compile(r"^The \w+ (?:value )?| is deprecated\..*", re.DOTALL)
RUN_BY_SHOPIFY: Final = ("bulk_customers", "bulk_orders", "bulk_products")

STANDS_ON: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(scopes.split())
    for scopes, names in {
        "read_customers": "bulk_customers customer_addresses customer_ids customers_by_id customers_changes"
        " customers_history labels_by_id labels_marked people_probe profiles_by_id",
        "read_orders": "bulk_orders order_ids order_lines order_refund_ids order_refunds orders_by_id"
        " orders_changes orders_history refund_lines refunds_by_id",
        "read_products": "bulk_products product_collections product_ids products_by_id products_changes"
        " products_history",
        "read_customers read_orders": "counts",
        "read_customers write_customers": "customer_update",
        "read_customers read_discounts": "discount_by_code discounts_marked",
        "read_customers read_discounts write_discounts": "discount_create discount_update",
        "write_discounts": "discount_delete",
    }.items()
    for name in names.split()
}
"""The scopes without which a document is not to be sent: its lines that need another one say so. What does
not stand here needs none that the schema knows of."""


@cache
def forms() -> Mapping[str, tuple[str, frozenset[str]]]:
    """Each form in which a document may be sent, by what to call it: its text, and the scopes the app has.

    With all scopes, with each one that makes a difference taken away, and with none but what it stands on.
    """
    grants = {"": WANTED, "the fewest scopes": frozenset[str]()}
    grants |= {f"all but {scope}": WANTED - {scope} for scope in MARKED}
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for said, granted in grants.items():
        queries = Queries()
        queries.grant(granted)
        for name in sorted(queries.names):
            has = granted & MARKED | STANDS_ON.get(name, frozenset())
            label = f"{name} with {said}" if said else name
            found[label] = queries.text(name), has
            if name in RUN_BY_SHOPIFY:
                found[f"{label}, written out"] = queries.written_out(name, {"ns": "x"}), has
    return found


def invalid(schema: GraphQLSchema) -> dict[str, set[str]]:
    """What is wrong, each with the documents where it is."""
    return _gathered(
        (error.message, name)
        for name, (text, _) in forms().items()
        for error in validate(schema, parse(text))
    )


def deprecated(schema: GraphQLSchema) -> dict[str, set[str]]:
    """What is on its way out, each with the documents that use it."""
    return _gathered(
        (_GOING.sub("", error.message), name)
        for name in Queries().names
        for error in validate(schema, parse(Queries().text(name)), [NoDeprecatedCustomRule])
    )


def denied(schema: GraphQLSchema, scopes: Scopes) -> dict[str, set[str]]:
    """What would be asked for in vain, each with the forms that ask for it."""
    return _gathered(
        (f"{what} needs {' or '.join(sorted(needed))}", label)
        for label, (text, has) in forms().items()
        for _, what, needed in needs(schema, scopes, text)
        if not needed & has
    )


def idle(schema: GraphQLSchema, scopes: Scopes, sources: Mapping[str, str] = SOURCES) -> set[str]:
    """Lines that say they need a scope which nothing in them needs."""
    found = set()
    for name, source in sources.items():
        by_line: dict[int, set[str]] = {}
        for line, _, needed in needs(schema, scopes, source):
            by_line.setdefault(line, set()).update(needed)
        for number, text in enumerate(source.splitlines(), start=1):
            mark = MARK.search(text)
            if mark and mark[1] not in by_line.get(number, set()):
                found.add(f"{name}.graphql, line {number}: nothing there needs {mark[1]}")
    return found


def stood_on(schema: GraphQLSchema, scopes: Scopes) -> dict[str, frozenset[str]]:
    """What each document needs to the last, of the scopes that this app asks for."""
    queries = Queries()
    queries.grant(frozenset())
    found = {
        name: frozenset().union(*(each & WANTED for _, _, each in needs(schema, scopes, queries.text(name))))
        for name in queries.names
    }
    return {name: needed for name, needed in found.items() if needed}


def kinds_of(schema: GraphQLSchema, abstract: str) -> set[str]:
    """The object types that an interface or union may stand for."""
    found = schema.get_type(abstract)
    return {kind.name for kind in schema.get_possible_types(found)} if is_abstract_type(found) else set()


def needs(schema: GraphQLSchema, scopes: Scopes, text: str) -> Iterator[tuple[int, str, frozenset[str]]]:
    """Each demand of a document: its line, what is guarded, and scopes of which any one is enough."""
    reader = _Reader(schema, scopes)
    visit(parse(text), TypeInfoVisitor(reader.types, reader))
    yield from reader.found


class _Reader(Visitor):
    """A field is guarded by its own row and by that of what it returns, a fragment by that of its type."""

    def __init__(self, schema: GraphQLSchema, scopes: Scopes) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.found: list[tuple[int, str, frozenset[str]]] = []
        self._scopes = scopes

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, kind = self.types.get_parent_type(), self.types.get_type()
        if parent is None or kind is None:
            return
        returned = get_named_type(kind).name
        where = f"{parent.name}.{node.name.value}"
        for guard in (where, returned, returned.removesuffix("Connection"), returned.removesuffix("Edge")):
            self._note(node, guard, where)

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> None:
        if node.type_condition:
            self._note(node, node.type_condition.name.value, node.type_condition.name.value)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        self._note(node, node.type_condition.name.value, node.type_condition.name.value)

    def _note(self, node: Node, guard: str, where: str) -> None:
        if guard in self._scopes and node.loc:
            self.found.append((node.loc.start_token.line, where, frozenset(self._scopes[guard])))


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for what, where in pairs:
        found.setdefault(what, set()).add(where)
    return found
