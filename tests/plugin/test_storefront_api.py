"""The storefront's API: who is shown what, who may read it, and that nobody keeps it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from plugin.storefront_site import OFFER, ask, counted_queries, opened, token_of
from purchases import amounts
from regulars_store import Store, tables
from storefront_world import CAKE_KEY, ShoppingWorld
from wagtail_regulars import mint_token
from wagtail_regulars._workspace import close_workspace

SILVER, GOLD = 1_000_000, 2_000_000
TEA, CAKE, STRANGER = "https://tea.example.com", "https://cake.example.com", "https://stranger.example.net"
HOSTILE = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>\u202e{{7*7}}=cmd|'


@pytest.fixture
def world(place: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> ShoppingWorld:
    return opened(store, monkeypatch)


def told(response: HttpResponse) -> tuple[int, bytes, dict[str, str]]:
    """All that the asker learns."""
    return response.status_code, response.content, dict(response.items())


def test_an_identified_shopper_reads_the_offer_and_the_code(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    answer = ask(token_of(account))
    assert answer.status_code == 200
    assert json.loads(answer.content) == {
        "percent": "7",
        "amount": "",
        "currency": "",
        "level": "Silver",
        "sentence": "7 %, because you bought for 10,000.00\u00a0₴ with this account.",
        "next_step": "10,000.00\u00a0₴ more gives 10 %.",
        "terms": "",
        "code": f"reg-1-{account}",
        "valid_until": None,
        "language": "en",
    }


def test_an_amount_and_its_terms_are_told(world: ShoppingWorld) -> None:
    rules = amounts(goods={"categories": ["Coffee"]}, minimum="500.00")
    world.programme(rules)
    account = world.shopper("anna", SILVER)
    code = world.granted(account, 0, amount=100_00, version=world.programme(rules))
    answer = json.loads(ask(token_of(account)).content)
    assert (answer["percent"], answer["amount"], answer["currency"]) == ("0", "100.00", "UAH")
    assert answer["sentence"].startswith("100.00\u00a0₴ off as Silver, because you bought for ")
    assert answer["terms"] == "Only on: Coffee. For orders of 500.00\u00a0₴ or more."
    assert answer["code"] == code


@pytest.mark.parametrize(
    ("language", "start"), [("uk-UA", "7 %, бо"), ("de", "7 %, weil"), ("x" * 999, "7 %, be")]
)
def test_the_page_chooses_the_language(world: ShoppingWorld, language: str, start: str) -> None:
    account = world.regular("anna", SILVER, 700)
    assert json.loads(ask(token_of(account), language=language).content)["sentence"].startswith(start)


def test_guest_stranger_and_person_without_offer_cannot_be_told_apart(world: ShoppingWorld) -> None:
    guest_account = world.regular("guest", SILVER, 700)
    world.change(tables.account, f"1:{guest_account}", registered=False)
    elsewhere = world.regular("bella", GOLD, 1000, shop=2)
    answers = [
        told(ask(origin=TEA)),
        told(ask(token_of("4711"), origin=TEA)),
        told(ask(token_of(elsewhere), origin=TEA)),
        told(ask(token_of(guest_account), origin=TEA)),
        told(ask(origin=TEA, authorization="Basic YTpi")),
    ]
    assert answers[0][0] == 200
    assert json.loads(answers[0][1])["sentence"] == "Log in to see your discount."
    assert all(answer == answers[0] for answer in answers)


def test_without_a_programme_everybody_is_a_guest(world: ShoppingWorld) -> None:
    account = world.account("anna").partition(":")[2]
    assert told(ask(token_of(account))) == told(ask())


def test_every_bad_token_is_answered_alike(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    good = token_of(account)
    header, _, signature = good.split(".")
    old = datetime.now(UTC) - timedelta(hours=1)
    answers = [
        told(ask(token, origin=TEA))
        for token in (
            "",
            "x",
            good[:-2],
            f"{header}.{token_of('8').split('.')[1]}.{signature}",
            token_of(account, key=CAKE_KEY),
            token_of(account, now=old),
            token_of("4711", now=old),
            mint_token("nowhere", account, key=CAKE_KEY, now=datetime.now(UTC)),
        )
    ]
    assert answers[0][0] == 401
    assert all(answer == answers[0] for answer in answers)
    assert account not in answers[0][1].decode().split()


def test_two_shoppers_never_share_an_answer(world: ShoppingWorld) -> None:
    anna, bella = world.regular("anna", SILVER, 700), world.regular("bella", GOLD, 1000)
    for _ in range(2):
        assert json.loads(ask(token_of(anna)).content)["code"] == f"reg-1-{anna}"
        assert json.loads(ask(token_of(bella)).content)["code"] == f"reg-1-{bella}"
        assert json.loads(ask().content)["code"] == ""


def test_the_same_account_id_in_another_shop_is_another_account(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    foreign = mint_token("cake", account, key=CAKE_KEY, now=datetime.now(UTC))
    assert told(ask(foreign)) == told(ask())


@pytest.mark.parametrize("kind", ["known", "guest", "bad"])
def test_no_answer_may_be_kept(world: ShoppingWorld, kind: str) -> None:
    account = world.regular("anna", SILVER, 700)
    answer = ask({"known": token_of(account), "guest": None, "bad": "x"}[kind], origin=TEA)
    assert answer["Cache-Control"] == "private, no-store"
    assert {"Authorization", "Origin"} <= {each.strip() for each in answer["Vary"].split(",")}
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer
    assert answer["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("origin", "known", "guest"),
    [(TEA, True, True), (CAKE, False, True), (STRANGER, False, False), ("null", False, False)],
)
def test_only_pages_of_the_shopper_s_shop_may_read_the_offer(
    world: ShoppingWorld, origin: str, known: bool, guest: bool
) -> None:
    account = world.regular("anna", SILVER, 700)
    shopper, anybody, bad = ask(token_of(account), origin=origin), ask(origin=origin), ask("x", origin=origin)
    assert shopper.get("Access-Control-Allow-Origin") == (origin if known else None)
    assert anybody.get("Access-Control-Allow-Origin") == (origin if guest else None)
    assert bad.get("Access-Control-Allow-Origin") == (origin if guest else None)
    assert "Access-Control-Allow-Credentials" not in shopper


def test_the_owner_names_further_pages(world: ShoppingWorld) -> None:
    world.set_options(1, storefront_origins="https://www.example.net http://localhost:8000")
    account = world.regular("anna", SILVER, 700)
    answer = ask(token_of(account), origin="http://localhost:8000")
    assert answer["Access-Control-Allow-Origin"] == "http://localhost:8000"


@pytest.mark.parametrize(("origin", "allowed"), [(TEA, True), (CAKE, True), (STRANGER, False)])
def test_a_browser_learns_beforehand_whether_a_page_may_ask(
    world: ShoppingWorld, origin: str, allowed: bool
) -> None:
    asked = {"origin": origin, "access-control-request-method": "GET"}
    answer = Client().options(OFFER, headers={**asked, "access-control-request-headers": "authorization"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert answer["Access-Control-Allow-Headers"] == "Authorization"
    assert answer["Access-Control-Allow-Methods"] == "GET"


def test_an_answer_costs_two_queries_at_most_and_one_when_warm(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    token = token_of(account)
    with counted_queries() as cold:
        ask(token, origin=TEA)
    with counted_queries() as warm:
        ask(token, origin=TEA)
    with counted_queries() as guest:
        ask(origin=TEA)
    assert (len(cold), len(warm), len(guest)) == (2, 1, 0)


def test_whether_an_account_is_known_costs_the_same(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    with counted_queries() as known:
        ask(token_of(account))
    close_workspace()
    with counted_queries() as unknown:
        ask(token_of("4711"))
    assert known == unknown


def test_hostile_texts_stay_data(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    world.name_level(account, HOSTILE)
    answer = ask(token_of(account))
    assert json.loads(answer.content)["level"] == HOSTILE
    assert answer["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_there_is_nothing_to_write(world: ShoppingWorld, method: str) -> None:
    assert getattr(Client(), method)(OFFER).status_code == 405


def test_a_store_that_is_away_is_said_without_a_reason(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REGULARS_STORE_URL", f"sqlite:///{tmp_path}/nowhere/store.sqlite3")
    close_workspace()
    answer = ask("x.y.z", origin=TEA)
    assert answer.status_code == 503
    assert json.loads(answer.content) == {
        "detail": "The offer cannot be read at the moment. Try again in a minute."
    }
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Retry-After"] == "60"
    assert "nowhere" not in answer.content.decode()
    assert "storefront" in caplog.text


def test_the_api_describes_itself(world: ShoppingWorld) -> None:
    described = json.loads(Client().get("/regulars/api/openapi.json").content)
    operation = described["paths"]["/regulars/api/offer"]["get"]
    assert set(described["paths"]) == {"/regulars/api/offer"}
    assert operation["security"] == [{"ShopperToken": []}, {}]
    assert {"200", "401", "503"} == {str(status) for status in operation["responses"]}
    scheme = described["components"]["securitySchemes"]["ShopperToken"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
