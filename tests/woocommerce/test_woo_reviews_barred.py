"""A key that may not read reviews: told apart from one that was revoked, and named."""

import json
from collections.abc import Callable

import pytest

from regulars_connectors import ForbiddenKindError, Scan, Severity
from regulars_mapping import Kind, MisconfiguredError
from regulars_sandbox import Request, Response, ShopHistory, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import KEY, START, Opener, a_product, a_shop, an_order

REFUSED = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 403}}
JSON = (("Content-Type", "application/json; charset=UTF-8"),)


class Kept(WooCommerceShop):
    """A shop that keeps its reviews from the key."""

    status = 403
    body = json.dumps(REFUSED).encode()

    def respond(self, request: Request) -> Response:
        if "/products/reviews" in request.target:
            return Response(self.status, JSON, self.body)
        return super().respond(request)


@pytest.fixture
def shop() -> Kept:
    made = Kept.of(
        ShopHistory("UAH", "Europe/Kyiv", "UA", products=(a_product(10),), orders=(an_order(1, START),))
    )
    made.write_review(10, email="reader@example.com", rating=5)
    return made


@pytest.fixture
def connector(opened: Opener, shop: Kept) -> WooCommerceConnector:
    return opened(shop)


ASKED: dict[str, Callable[[WooCommerceConnector], object]] = {
    "pages": lambda connector: list(connector.pages(Kind.REVIEW, Scan.HISTORY)),
    "changes": lambda connector: list(connector.pages(Kind.REVIEW, Scan.CHANGES)),
    "ids": lambda connector: list(connector.list_ids(Kind.REVIEW)),
    "count": lambda connector: connector.count(Kind.REVIEW),
    "read": lambda connector: connector.read(Kind.REVIEW, ["1"]),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("status", [401, 403])
def test_reviews_alone_are_refused_by_a_name_of_their_own(
    connector: WooCommerceConnector, shop: Kept, asked: str, status: int
) -> None:
    shop.status = status
    with pytest.raises(ForbiddenKindError, match=r"reviews.*moderate comments"):
        ASKED[asked](connector)


@pytest.mark.parametrize("asked", ASKED)
def test_a_key_that_was_revoked_is_what_it_is(
    connector: WooCommerceConnector, shop: Kept, asked: str
) -> None:
    shop.status = 401
    shop.revoke_key(KEY.consumer_key)
    with pytest.raises(MisconfiguredError, match="does not know the key") as caught:
        ASKED[asked](connector)
    assert not isinstance(caught.value, ForbiddenKindError)


def test_a_firewall_before_reviews_keeps_only_these(connector: WooCommerceConnector, shop: Kept) -> None:
    shop.body = b"<html>Blocked</html>"
    with pytest.raises(ForbiddenKindError):
        connector.count(Kind.REVIEW)


def test_a_refusal_of_anything_else_is_no_matter_of_a_kind(opened: Opener) -> None:
    shop = a_shop()
    connector = opened(shop)
    assert connector.count(Kind.PRODUCT) == 0
    shop.revoke_key(KEY.consumer_key)
    with pytest.raises(MisconfiguredError) as caught:
        connector.count(Kind.PRODUCT)
    assert not isinstance(caught.value, ForbiddenKindError)


@pytest.mark.parametrize("status", [401, 403])
def test_check_names_it_and_the_shop_is_usable(
    connector: WooCommerceConnector, shop: Kept, status: int
) -> None:
    shop.status = status
    report = connector.check()
    (found,) = [one for one in report.findings if one.subject == "reviews"]
    assert (report.usable, found.severity) == (True, Severity.WARNING)
    assert "moderate comments" in found.remedy


def test_check_says_nothing_where_reviews_are_read_or_not_there(opened: Opener) -> None:
    for there in (True, False):
        shop = a_shop()
        shop.site.reviews = there
        assert [one for one in opened(shop).check().findings if one.subject == "reviews"] == []
