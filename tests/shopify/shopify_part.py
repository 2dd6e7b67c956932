"""The part of Shopify's Admin schema that the sandbox keeps: what documents use, and every scalar and enum of
those types. ``make shopify-part`` writes it anew."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    InlineFragmentNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_client_schema,
    build_schema,
    get_named_type,
    lexicographic_sort_schema,
    parse,
    print_schema,
    visit,
)

from regulars_shopify._client import VERSION
from regulars_shopify._queries import Queries
from shopify.shopify_package import PINNED, Scopes, Shipped, pack, read

HOME: Final = Path(__file__).resolve().parents[2]
PART: Final = HOME / f"sandbox/regulars_sandbox/shopify/contract/admin_{VERSION}.graphql"
PART_SCOPES: Final = PART.with_suffix(".scopes.json")
MODELLED: Final = ("QueryRoot.currentBulkOperation",)
"""What the double answers beyond the documents."""
_ROOTS: Final = frozenset({"QueryRoot", "Mutation"})
_LEAVES: Final = frozenset({"SCALAR", "ENUM"})
_ALWAYS: Final = (("Connection", frozenset({"edges", "nodes", "pageInfo"})), ("Edge", frozenset({"node"})))

Type = dict[str, Any]


def built(text: str) -> GraphQLSchema:
    """The schema of a part, some of whose interfaces have no field."""
    return build_schema(text, assume_valid=True, assume_valid_sdl=True)


def documents() -> list[str]:
    """What the connector sends, and what else the double is to understand."""
    queries = Queries()
    others = sorted((HOME / "tests/sandbox/shopify_queries").glob("*.graphql"))
    return [*map(queries.text, sorted(queries.names)), *(path.read_text("utf-8") for path in others)]


def part_of(shipped: Shipped, texts: Iterable[str]) -> str:
    """The part of a schema that these documents use, in one order and without descriptions."""
    told = shipped.introspection["__schema"]
    types = {each["name"]: each for each in told["types"]}
    kept = _kept(types, _used(shipped.schema(), texts))
    part = {
        **told,
        "types": [*kept.values(), *(each for name, each in types.items() if name.startswith("__"))],
    }
    small = build_client_schema(_bare({"__schema": part}), assume_valid=True)
    return print_schema(lexicographic_sort_schema(small)) + "\n"


def scopes_of(part: GraphQLSchema, scopes: Scopes) -> str:
    """The rows of scopes for what is in a part, one a line."""
    names = {name for name in part.type_map if not name.startswith("__")}
    names |= {f"{name}.{field}" for name in names for field in getattr(part.type_map[name], "fields", ())}
    rows = (
        f"  {json.dumps(name)}: {json.dumps(list(scopes[name]))}" for name in sorted(names & scopes.keys())
    )
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _used(schema: GraphQLSchema, texts: Iterable[str]) -> dict[str, set[str]]:
    """The fields that are asked for, by type; types of which a fragment is, too."""
    reader = _Reader(schema)
    for text in texts:
        visit(parse(text), TypeInfoVisitor(reader.types, reader))
    for name in MODELLED:
        kind, _, field = name.partition(".")
        reader.used.setdefault(kind, set()).add(field)
    return reader.used


class _Reader(Visitor):
    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.used: dict[str, set[str]] = {}

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, kind = self.types.get_parent_type(), self.types.get_type()
        if parent is not None and kind is not None:
            self.used.setdefault(parent.name, set()).add(node.name.value)
            self.used.setdefault(get_named_type(kind).name, set())

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> None:
        if node.type_condition:
            self.used.setdefault(node.type_condition.name.value, set())

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        self.used.setdefault(node.type_condition.name.value, set())


def _kept(types: Mapping[str, Type], used: Mapping[str, set[str]]) -> dict[str, Type]:
    """Those types and all that they lead to."""
    kept: dict[str, Type] = {}
    waiting = list(used)
    while waiting:
        name = waiting.pop()
        if name not in kept and not name.startswith("__"):
            kept[name] = _narrowed(types[name], used.get(name, set()))
            waiting.extend(_led_to(kept[name]))
    return kept


def _narrowed(kind: Type, used: set[str]) -> Type:
    name: str = kind["name"]
    always = frozenset().union(*(fields for ending, fields in _ALWAYS if name.endswith(ending)))
    fields = [
        field
        for field in kind["fields"] or ()
        if field["name"] in used | always or (name not in _ROOTS and _named(field)["kind"] in _LEAVES)
    ]
    # An interface is what says so itself: whatever else is one is not in the part.
    return {
        **kind,
        "fields": fields,
        "possibleTypes": kind["possibleTypes"] if kind["kind"] == "UNION" else [],
    }


def _led_to(kind: Type) -> Iterator[str]:
    for field in kind["fields"]:
        yield _named(field)["name"]
        yield from (_named(argument)["name"] for argument in field["args"])
    yield from (_named(field)["name"] for field in kind["inputFields"] or ())
    yield from (each["name"] for each in [*(kind["interfaces"] or ()), *kind["possibleTypes"]])


def _named(holder: Type) -> Type:
    kind: Type = holder["type"]
    while kind.get("ofType"):
        kind = kind["ofType"]
    return kind


def _bare(told: Any) -> Any:
    """Without descriptions, which are longer than all the rest."""
    if isinstance(told, dict):
        return {key: None if key == "description" else _bare(value) for key, value in told.items()}
    return [_bare(each) for each in told] if isinstance(told, list) else told


def main() -> None:
    """Write the part anew."""
    with TemporaryDirectory() as folder:
        (shipped,) = (each for each in read(pack(PINNED, Path(folder))) if each.version == VERSION)
    text = part_of(shipped, documents())
    PART.write_text(text, "utf-8")
    PART_SCOPES.write_text(scopes_of(built(text), shipped.scopes), "utf-8")
    sys.stdout.write(f"{PART} and {PART_SCOPES.name} are those of {VERSION}.\n")


if __name__ == "__main__":
    main()
