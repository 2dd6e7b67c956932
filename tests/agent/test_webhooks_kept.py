"""Webhooks at the owner's word: made, kept alive, signed anew, taken away; https alone."""

from typing import Any

import pytest
from pydantic import SecretStr

from agent_world import World
from regulars_agent import Duty, Outcome, keep_webhooks, remove_webhooks
from regulars_agent._webhook_address import usable_address
from regulars_agent._webhooks import WEBHOOK_SECRET
from regulars_mapping import MisconfiguredError
from webhook_world import URL, ToldWorld


def keep(world: World, **terms: Any) -> tuple[str, ...]:
    return keep_webhooks(world.workspace, "tea", who="the owner", **terms).done


def present(world: World) -> list[tuple[str, str]]:
    """Status and address of the shop's webhooks."""
    found = world.staff("GET", "webhooks?status=all&per_page=100")
    return sorted((each["status"], each["delivery_url"]) for each in found)


def test_a_dry_run_says_what_would_be_made_and_makes_nothing(world: World) -> None:
    planned = keep(world, url=URL, dry_run=True)
    assert "create the webhook customer.updated" in planned
    assert (present(world), world.shop.options.get("webhook_url")) == ([], None)
    assert world.workspace.secrets.find("tea", WEBHOOK_SECRET) is None
    assert keep(world, url=URL) == planned
    assert present(world) == [("active", URL)] * len(planned)
    assert keep(world, url=URL) == keep(world) == ()


def test_without_a_word_of_the_owner_nothing_is_made(world: World) -> None:
    assert keep(world) == ()
    with pytest.raises(MisconfiguredError, match="--url"):
        keep(world, rotate=True)
    assert world.front.writes() == []


def test_another_address_takes_the_place_of_the_one_before(world: World) -> None:
    made = keep(world, url=URL)
    other = URL.replace("crm", "new")
    keep(world, url=other)
    assert present(world) == [("active", other)] * len(made)


def test_removing_takes_away_ours_alone_and_the_secret(world: World) -> None:
    foreign = {"topic": "order.created", "delivery_url": "https://other.example.com/hook", "secret": "x"}
    world.staff("POST", "webhooks", foreign)
    made = keep(world, url=URL)
    assert len(remove_webhooks(world.workspace, "tea", who="the owner", dry_run=True).done) == len(made)
    assert len(present(world)) == len(made) + 1
    assert len(remove_webhooks(world.workspace, "tea", who="the owner").done) == len(made)
    assert present(world) == [("active", "https://other.example.com/hook")]
    assert world.workspace.secrets.find("tea", WEBHOOK_SECRET) is None
    assert remove_webhooks(world.workspace, "tea", who="the owner").done == ()
    assert "webhook_url" not in world.shop.options


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/hook",
        "https://me:secret@crm.example.com/hook",
        "https://",
        "crm.example.com/hook",
        "ftp://crm.example.com/hook",
        "https://crm.example.com/a b",
        "https://[crm/hook",
        "https://crm.example.com/" + "x" * 2_000,
    ],
)
def test_personal_data_goes_nowhere_in_the_clear(world: World, url: str) -> None:
    with pytest.raises(MisconfiguredError, match="https://"):
        keep(world, url=url)
    assert world.front.writes() == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://crm.example.com/regulars/webhooks/coffee", "ends in /webhooks/tea"),
        ("https://crm.example.com/regulars/webhooks/tea/", "ends in /webhooks/tea"),
        ("https://crm.example.com/", "ends in /webhooks/tea"),
        ("https://crm.example.com/x?to=/webhooks/tea", "ends in /webhooks/tea"),
        ("http://127.0.0.1:8080/webhooks/tea", "inside"),
        ("https://localhost/webhooks/tea", "inside"),
        ("https://127.1/webhooks/tea", "inside"),
        ("https://192.168.1.20/webhooks/tea", "inside"),
        ("https://[fd00::1]/webhooks/tea", "inside"),
        ("https://crm.local/webhooks/tea", "inside"),
        ("https://crm/webhooks/tea", "inside"),
        ("https://crm.example.com:8443/webhooks/tea", "80, 443, 8080"),
    ],
)
def test_an_address_at_which_nothing_arrives_is_refused_with_the_reason(
    world: World, url: str, words: str
) -> None:
    with pytest.raises(MisconfiguredError, match=words) as refused:
        keep(world, url=url)
    assert "--anyway" in str(refused.value)
    assert world.front.writes() == []
    assert keep(world, url=url, anyway=True)
    assert {address for _, address in present(world)} == {url}
    assert keep(world) == (), "what was taken once stays"


