"""Shopify signs with the app's own secret; what it tells takes the same way in as any shop's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

import regulars_store as store
from agent_world import START, a_history
from regulars_agent import (
    Duty,
    WebhookIntake,
    Workspace,
    connect_shop,
    derive,
    identity_journal,
    keep_webhooks,
    merge_persons,
    person_card,
    remove_webhooks,
    rotate_credentials,
    tick,
    undo_decision,
    verify,
)
from regulars_agent._settings import RiskSettings
from regulars_agent._shop_merges import note_merge
from regulars_mapping import MisconfiguredError, PermanentError
from regulars_sandbox import Message, ShopCustomer, ShopifyApp, ShopifyShop, serve
from regulars_store import tables

URL = "https://crm.example.com/regulars/webhooks/boutique"
APP = ShopifyApp("app-id", "shpss_old")
TOKEN = "shpat_of_the_tests"


@dataclass
class Boutique:
    """A Shopify double, connected."""

    workspace: Workspace
    shop: ShopifyShop
    intake: WebhookIntake

    def keep(self, **terms: Any) -> tuple[str, ...]:
        return keep_webhooks(self.workspace, "boutique", who="the owner", **terms).done

    def receive(self, message: Message) -> int:
        try:
            self.intake.receive("boutique", message.headers, message.body)
        except PermanentError:
            return 401
        return 200

    def delivered(self) -> list[tuple[str, bool]]:
        return [(each.topic, each.success) for each in self.shop.deliver_webhooks(self.receive)]

    def forward(self, **span: float) -> list[Duty]:
        clock: Any = self.workspace.clock
        clock.forward(**span)
        return [each.duty for each in tick(self.workspace, clock())]

    def rows(self, *columns: Any) -> list[Any]:
        with self.workspace.store.read() as connection:
            return [tuple(row) for row in connection.execute(select(*columns))]

    def name(self, number: int) -> str | None:
        account = tables.account.c
        rows = self.rows(account.external_id, account.given_name, account.gone)
        return next((name for found, name, gone in rows if found == str(number) and not gone), None)


def connected(workspace: Workspace, credentials: dict[str, str]) -> Iterator[Boutique]:
    customers = tuple(
        ShopCustomer(number, f"person{number}@example.com", START, START, first_name="Olena")
        for number in (1, 2, 3)
    )
    shop = ShopifyShop.of(a_history({1: 500, 2: 1_500}, customers=customers))
    shop.add_app(APP)
    shop.add_token(TOKEN, secret="shpss_token")
    workspace.settings = workspace.settings.model_copy(update={"risk": RiskSettings(max_share_changed=1)})
    with serve(shop) as server:
        connect_shop(
            workspace,
            platform="shopify",
            name="boutique",
            url=server.url,
            options={},
            credentials={name: SecretStr(value) for name, value in credentials.items()},
        )
        made = Boutique(workspace, shop, WebhookIntake(workspace))
        assert made.forward() == [Duty.EXCHANGE]
        yield made


@pytest.fixture
def boutique(empty_workspace: Workspace) -> Iterator[Boutique]:
    """By an app of the shop's organization, whose secret signs."""
    yield from connected(empty_workspace, {"client_id": APP.client_id, "client_secret": APP.client_secret})


@pytest.fixture
def by_token(empty_workspace: Workspace) -> Iterator[Boutique]:
    """By an access token: the app's secret is not known here."""
    yield from connected(empty_workspace, {"access_token": TOKEN})


def test_a_changed_profile_is_verified_noted_and_read(boutique: Boutique) -> None:
    assert "create the webhook CUSTOMERS_UPDATE" in boutique.keep(url=URL)
    boutique.shop.edit_customer(2, first_name="Ірина")
    assert ("CUSTOMERS_UPDATE", True) in boutique.delivered()
    assert ("customer", "2") in boutique.rows(tables.notice.c.kind, tables.notice.c.external_id)
    assert Duty.NOTICES in boutique.forward(seconds=1)
    assert boutique.name(2) == "Ірина"
    assert boutique.rows(tables.notice.c.external_id) == []


def test_who_was_deleted_is_gone_because_a_read_says_so(boutique: Boutique) -> None:
    boutique.keep(url=URL)
    boutique.shop.delete_customer(3)
    assert boutique.delivered() == [("CUSTOMERS_DELETE", True)]
    boutique.forward(seconds=1)
    assert (boutique.name(3), boutique.name(1)) == (None, "Olena")


def test_of_a_merge_both_are_read(boutique: Boutique) -> None:
    boutique.keep(url=URL)
    boutique.shop.merge_customers(1, 3)
    boutique.delivered()
    found = boutique.rows(tables.notice.c.kind, tables.notice.c.external_id)
    assert {("customer", "1"), ("customer", "3")} <= set(found)


def owners(boutique: Boutique) -> set[Any]:
    order = tables.order.c
    return {
        (account.partition(":")[2], gone) for account, gone in boutique.rows(order.account_id, order.gone)
    }


def said(boutique: Boutique) -> list[Any]:
    decision = tables.identity_decision.c
    return boutique.rows(decision.kind, decision.account_a, decision.account_b, decision.who)


