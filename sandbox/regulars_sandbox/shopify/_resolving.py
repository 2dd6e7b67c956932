"""How fields get their values: records are plain dictionaries in the API's own shape.

A key that is missing means "not modelled"; a null is written down as None.  A value that may be called is
made when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from regulars_sandbox.shopify._errors import access_denied, not_modelled
from regulars_sandbox.shopify._paging import Page, page_of_list

__all__ = ["attach", "type_name"]

_ROOTS = frozenset({"QueryRoot", "Mutation"})
Resolver = Callable[..., Any]
Info = GraphQLResolveInfo[Any]


def attach(schema: GraphQLSchema, scopes: Mapping[str, list[str]]) -> None:
    """Give every field of the schema its resolver, behind the scopes it needs."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                needed = _scopes(kind.name, name, field, scopes)
                resolver = _resolver(kind.name, name, field)
                field.resolve = _guarded(name, needed, resolver) if needed else resolver


def type_name(value: Any, _info: Info, _kind: Any) -> str:
    """Which concrete type a record of an interface or union is."""
    name: str = value["__typename"]
    return name


def _scopes(parent: str, name: str, field: GraphQLField, scopes: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The field's own row, or else that of what it returns; any one of them lets in."""
    own = scopes.get(f"{parent}.{name}")
    kind = get_named_type(field.type)
    if own is None and not is_leaf_type(kind):
        own = scopes.get(kind.name.removesuffix("Connection")) or scopes.get(kind.name.removesuffix("Edge"))
    return tuple(own or ())


def _guarded(name: str, needed: tuple[str, ...], resolver: Resolver) -> Resolver:
    def resolve(source: Any, info: Info, **arguments: Any) -> Any:
        if not info.context.allows(needed):
            raise access_denied(name, needed[0])
        return resolver(source, info, **arguments)

    return resolve


def _resolver(parent: str, name: str, field: GraphQLField) -> Resolver:
    where = f"{parent}.{name}"
    if parent in _ROOTS:
        return _root(where, name)
    if get_named_type(field.type).name.endswith("Connection"):
        return _connection(where, name)
    return _with_arguments(where, name) if field.args else _plain(where, name)


def _root(where: str, name: str) -> Resolver:
    def resolve(_source: Any, info: Info, **arguments: Any) -> Any:
        handler = info.context.handlers.get(name)
        if handler is None:
            raise not_modelled(where)
        value = handler(info.context, arguments)
        if isinstance(value, Page):
            info.context.counted(info.field_nodes[0], len(value.rows))
            return value.connection()
        return value

    return resolve


def _plain(where: str, name: str) -> Resolver:
    def resolve(source: Any, _info: Info) -> Any:
        value = source.get(name, resolve)
        if callable(value):
            if value is resolve:
                raise not_modelled(where)
            return value()
        return value

    return resolve


def _with_arguments(where: str, name: str) -> Resolver:
    plain = _plain(where, name)

    def resolve(source: Any, info: Info, *, first: int | None = None, **others: Any) -> Any:
        unknown = [argument for argument, value in others.items() if value]
        if unknown:
            raise not_modelled(f"{where} with {unknown[0]}")
        value = plain(source, info)
        return value[:first] if first is not None and isinstance(value, list) else value

    return resolve


def _connection(where: str, name: str) -> Resolver:
    plain = _plain(where, name)

    def resolve(source: Any, info: Info, **arguments: Any) -> Any:
        rows = plain(source, info)
        page = page_of_list(where, rows, arguments, whole=info.context.whole)
        info.context.counted(info.field_nodes[0], len(page.rows))
        return page.connection()

    return resolve
