"""What a shop answers on a bad day: each ends in words that say what to do, and nothing is lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

import regulars_store as store
from command_line import (
    KEY,
    READ_ONLY_KEY,
    Change,
    CommandLine,
    Meddled,
    Said,
    is_listing,
    untouched,
    with_body,
)
from regulars_sandbox import (
    ApiKey,
    Faults,
    Noise,
    Request,
    Response,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    WooCommerceShop,
)
from regulars_sandbox import OrderStatus as Status
from regulars_store import open_store, tables
from system.conftest import Served

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERS = 130
MARKED = 77


def an_order(number: int) -> ShopOrder:
    moment = START + timedelta(hours=number)
    return ShopOrder(
        id=number,
        status=Status.COMPLETED,
        created=moment,
        modified=moment,
        billing=ShopAddress(first_name=f"Buyer{number}x", email=f"buyer{number}@example.com"),
        lines=(ShopLine("Coffee", 1, 1000, 1000),),
        paid=moment,
    )


def a_shop(change: Change = untouched) -> Meddled:
    customers = tuple(ShopCustomer(n, f"person{n}@example.com", START, START) for n in (1, 2))
    history = ShopHistory(
        "UAH", "Europe/Kyiv", "UA", customers, tuple(an_order(n) for n in range(1, ORDERS + 1))
    )
    return Meddled(WooCommerceShop.of(history), change)


def said_in_full(said: Said) -> str:
    """All words on one line, as a reader takes them in."""
    return " ".join((said.out + said.err).split())


def payload_of(line: CommandLine, kind: str, external_id: str) -> dict[str, Any]:
    """What landed of an object."""
    opened = open_store(f"sqlite:///{line.directory / 'regulars.sqlite3'}")
    seen = tables.observation.c
    with opened.read() as connection:
        found = connection.scalar(
            tables.observation.select()
            .with_only_columns(seen.payload)
            .where(seen.kind == kind, seen.external_id == external_id)
        )
    opened.close()
    assert found is not None
    return store.decompress(found)


def edited(number: int, /, **changes: Any) -> Change:
    """Change fields of one order wherever it is shown."""

    def change(request: Request, response: Response) -> Response:
        if not is_listing(request, "orders"):
            return response
        orders = orjson.loads(response.body)
        for order in orders:
            if order["id"] == number and "billing" in order:
                order |= {name: value for name, value in changes.items() if name != "billing"}
                order["billing"] |= changes.get("billing", {})
        return with_body(response, json.dumps(orders).encode())

    return change


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (ApiKey("ck_nobody", "cs_nobody"), "The shop does not know the key"),
        (ApiKey(KEY.consumer_key, "cs_other"), "secret"),
        (READ_ONLY_KEY, "Give it Read/Write under WooCommerce → Settings → Advanced → REST API"),
    ],
    ids=["unknown", "wrong secret", "read only"],
)
def test_a_key_that_does_not_serve_is_refused_with_what_to_do_and_nothing_is_kept(
    regulars: CommandLine, served: Served, key: ApiKey, words: str
) -> None:
    said = regulars.connected(served(a_shop()), key=key)
    assert said.code == 1
    assert words in said_in_full(said)
    assert "nothing was kept" in said_in_full(said)
    assert regulars.done("shop", "list", "--json").json == []
    assert regulars.connected(served(a_shop())).code == 0


def test_a_key_that_is_withdrawn_later_ends_a_sync_with_what_to_do(
    regulars: CommandLine, served: Served
) -> None:
    shop = a_shop()
    regulars.connected(served(shop))
    regulars.done("backfill")
    shop.shop.revoke_key(KEY.consumer_key)
    said = regulars("sync")
    assert said.code == 1
    assert "does not know the key" in said.err
    assert "main" in said.err


def test_a_web_page_instead_of_data_is_named_and_the_way_out_too(
    regulars: CommandLine, served: Served
) -> None:
    server = served(a_shop())
    regulars.connected(server)
    server.faults = Faults(challenge_every=1)
    said = regulars("backfill", "main")
    assert said.code == 1
    assert "answered a web page instead of data" in said.err
    assert "let the path /wp-json/ through" in said.err
    server.faults = Faults()
    assert regulars.done("backfill", "main", "--json").json[0]["complete"] is True


def test_an_address_that_is_a_web_page_cannot_be_connected(regulars: CommandLine, served: Served) -> None:
    server = served(a_shop())
    server.faults = Faults(challenge_every=1)
    said = regulars.connected(server)
    assert said.code == 1
    assert "web page" in said_in_full(said)
    assert regulars.done("shop", "list", "--json").json == []


def test_an_answer_cut_off_is_asked_for_again(regulars: CommandLine, served: Served) -> None:
    server = served(a_shop())
    regulars.connected(server)
    server.faults = Faults(truncate_every=3)
    assert regulars.done("backfill", "main", "--json").json[0]["complete"] is True


def test_answers_that_stay_cut_off_end_the_run_and_the_next_one_goes_on(
    regulars: CommandLine, served: Served
) -> None:
    server = served(a_shop())
    regulars.connected(server)
    server.faults = Faults(truncate_every=1)
    said = regulars("backfill", "main")
    assert said.code == 1
    assert f"{server.url.partition('://')[2]}/wp-json/wc/v3/" in said.err
    server.faults = Faults()
    assert regulars.done("backfill", "main", "--json").json[0]["complete"] is True


@pytest.mark.parametrize("noise", [Noise.NOTICE, Noise.BOM, Noise.BLANK, Noise.TAIL])
def test_noise_around_the_data_is_read_past(regulars: CommandLine, served: Served, noise: Noise) -> None:
    server = served(a_shop(), Faults(noise=noise))
    regulars.connected(server)
    found = regulars.done("backfill", "main", "--json").json[0]
    assert found["complete"] is True
    assert found["pulled"]["order"]["new"] == ORDERS


def test_an_order_without_an_e_mail_is_a_person_all_the_same(regulars: CommandLine, served: Served) -> None:
    shop = a_shop(edited(MARKED, billing={"email": "", "phone": "050 111 22 33"}))
    regulars.connected(served(shop))
    regulars.done("backfill")
    regulars.done("compute")
    (found,) = regulars.done("person", "find", "+380 50 111-22-33", "--json").json
    assert found["phone"] == "+380501112233"
    assert found["email"] == ""


NAME = "N" * 5_000_000
UNREADABLE = {
    "an unknown currency": ({"currency": "ZZZ"}, "currency"),
    "a number of 5 MB": ({"number": NAME}, "number is longer than 250"),
    "a total that is no number": ({"total": "free"}, "total"),
    "a date that is none": ({"date_created_gmt": "yesterday"}, "date_created_gmt is not a date"),
    "no billing address but text": ({"line_items": "none"}, "line_items is not a list"),
}


@pytest.mark.parametrize(("changes", "words"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_order_that_cannot_be_read_lands_whole_and_is_told_and_the_rest_goes_in(
    regulars: CommandLine, served: Served, changes: dict[str, Any], words: str
) -> None:
    shop = a_shop(edited(MARKED, **changes))
    regulars.connected(served(shop))
    said = regulars("backfill", "main")
    assert said.code == 3
    assert "main: INCOMPLETE" in said.out
    assert "1 unreadable" in said.out
    assert "regulars dead-letters list" in said.out
    assert regulars.done("status", "--json").json["counts"]["order"] == ORDERS - 1
    letters = regulars.done("dead-letters", "list")
    assert f"main order {MARKED}: " in letters.out
    assert words in letters.out
    assert "NNNN" not in letters.out
    landed = payload_of(regulars, "order", str(MARKED))
    for name, value in changes.items():
        assert landed[name] == (landed[name] | value if isinstance(value, dict) else value)
    shop.change = untouched
    assert regulars.done("verify", "main", "--json").json[0]["complete"] is True
    assert regulars.done("dead-letters", "list", "--json").json == []
    assert regulars.done("status", "--json").json["counts"]["order"] == ORDERS


def test_endless_names_leave_no_shop_incomplete_and_the_payload_is_kept_whole(
    regulars: CommandLine, served: Served
) -> None:
    def change(request: Request, response: Response) -> Response:
        if "/customers" not in request.target or b'"person1@' not in response.body:
            return named(request, response)
        customers = orjson.loads(response.body)
        for customer in customers:
            if customer["id"] == 1:
                customer["last_name"] = "N" * 20_000
        return with_body(response, json.dumps(customers).encode())

    named = edited(MARKED, billing={"first_name": NAME})
    regulars.connected(served(a_shop(change)))
    said = regulars("backfill", "main")
    assert said.code == 0
    assert "main: complete" in said.out
    assert regulars.done("dead-letters", "list", "--json").json == []
    assert payload_of(regulars, "customer", "1")["last_name"] == "N" * 20_000
    assert payload_of(regulars, "order", str(MARKED))["billing"]["first_name"] == NAME
    regulars.done("compute")
    (found,) = regulars.done("person", "find", "person1@example.com", "--json").json
    assert found["family_name"] == "N" * 249 + "…"
    (found,) = regulars.done("person", "find", f"buyer{MARKED}@example.com", "--json").json
    assert found["given_name"] == "N" * 249 + "…"


def test_nul_characters_and_lone_surrogates_are_cleaned_and_nothing_is_refused(
    regulars: CommandLine, served: Served
) -> None:
    def change(_: Request, response: Response) -> Response:
        body = response.body.replace(b"Buyer77x", b"O\\u0000le\\ud83dna").replace(b"Buyer78x", b"\\udead")
        return with_body(response, body)

    regulars.connected(served(a_shop(change)))
    assert regulars.done("backfill", "main", "--json").json[0]["complete"] is True
    regulars.done("compute")
    (found,) = regulars.done("person", "find", "buyer77@example.com", "--json").json
    assert found["given_name"] == "O\ufffdle\ufffdna"
    for number in (77, 78):
        (found,) = regulars.done("person", "find", f"buyer{number}@example.com", "--json").json
        regulars.done("person", "show", found["id"])
        regulars.done("person", "show", found["id"], "--json")


def without_total(response: Response) -> Response:
    kept = tuple(pair for pair in response.headers if not pair[0].startswith("X-WP-Total"))
    return replace(response, headers=kept)


def test_a_page_that_repeats_for_ever_ends_the_run_with_what_to_do_and_loses_nothing(
    regulars: CommandLine, served: Served
) -> None:
    first: list[bytes] = []

    def change(request: Request, response: Response) -> Response:
        if not is_listing(request, "orders") or "orderby=date" not in request.target:
            return response
        first.append(response.body)
        return with_body(without_total(response), first[0])

    shop = a_shop(change)
    regulars.connected(served(shop))
    said = regulars("backfill", "main")
    assert said.code == 1
    assert "answers the same page of orders again and again" in said_in_full(said)
    assert "Check plug-ins" in said_in_full(said)
    assert len(first) < 6
    shop.change = untouched
    found = regulars.done("backfill", "main", "--json").json[0]
    assert found["complete"] is True
    assert found["balances"][2]["missing"] == 0, "the walk itself goes on where it stood"
    assert regulars.done("status", "--json").json["counts"]["order"] == ORDERS


def hidden(request: Request, response: Response) -> Response:
    """Answers an empty list of orders, and no count but 0: a plug-in that filters, a broken index."""
    if not is_listing(request, "orders"):
        return response
    emptied = [(name, "0" if name.startswith("X-WP-Total") else value) for name, value in response.headers]
    return replace(response, headers=tuple(emptied), body=b"[]")


def test_an_empty_list_where_there_were_orders_takes_none_away_and_is_told(
    regulars: CommandLine, served: Served
) -> None:
    shop = a_shop()
    regulars.connected(served(shop))
    regulars.done("backfill")
    shop.change = hidden
    assert regulars("sync", "main").code == 0
    said = regulars("verify", "main")
    assert said.code == 3
    assert f"books, orders: shop 0 ≠ here {ORDERS}" in said.out
    assert "its list leaves them out" in said.out
    assert regulars.done("status", "--json").json["counts"]["order"] == ORDERS
    opened = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    with opened.read() as connection:
        assert connection.execute(tables.tombstone.select()).all() == []
    opened.close()
    shop.change = untouched
    assert regulars.done("verify", "main", "--json").json[0]["complete"] is True


def test_an_empty_list_of_many_orders_is_not_asked_about_one_by_one_to_the_end(
    regulars: CommandLine, served: Served
) -> None:
    shop = a_shop()
    regulars.connected(served(shop))
    regulars.done("backfill")
    shop.change = hidden
    with shop.counted() as asked:
        regulars("verify", "main")
    singles = [resource for resource in asked if resource.startswith("orders/")]
    assert 0 < len(singles) <= 100


def test_an_order_placed_while_the_books_are_compared_does_not_unbalance_them(
    regulars: CommandLine, served: Served
) -> None:
    placed: list[int] = []

    def change(request: Request, response: Response) -> Response:
        # After the last page of ids and before the count.
        asked = parse_qs(urlsplit(request.target).query)
        if is_listing(request, "orders") and "offset" in asked and asked["offset"] != ["0"] and not placed:
            placed.append(shop.shop.place_order(items=[], billing={"email": "late@example.com"}))
        return response

    shop = a_shop()
    regulars.connected(served(shop))
    regulars.done("backfill", "main")
    shop.change = change
    found = regulars.done("verify", "main", "--json").json[0]
    assert placed
    assert found["complete"] is True
    assert found["balances"][2]["shop_count"] == ORDERS + 1


def test_a_workspace_that_is_none_is_named_with_what_to_do(regulars: CommandLine, tmp_path: Path) -> None:
    for command in (["status"], ["backfill"], ["doctor"], ["person", "find", "x"], ["digest"]):
        said = regulars(*command)
        assert said.code == 1
        assert said.out == ""
        assert f"There is no workspace in {regulars.directory}" in said.err
        assert "regulars init" in said.err