def test_a_shop_of_another_script_has_its_endpoint_in_percent_signs(world: World) -> None:
    found = usable_address(
        "https://crm.example.com/webhooks/%D1%87%D0%B0%D0%B9", platform="shopify", shop="чай"
    )
    assert found.endswith("%B9")
    with pytest.raises(MisconfiguredError, match="%D1%87"):
        usable_address("https://crm.example.com/webhooks/tea", platform="shopify", shop="чай")


def test_what_the_shop_switched_off_is_switched_on_within_the_hour_and_told(
    quiet: ToldWorld, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(7):
        quiet.world.staff("PUT", "customers/2", {"first_name": "Ірина"})
        quiet.deliver(lambda _: 500)
    assert ("disabled", URL) in present(quiet.world)
    visited = {each.duty: each for each in quiet.tick(hours=1)}
    assert visited[Duty.WEBHOOKS].counts == {
        "mended": 1,
        "reasons": ["switch the webhook customer.updated on again"],
    }
    assert "switch the webhook customer.updated on again" in caplog.text
    assert {status for status, _ in present(quiet.world)} == {"active"}
    quiet.world.staff("PUT", "customers/2", {"first_name": "Олена"})
    assert quiet.deliver() == ["customer.updated 2"]
    quiet.tick(seconds=10)
    assert quiet.given_name(2) == "Олена"


def test_what_somebody_deleted_is_made_again(quiet: ToldWorld) -> None:
    (first, *_) = quiet.world.staff("GET", "webhooks?status=all")
    quiet.world.staff("DELETE", f"webhooks/{first['id']}?force=true")
    visited = {each.duty: each for each in quiet.tick(hours=1)}
    assert visited[Duty.WEBHOOKS].counts["mended"] == 1
    assert {each.duty for each in quiet.tick(minutes=50)} <= {Duty.EXCHANGE}


def test_a_shop_where_webhooks_cannot_be_looked_at_is_synced_all_the_same(quiet: ToldWorld) -> None:
    from agent_visits import DOWN

    quiet.world.front.before = lambda request: DOWN if "/webhooks" in request.target else None
    visited = {each.duty: each.outcome for each in quiet.tick(hours=1.1)}
    assert visited == {Duty.EXCHANGE: Outcome.DONE, Duty.WEBHOOKS: Outcome.FAILED}


def test_a_secret_from_outside_is_taken_and_never_replaced_here(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ: Any = {**world.workspace.secrets._environ, "REGULARS_SECRET_TEA_WEBHOOK_SECRET": "given-outside"}
    monkeypatch.setattr(world.workspace.secrets, "_environ", environ)
    assert keep(world, url=URL)
    assert world.workspace.secrets.find("tea", WEBHOOK_SECRET) == SecretStr("given-outside")
    with pytest.raises(MisconfiguredError, match="REGULARS_SECRET_TEA_WEBHOOK_SECRET"):
        keep(world, rotate=True)


def test_what_the_owner_asked_for_is_in_the_audit_without_the_secret(world: World) -> None:
    keep(world, url=URL)
    secret = world.workspace.secrets.get("tea", WEBHOOK_SECRET).get_secret_value()
    rows = [row for row in world.rows("audit", "who", "action", "detail") if row[1] == "set webhooks"]
    assert rows == [("the owner", "set webhooks", {"url": URL, "new secret": False})]
    assert secret not in str(world.rows("audit", "detail")) + str(world.shop)
