"""What the connector writes, held against a schema: documents only name inputs, which are made in code."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, Self

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_list_type,
    is_non_null_type,
    parse,
    type_from_ast,
    validate_input_value,
)
from pydantic import SecretStr

from regulars_connectors import AccountOffer, Infrastructure, Operation, PushResult, Target, Verb
from regulars_mapping import Goods, Money
from regulars_sandbox import Request, Response, ShopHistory, ShopifyShop
from regulars_shopify import ShopifyConnector
from shopify.conftest import Opener, a_customer, a_product, offer

Sent = tuple[str, dict[str, Any]]
"""A document and its variables."""
_FIRST: Final = {"percent": Decimal(0), "amount": Money(100_00, "UAH"), "goods": Goods(products=("1",))}
_THEN: Final = {"percent": Decimal(5), "minimum": Money(500_00, "UAH"), "orders": 3}
_PROFILE: Final = {
    "given_name": "Olena",
    "family_name": "Example",
    "email": "olena@example.com",
    "phone": "+380671234567",
    "language": "uk",
    "property:roast": "dark",
}


class NotingShop(ShopifyShop):
    """Keeps what was asked and written."""

    bodies: list[bytes]

    @classmethod
    def with_a_customer(cls) -> Self:
        products = (a_product(1), a_product(2))
        shop = cls.of(ShopHistory("UAH", "Europe/Kyiv", "UA", customers=(a_customer(1),), products=products))
        shop.bodies = []
        return shop

    def respond(self, request: Request) -> Response:
        self.bodies.append(request.body)
        return super().respond(request)

    @property
    def sent(self) -> list[Sent]:
        bodies = (json.loads(body) for body in dict.fromkeys(self.bodies) if b'"query"' in body)
        return [(body["query"], body["variables"]) for body in bodies]


def everything_written(opened: Opener) -> list[Sent]:
    """All that goes over the wire where webhooks, labels, codes and a profile are written and taken back."""
    shop = NotingShop.with_a_customer()
    connector = opened(shop, currency="UAH")
    site = Infrastructure("https://hub.example.com/hook", SecretStr("unused"))
    connector.ensure(site, dry_run=False)
    results = _offered(connector, Verb.CREATE, offer(1, **_FIRST))
    results += _offered(connector, Verb.UPDATE, offer(1, **_THEN))
    target = Target("profile", "1", fields=tuple(sorted(_PROFILE)))
    wanted = Operation("profile", Verb.UPDATE, target, _PROFILE, "1")
    emptied = replace(wanted, document={**_PROFILE, "property:roast": ""}, before=_PROFILE)
    results += [*connector.push([wanted]), *connector.push([emptied])]
    results += _offered(connector, Verb.DELETE, offer(1))
    connector.remove_webhooks(site.webhook_url, dry_run=False)
    assert {result.outcome.value for result in results} == {"done"}, results
    return shop.sent


def _offered(connector: ShopifyConnector, verb: Verb, wanted: AccountOffer) -> list[PushResult]:
    (mechanism,) = connector.mechanisms(frozenset())
    return [
        result
        for one in mechanism.documents(wanted)
        for result in connector.push(
            [Operation("offered", verb, one.target, None if verb is Verb.DELETE else one.document)]
        )
    ]


def unfit(schema: GraphQLSchema, sent: list[Sent]) -> set[str]:
    """What the schema does not take."""
    found: set[str] = set()
    for kind, value in _inputs(schema, sent):
        validate_input_value(
            value, kind, lambda error, _: found.add(error.message.partition(", found")[0]), True
        )
    return found


def going(schema: GraphQLSchema, sent: list[Sent]) -> set[str]:
    """The fields of inputs in it that are on their way out."""
    return {name for kind, value in _inputs(schema, sent) for name in _going(kind, value)}


def _inputs(schema: GraphQLSchema, sent: list[Sent]) -> Iterator[tuple[GraphQLInputType, Any]]:
    for text, variables in sent:
        for operation in parse(text).definitions:
            if isinstance(operation, OperationDefinitionNode):
                for variable in operation.variable_definitions or ():
                    if (name := variable.variable.name.value) in variables:
                        yield type_from_ast(schema, variable.type), variables[name]  # type: ignore[misc]


def _going(kind: GraphQLInputType, value: Any) -> Iterator[str]:
    if is_non_null_type(kind) or is_list_type(kind):
        for each in value if isinstance(value, list) and is_list_type(kind) else [value]:
            yield from _going(kind.of_type, each)
    elif isinstance(kind, GraphQLInputObjectType) and value is not None:
        for name in kind.fields.keys() & value.keys():
            if kind.fields[name].deprecation_reason:
                yield f"{kind.name}.{name}"
            yield from _going(kind.fields[name].type, value[name])