def test_a_merge_is_the_shop_s_own_word_and_the_orders_move_along(boutique: Boutique) -> None:
    boutique.keep(url=URL)
    (shop_id,) = {each for (each,) in boutique.rows(tables.shop.c.id)}
    assert owners(boutique) == {("1", False), ("2", False)}
    boutique.shop.merge_customers(1, 2)
    boutique.delivered()
    boutique.forward(seconds=1)
    boutique.forward(seconds=1)
    assert owners(boutique) == {("1", False)}
    kept, gone = f"{shop_id}:1", f"{shop_id}:2"
    assert said(boutique) == [("must_link", kept, gone, "shop boutique")]
    (act,) = identity_journal(boutique.workspace, gone)
    assert (act.who, act.why, act.lines[0].state) == ("shop boutique", "merged in the shop", "sleeps")
    joined = merge_persons(boutique.workspace, [gone, f"{shop_id}:3"], who="Olha", why="the same one")
    assert joined.after[0].accounts == (kept, f"{shop_id}:3"), "who is gone leads to the one kept"


def test_a_merge_told_again_does_not_outweigh_what_a_human_said_since(boutique: Boutique) -> None:
    boutique.keep(url=URL)
    boutique.shop.merge_customers(1, 2)
    waiting: list[Message] = []
    boutique.shop.deliver_webhooks(lambda message: waiting.append(message) or 200)
    for message in waiting:
        assert boutique.receive(message) == 200
    ((number,),) = boutique.rows(tables.identity_decision.c.id)
    undo_decision(boutique.workspace, number, who="Olha", why="they are two")
    for message in waiting:
        assert boutique.receive(message) == 200
    assert [kind for kind, *_ in said(boutique)] == ["must_link", "revoke"]


def test_without_webhooks_a_merge_shows_when_the_books_are_compared(boutique: Boutique) -> None:
    boutique.shop.merge_customers(1, 2)
    verify(boutique.workspace, "boutique")
    derive(boutique.workspace)
    assert owners(boutique) == {("1", False)}
    ((kind, kept, gone, who),) = said(boutique)
    assert (kind, kept[-2:], gone[-2:], who) == ("must_link", ":1", ":2", "shop boutique")
    card = person_card(boutique.workspace, kept)
    assert card is not None and [fact["net"] for fact in card.facts] == [200_000]


def test_an_erased_customer_was_merged_into_nobody(boutique: Boutique) -> None:
    boutique.shop.erase_customer(2)
    verify(boutique.workspace, "boutique")
    assert said(boutique) == []


def test_nobody_can_be_merged_into_one_who_never_landed(boutique: Boutique) -> None:
    with boutique.workspace.store.read() as connection:
        shop = store.shop_named(connection, "boutique")
    with boutique.workspace.store.write() as connection:
        note_merge(connection, shop, "1", "77", now=boutique.workspace.clock())
    assert said(boutique) == []


def test_what_shopify_deleted_after_failures_is_made_again(boutique: Boutique) -> None:
    boutique.keep(url=URL)
    boutique.shop.edit_customer(2, first_name="Ірина")
    for _ in range(9):
        boutique.shop.deliver_webhooks(lambda _: 500)
    boutique.forward(hours=1)
    assert boutique.keep(dry_run=True) == ()
    boutique.shop.edit_customer(2, first_name="Олена")
    assert ("CUSTOMERS_UPDATE", True) in boutique.delivered()


def test_removing_takes_the_webhooks_and_leaves_what_the_labels_need(boutique: Boutique) -> None:
    made = boutique.keep(url=URL)
    removed = remove_webhooks(boutique.workspace, "boutique", who="the owner").done
    assert {words.split()[-1] for words in removed} == {
        words.split()[-1] for words in made if "webhook" in words
    }
    assert set(boutique.keep(url=URL)) == {words for words in made if "webhook" in words}


def test_its_secret_is_not_ours_to_replace(boutique: Boutique) -> None:
    boutique.keep(url=URL)
    with pytest.raises(MisconfiguredError, match="shop rotate boutique"):
        boutique.keep(rotate=True)


def test_a_token_alone_signs_nothing_until_the_app_s_secret_is_given(by_token: Boutique) -> None:
    with pytest.raises(MisconfiguredError, match="REGULARS_SECRET_BOUTIQUE_WEBHOOK_SECRET"):
        by_token.keep(url=URL)
    assert by_token.keep(url=URL, given=SecretStr("shpss_token"))
    by_token.shop.edit_customer(2, first_name="Ірина")
    assert ("CUSTOMERS_UPDATE", True) in by_token.delivered()


def test_what_the_replaced_client_secret_signed_holds_for_a_day(boutique: Boutique) -> None:
    boutique.keep(url=URL)
    boutique.shop.edit_customer(2, first_name="Ірина")
    waiting: list[Message] = []

    def late(message: Message) -> int:
        waiting.append(message)
        return 200

    boutique.shop.deliver_webhooks(late)
    boutique.shop.add_app(ShopifyApp(APP.client_id, "shpss_new"))
    given = {"client_id": SecretStr(APP.client_id), "client_secret": SecretStr("shpss_new")}
    assert rotate_credentials(boutique.workspace, "boutique", given).usable
    boutique.forward(seconds=1)
    assert {boutique.receive(message) for message in waiting} == {200}
    boutique.forward(hours=25)
    assert {boutique.receive(message) for message in waiting} == {401}
