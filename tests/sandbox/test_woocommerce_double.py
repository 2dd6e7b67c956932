"""What the notes on a real shop say and no single recorded exchange shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from regulars_sandbox import WooCommerceShop
from sandbox.conftest import KEYS


def _ids(answer: Any) -> list[int]:
    return [row["id"] for row in answer.json]


def _modified(client: Any, path: str) -> str:
    text: str = client("GET", path).json["date_modified_gmt"]
    return text


def test_a_value_with_a_zone_and_dates_are_gmt_is_shifted_by_the_shops_offset_without_an_error(
    stocked: Any,
) -> None:
    stocked.clock.now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    number = stocked.shop.place_order(items=[(10, 1)])
    assert _ids(stocked("GET", "/orders?modified_after=2026-11-22T09:00:00&dates_are_gmt=true")) == [number]
    assert _ids(stocked("GET", "/orders?modified_after=2026-11-22T09:00:00Z")) == [number]
    assert _ids(stocked("GET", "/orders?modified_after=2026-11-22T09:00:00Z&dates_are_gmt=true")) == []
    assert _ids(stocked("GET", "/orders?modified_after=2026-11-22T11:30:00")) == [number]


def test_modified_after_is_exclusive_to_the_second(stocked: Any) -> None:
    stocked.clock.now = datetime(2026, 11, 22, 10, 0, 0, 700_000, tzinfo=UTC)
    number = stocked.shop.place_order(items=[(10, 1)])
    assert _ids(stocked("GET", "/orders?modified_after=2026-11-22T10:00:00&dates_are_gmt=true")) == []
    assert _ids(stocked("GET", "/orders?modified_after=2026-11-22T09:59:59&dates_are_gmt=true")) == [number]


def test_pages_by_registration_date_miss_people_who_registered_in_one_second(client: Any) -> None:
    numbers = {client.shop.register(f"p{at}@example.com") for at in range(60)}

    def seen(orderby: str) -> list[int]:
        path = "/customers?per_page=10&orderby={}&page={}"
        return [number for page in range(1, 7) for number in _ids(client("GET", path.format(orderby, page)))]

    assert set(seen("registered_date")) < numbers
    assert seen("id") == sorted(numbers)


def test_orders_changed_between_two_pages_push_others_out_of_sight(stocked: Any) -> None:
    numbers = []
    for _ in range(6):
        numbers.append(stocked.shop.place_order(items=[(10, 1)]))
        stocked.tick()
    first = _ids(stocked("GET", "/orders?orderby=modified&order=asc&per_page=3&page=1"))
    stocked.shop.edit_order(first[0], customer_note="moved")
    second = _ids(stocked("GET", "/orders?orderby=modified&order=asc&per_page=3&page=2"))
    assert set(numbers) - {*first, *second} == {numbers[3]}


def test_a_partial_refund_leaves_status_and_total_and_a_full_one_refunds_the_order(stocked: Any) -> None:
    number = stocked.shop.place_order(items=[(10, 2)])
    refund = {"amount": "50.00", "reason": "broken", "api_refund": False}
    made = stocked("POST", f"/orders/{number}/refunds", refund)
    order = stocked("GET", f"/orders/{number}").json
    assert made.status == 201
    assert (order["status"], order["total"]) == ("processing", "200.00")
    assert order["refunds"] == [{"id": made.json["id"], "reason": "broken", "total": "-50.00"}]
    stocked("POST", f"/orders/{number}/refunds", refund | {"amount": "150.00"})
    assert stocked("GET", f"/orders/{number}").json["status"] == "refunded"
    assert len(stocked("GET", f"/refunds?include={made.json['id']}").json) == 1
    assert len(stocked("GET", f"/orders/{number}/refunds").json) == 2


def test_a_refund_above_the_total_is_a_500_whose_data_is_a_number(stocked: Any) -> None:
    number = stocked.shop.place_order(items=[(10, 1)])
    answer = stocked("POST", f"/orders/{number}/refunds", {"amount": "100.01", "api_refund": False})
    assert answer.status == 500
    assert (answer.json["code"], answer.json["data"]) == ("woocommerce_rest_cannot_create_order_refund", 500)


def test_setting_the_status_refunded_by_hand_makes_a_full_refund_record(stocked: Any) -> None:
    number = stocked.shop.place_order(items=[(10, 1)])
    order = stocked("PUT", f"/orders/{number}", {"status": "refunded"}).json
    assert [refund["total"] for refund in order["refunds"]] == ["-100.00"]
    assert order["total"] == "100.00"


def test_deleting_a_refund_does_not_move_the_order(stocked: Any) -> None:
    number = stocked.shop.place_order(items=[(10, 1)])
    refund = stocked.shop.refund_order(number, 1000)
    before = _modified(stocked, f"/orders/{number}")
    stocked.tick()
    assert stocked("DELETE", f"/orders/{number}/refunds/{refund}?force=true").status == 200
    assert _modified(stocked, f"/orders/{number}") == before
    assert stocked("GET", f"/orders/{number}").json["refunds"] == []


def test_a_deleted_customer_leaves_orders_to_a_guest_and_bumps_them(stocked: Any) -> None:
    number = stocked.shop.place_order(items=[(10, 1)], customer_id=1)
    before = _modified(stocked, f"/orders/{number}")
    stocked.tick()
    stocked.shop.delete_customer(1)
    order = stocked("GET", f"/orders/{number}").json
    assert order["customer_id"] == 0
    assert order["date_modified_gmt"] > before


def test_the_first_paid_order_moves_the_person_and_later_ones_do_not(stocked: Any) -> None:
    start = _modified(stocked, "/customers/1")
    stocked.tick()
    stocked.shop.place_order(items=[(10, 1)], customer_id=1, status="pending")
    assert _modified(stocked, "/customers/1") == start
    stocked.shop.place_order(items=[(10, 1)], customer_id=1)
    paid = _modified(stocked, "/customers/1")
    stocked.tick()
    stocked.shop.place_order(items=[(10, 1)], customer_id=1)
    assert start < paid == _modified(stocked, "/customers/1")
    totals = {row["slug"]: row["total"] for row in stocked("GET", "/reports/customers/totals").json}
    assert totals == {"paying": 1, "non_paying": 0}


def test_an_imported_person_has_no_change_time_until_saved(client: Any) -> None:
    number = client.shop.import_customer("new@example.com")
    assert client("GET", f"/customers/{number}").json["date_modified_gmt"] is None
    client("PUT", f"/customers/{number}", {})
    assert _modified(client, f"/customers/{number}") == "2026-11-22T03:30:00"


def test_another_role_hides_the_person_and_moves_no_date(stocked: Any) -> None:
    before = _modified(stocked, "/customers/1")
    stocked.tick()
    stocked.shop.change_role(1, "subscriber")
    assert _ids(stocked("GET", "/customers")) == []
    assert _ids(stocked("GET", "/customers?role=all")) == [1]
    assert _modified(stocked, "/customers/1") == before


def test_erasure_leaves_the_account_and_makes_its_orders_anonymous(stocked: Any) -> None:
    billing = {"first_name": "Ann", "email": "ann@example.com", "phone": "+380671234567"}
    number = stocked.shop.place_order(items=[(10, 1)], customer_id=1, billing=billing)
    stocked.shop.erase_customer(1)
    order = stocked("GET", f"/orders/{number}").json
    assert order["customer_id"] == 0
    assert order["billing"]["email"] == "deleted@site.invalid"
    assert {"key": "_anonymized", "value": "yes"}.items() <= order["meta_data"][-1].items()
    person = stocked("GET", "/customers/1").json
    assert (person["email"], person["billing"]["email"]) == ("ann@example.com", "")


def test_any_put_moves_a_person_even_an_empty_one(stocked: Any) -> None:
    before = _modified(stocked, "/customers/1")
    stocked.tick()
    stocked("PUT", "/customers/1", {})
    assert _modified(stocked, "/customers/1") > before


def test_meta_of_a_person_is_invisible_to_a_shop_managers_key(stocked: Any) -> None:
    entry = {"meta_data": [{"key": "segment", "value": 7}, {"key": "_hidden", "value": "x"}]}
    answer = stocked("PUT", "/customers/1", entry, key="manager")
    assert answer.status == 200
    assert "meta_data" not in answer.json
    seen = stocked("GET", "/customers/1").json["meta_data"]
    assert [(row["key"], row["value"]) for row in seen] == [("segment", "7")]


def test_a_coupon_edit_moves_its_date_only_for_code_and_description(client: Any) -> None:
    number = client("POST", "/coupons", {"code": "Ten", "amount": "10"}).json["id"]
    before = _modified(client, f"/coupons/{number}")
    client.tick()
    client("PUT", f"/coupons/{number}", {"amount": "11", "email_restrictions": ["A@Example.com"]})
    assert _modified(client, f"/coupons/{number}") == before
    client("PUT", f"/coupons/{number}", {"description": "new"})
    assert _modified(client, f"/coupons/{number}") > before


def test_a_used_coupon_takes_its_percentage_and_counts_the_use(stocked: Any) -> None:
    coupon = {
        "code": "TEN",
        "amount": "10",
        "discount_type": "percent",
        "email_restrictions": ["Ann@Example.com"],
    }
    number = stocked("POST", "/coupons", coupon).json["id"]
    given = {"items": [(10, 2)], "customer_id": 1, "coupon_codes": ["ten"]}
    order = stocked.shop.place_order(**given, billing={"email": "ann@example.com"})
    placed = stocked("GET", f"/orders/{order}").json
    assert (placed["total"], placed["discount_total"]) == ("180.00", "20.00")
    line = placed["coupon_lines"][0]
    assert (line["code"], line["discount"], line["nominal_amount"]) == ("ten", "20", 10)
    used = stocked("GET", f"/coupons/{number}").json
    assert (used["usage_count"], used["used_by"]) == (1, ["1"])
    with pytest.raises(ValueError, match="woocommerce_rest_invalid_coupon"):
        stocked.shop.place_order(**given, billing={"email": "bob@example.com"})


def test_a_coupon_with_a_limit_is_refused_when_it_is_used_up_until_the_limit_is_lifted(stocked: Any) -> None:
    coupon = {"code": "one", "amount": "10", "usage_limit": 1, "individual_use": True}
    number = stocked("POST", "/coupons", coupon).json["id"]
    order = {"line_items": [{"product_id": 10}], "coupon_lines": [{"code": "one"}]}
    assert stocked("POST", "/orders", order).status == 201
    refused = stocked("POST", "/orders", order)
    assert (refused.status, refused.json["code"]) == (400, "woocommerce_rest_invalid_coupon")
    assert refused.json["message"] == "Usage limit for coupon &quot;one&quot; has been reached."
    assert stocked("GET", f"/coupons/{number}").json["usage_count"] == 1
    assert stocked("PUT", f"/coupons/{number}", {"usage_limit": None}).json["usage_limit"] == 1
    assert stocked("PUT", f"/coupons/{number}", {"usage_limit": 0}).json["usage_limit"] is None
    assert stocked("POST", "/orders", order).status == 201


def test_a_guest_with_the_accounts_address_uses_its_coupon_up(stocked: Any) -> None:
    stocked("POST", "/coupons", {"code": "mine", "amount": "10", "usage_limit_per_user": 1})
    given = {"items": [(10, 1)], "coupon_codes": ["mine"]}
    stocked.shop.place_order(**given, billing={"email": "ANN@Example.com"})
    with pytest.raises(ValueError, match="woocommerce_rest_invalid_coupon"):
        stocked.shop.place_order(**given, customer_id=1, billing={"email": "ann@example.com"})
    stocked.shop.place_order(**given, billing={"email": "bob@example.com"})


def test_a_coupon_for_individual_use_beside_another_is_not_modelled(stocked: Any) -> None:
    stocked("POST", "/coupons", {"code": "alone", "amount": "10", "individual_use": True})
    stocked("POST", "/coupons", {"code": "other", "amount": "10"})
    lines = [{"code": "other"}, {"code": "alone"}]
    refused = stocked("POST", "/orders", {"line_items": [{"product_id": 10}], "coupon_lines": lines})
    assert (refused.status, refused.json["code"]) == (501, "not_modelled")


def test_a_batch_answers_each_element_in_its_place_under_one_200(client: Any) -> None:
    client("POST", "/coupons", {"code": "taken", "amount": "1"})
    answer = client(
        "POST", "/coupons/batch", {"create": [{"code": "taken"}, {"code": "free"}], "delete": [99]}
    )
    assert answer.status == 200
    assert answer.json["create"][0]["error"]["code"] == "woocommerce_rest_coupon_code_already_exists"
    assert answer.json["create"][1]["code"] == "free"
    assert answer.json["delete"][0]["id"] == 99
    assert answer.json["delete"][0]["error"]["data"] == {"status": 404}


def test_a_batch_delete_goes_past_the_trash(client: Any) -> None:
    number = client("POST", "/coupons", {"code": "gone", "amount": "1"}).json["id"]
    client("POST", "/coupons/batch", {"delete": [number]})
    assert client("GET", f"/coupons/{number}").status == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/orders?include_meta=x", None),
        ("GET", "/orders?search=Ann", None),
        ("GET", "/products?sku=A", None),
        ("GET", "/coupons?orderby=slug", None),
        ("GET", "/reports/orders/totals", None),
        ("POST", "/orders", {"shipping_lines": [{"method_id": "flat_rate"}]}),
        ("POST", "/webhooks", {"topic": "action.wp_login", "delivery_url": "http://127.0.0.1/"}),
    ],
)
def test_what_no_recording_shows_is_refused_by_name(client: Any, method: str, path: str, body: Any) -> None:
    answer = client(method, path, body)
    assert answer.status == 501
    assert answer.json["code"] == "not_modelled"


def test_a_filter_that_no_description_names_is_passed_over_in_silence(stocked: Any) -> None:
    stocked.shop.place_order(items=[(10, 1)])
    assert len(stocked("GET", "/orders?billing_email=nobody@example.com").json) == 1
    assert len(stocked("GET", "/customers?modified_after=2030-01-01T00:00:00").json) == 1


def test_a_revoked_key_is_a_stranger(client: Any) -> None:
    client.shop.revoke_key("ck_admin")
    answer = client("GET", "/customers")
    assert (answer.status, answer.json["code"]) == (401, "woocommerce_rest_cannot_view")


def test_a_past_guest_order_stays_a_guests_when_the_person_registers(stocked: Any) -> None:
    number = stocked.shop.place_order(items=[(10, 1)], billing={"email": "Guest@Example.com"})
    stocked.shop.register("guest@example.com")
    assert stocked("GET", f"/orders/{number}").json["customer_id"] == 0


def test_unknown_ids_are_named_to_the_shops_people(client: Any) -> None:
    with pytest.raises(LookupError, match="order 7"):
        client.shop.trash_order(7)
    with pytest.raises(LookupError, match="customer 8"):
        client.shop.change_role(8, "customer")


def test_no_id_is_given_twice_not_even_that_of_who_was_deleted_last(stocked: Any) -> None:
    stocked.shop.delete_customer(1)
    assert stocked.shop.register("bob@example.com") == 2
    number = stocked.shop.place_order(items=[(10, 1)])
    stocked.shop.delete_order(number)
    assert stocked.shop.place_order(items=[(10, 1)]) == number + 1


def test_of_orders_among_the_posts_a_page_past_the_end_knows_the_total(stocked: Any) -> None:
    stocked.shop.place_order(items=[(10, 1)])
    assert stocked("GET", "/orders?page=9").headers["x-wp-total"] == "0"
    older = WooCommerceShop(hpos=False, home="https://shop.example")
    older.add_key(KEYS["admin"])
    older.load(orders=[stocked("GET", "/orders").json[0]])
    stocked.shop = older
    assert (
        stocked("GET", "/orders?page=9").headers["x-wp-total"],
        stocked("GET", "/orders?page=9").json,
    ) == (
        "1",
        [],
    )


def test_erasure_leaves_empty_what_was_empty(stocked: Any) -> None:
    number = stocked.shop.place_order(
        items=[(10, 1)], customer_id=1, billing={"first_name": "Ann", "phone": "067"}
    )
    stocked.shop.erase_customer(1)
    order = stocked("GET", f"/orders/{number}").json
    assert (order["billing"]["email"], order["billing"]["phone"]) == ("", "+000000000000")
    assert order["meta_data"][-1]["key"] == "_anonymized"
