"""Reviews of products. Their fields are those of WooCommerce's own description of /products/reviews."""

from datetime import UTC, datetime

import pytest

from regulars_connectors import Scan
from regulars_mapping import Kind, Review, UnmappableError
from regulars_sandbox import WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._translate import review
from woocommerce.conftest import A_REVIEW, START, Increments, Opener, Watched, a_product, a_shop


def test_a_review_reads_as_its_shop_shows_it() -> None:
    found = review(A_REVIEW)
    assert (found.external_id, found.product_id, found.stars, found.bought) == ("22", "31", 4, True)
    assert (found.contact.given_name, found.contact.email) == ("Olena & Co", "Olena@Example.com")
    assert found.written_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert found.published is True
    assert found.text == "<p>Strong.</p>\n", "text of a stranger, kept as text"


@pytest.mark.parametrize(("rating", "stars"), [(0, None), (None, None), (1, 1), ("5", 5), (10, None)])
def test_stars_are_one_to_five_or_none(rating: object, stars: int | None) -> None:
    assert review({**A_REVIEW, "rating": rating}).stars == stars


@pytest.mark.parametrize("status", ["hold", "spam", "trash", "", None])
def test_what_shoppers_do_not_see_is_not_published(status: str | None) -> None:
    assert review({**A_REVIEW, "status": status}).published is False


def test_what_the_shop_does_not_say_stays_open() -> None:
    bare = {name: A_REVIEW[name] for name in ("id", "product_id", "date_created_gmt")}
    found = review(bare)
    assert (found.stars, found.bought, found.text, found.contact.email) == (None, None, "", "")


@pytest.mark.parametrize("missing", ["id", "product_id", "date_created_gmt"])
def test_a_review_of_nothing_is_named(missing: str) -> None:
    with pytest.raises(UnmappableError, match=missing):
        review({**A_REVIEW, missing: None})


@pytest.fixture
def shop() -> WooCommerceShop:
    shop = a_shop(products=(a_product(10),))
    for stars in (5, 3, 0):
        shop.write_review(10, email=f"reader{stars}@example.com", rating=stars)
    return shop


@pytest.fixture
def watched(shop: WooCommerceShop) -> Watched:
    return Watched(shop)


@pytest.fixture
def connector(opened: Opener, watched: Watched) -> WooCommerceConnector:
    return opened(watched)


def history(connector: WooCommerceConnector) -> dict[str, Review]:
    records = [one for page in connector.pages(Kind.REVIEW, Scan.HISTORY) for one in page.records]
    found = {record.external_id: connector.translate(record) for record in records}
    return {number: one for number, one in found.items() if isinstance(one, Review)}


def test_reviews_that_wait_for_approval_come_too_and_spam_does_not(
    connector: WooCommerceConnector, shop: WooCommerceShop, watched: Watched
) -> None:
    shop.moderate_review(2, "hold")
    shop.moderate_review(3, "spam")
    assert {number: one.published for number, one in history(connector).items()} == {"1": True, "2": False}
    assert [one for batch in connector.list_ids(Kind.REVIEW) for one in batch] == ["1", "2"]
    assert connector.count(Kind.REVIEW) == 2
    assert all(one["status"] == "all" for one in watched.asked("products/reviews"))


def test_new_reviews_are_found_by_their_ids_in_one_request(
    connector: WooCommerceConnector, shop: WooCommerceShop, watched: Watched
) -> None:
    increments = Increments(connector, Kind.REVIEW, START)
    assert set(increments()) == {"1", "2", "3"}
    watched.seen.clear()
    assert increments() == {}
    assert len(watched.asked("products/reviews")) == 1
    number = shop.write_review(10, email="late@example.com", rating=4)
    assert set(increments()) == {str(number)}


def test_what_was_thrown_away_is_gone_by_its_id_as_what_was_deleted_is(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    shop.moderate_review(1, "trash")
    shop.moderate_review(2, "spam")
    shop.delete_review(3)
    assert connector.read(Kind.REVIEW, ["1", "2", "3"]).gone == {"1", "2", "3"}
    shop.moderate_review(2, "approved")
    assert connector.read(Kind.REVIEW, ["1", "2"]).gone == {"1"}


def test_moderation_moves_no_date_and_is_told_by_hash(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    (before,) = connector.read(Kind.REVIEW, ["1"]).records
    shop.moderate_review(1, "hold")
    (after,) = connector.read(Kind.REVIEW, ["1"]).records
    assert after.changed_at == before.changed_at
    assert after.digest != before.digest


def test_a_shop_without_the_route_has_no_reviews_and_no_error(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    shop.site.reviews = False
    assert history(connector) == {}
    assert Increments(connector, Kind.REVIEW, START)() == {}
    assert list(connector.list_ids(Kind.REVIEW)) == []
    assert connector.count(Kind.REVIEW) == 0
    assert connector.read(Kind.REVIEW, ["1"]).gone == {"1"}
