"""``shop check``, ``doctor``, ``status`` in words: webhooks, a dropped header, reviews that are shut."""

import json
from typing import Any

from cli.conftest import Served
from command_line import KEY, CommandLine, Meddled
from regulars_sandbox import Faults, Request, Response, WooCommerceShop, serve

URL = "https://crm.example.com/regulars/webhooks/main"
REFUSED = json.dumps({"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 403}})
NO = Response(403, (("Content-Type", "application/json"),), REFUSED.encode())


def text(said: str) -> str:
    return " ".join(said.split())


def test_webhooks_are_shown_in_words_and_in_json(regulars: CommandLine, served: Served) -> None:
    regulars.connected(served(WooCommerceShop()))
    said = text(regulars.done("shop", "check", "main").out)
    assert "webhooks: None is kept, and none is needed. The agent asks what is new every 5 minutes." in said
    regulars.done("shop", "webhooks", "main", "--url", URL)
    said = text(regulars.done("shop", "check", "main").out)
    assert f"11 of 11 are active, to {URL}; last notice never." in said
    assert f"order.updated: active, kept here, to {URL}" in said
    told = regulars.done("shop", "check", "main", "--json").json
    assert {"findings", "zone", "currency", "capabilities", "options", "webhooks"} <= told.keys()
    assert "webhooks" in {each["subject"] for each in told["findings"]}
    state: dict[str, Any] = told["webhooks"]
    assert (state["url"], state["total"], state["last_notice"], state["waiting"]) == (URL, 11, None, 0)
    assert {"topic": "order.updated", "url": URL, "status": "active"}.items() <= next(
        each for each in state["webhooks"] if each["topic"] == "order.updated"
    ).items()
    doctor = regulars.done("doctor")
    assert f"webhooks of main: 11 of 11 are active, to {URL}" in text(doctor.out)
    subjects = {each["subject"] for each in regulars.done("doctor", "--json").json}
    assert "webhooks of main" in subjects


def test_a_dropped_header_is_named_with_a_command_that_works_as_it_stands(
    regulars: CommandLine, served: Served
) -> None:
    server = served(WooCommerceShop(), Faults(strip_authorization=True))
    refused = regulars.connected(server)
    assert refused.code == 1
    command = text(refused.out).partition("as this shop takes it: ")[2] or text(refused.out)
    assert "--option auth=query" in command
    added = regulars(
        *("shop", "add", "woocommerce", "main", server.url),
        *("--option", f"certificates={server.certificate}", "--option", "auth=query"),
        given="ck_" + "5f3a" * 10 + "\ncs_" + "9c1e" * 10 + "\n",
    )
    assert added.code == 0
    assert "signed in its address" in text(added.out)
    assert regulars("backfill", "main").code == 0


def test_a_connected_shop_whose_header_is_dropped_one_day_is_set_by_the_command_that_check_says(
    regulars: CommandLine, served: Served
) -> None:
    server = served(WooCommerceShop())
    regulars.connected(server)
    server.faults = Faults(strip_authorization=True)
    said = regulars("shop", "check", "main")
    assert said.code == 1
    assert "regulars shop set main --option auth=query" in text(said.out)
    assert regulars("shop", "check", "main", "--json").json["options"] == {"auth": "query"}
    regulars.done("shop", "set", "main", "--option", "auth=query")
    regulars.done("shop", "check", "main")
    wrong = regulars("shop", "set", "main", "--option", "auth=cookie")
    assert wrong.code == 1
    assert "header or" in text(wrong.err)


def test_shut_reviews_are_named_by_every_command_and_come_back(regulars: CommandLine, served: Served) -> None:
    shut = [True]

    def before(request: Request, response: Response) -> Response:
        return NO if shut[0] and "/products/reviews" in request.target else response

    regulars.connected(served(Meddled(WooCommerceShop(), before)))
    read = regulars("backfill", "main")
    assert read.code == 3
    assert "main: INCOMPLETE" in text(read.out)
    assert "hole, reviews: The shop does not show reviews of products to this key" in text(read.out)
    assert "hole, reviews" in text(regulars("verify", "main").out)
    status = text(regulars.done("status").out)
    assert "hole, reviews, since 20" in status
    assert "synced never" not in status
    (shop,) = regulars.done("status", "--json").json["shops"]
    assert [each["kind"] for each in shop["barred"]] == ["review"]
    assert "reviews: The shop does not show reviews" in text(regulars.done("shop", "check", "main").out)
    shut[0] = False
    regulars.done("sync", "main")
    assert "hole" not in regulars.done("status").out
    regulars.done("verify", "main")


def test_an_address_of_its_own_is_said_as_the_option_that_works(
    regulars: CommandLine, served: Served
) -> None:
    shop = WooCommerceShop(home="https://shop.example.com")
    shop.add_key(KEY)
    regulars.begin()
    keys = f"{KEY.consumer_key}\n{KEY.consumer_secret}\n"
    with serve(shop) as server:
        command = ("shop", "add", "woocommerce", "main", server.url)
        refused = regulars(*command, given=keys)
        assert refused.code == 1
        option = "--option home_url=http://shop.example.com"
        assert f"With it: regulars {' '.join(command)} {option}" in text(refused.out)
        assert regulars(*command, *option.split(), given=keys).code == 0
