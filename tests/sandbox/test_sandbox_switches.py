"""The switches of the command that serves a double: each says what it does, and does it."""

import argparse
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from regulars_sandbox import BulkConduct, Faults, SegmentConduct, serve
from regulars_sandbox._command import _parser
from regulars_sandbox._fault_options import chosen_faults
from regulars_sandbox.population import generate

PLATFORMS = ("woocommerce", "shopify")


def switches(platform: str) -> list[Any]:
    (shops,) = [each for each in _parser()._actions if isinstance(each, argparse._SubParsersAction)]
    return list(shops.choices[platform]._actions)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_fault_has_a_switch_that_says_what_it_does_and_in_which_unit(platform: str) -> None:
    found = {each.dest: each for each in switches(platform)}
    for fault in fields(Faults):
        switch = found[fault.name]
        assert switch.help
        assert switch.nargs == 0 or switch.metavar or switch.choices


def test_the_switches_say_the_faults() -> None:
    plain = _parser().parse_args(["woocommerce"])
    assert chosen_faults(plain) == Faults()
    given = _parser().parse_args(
        ["woocommerce", "--throttle-every", "5", "--retry-after", "none", "--latency", "0.5", "--maintenance"]
    )
    assert chosen_faults(given) == Faults(throttle_every=5, retry_after=None, latency=0.5, maintenance=True)


def test_a_bulk_operation_of_shopify_behaves_as_the_switches_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_SANDBOX_TOKEN", "shpat_env")
    found = {each.dest: each for each in switches("shopify")}
    for trait in fields(BulkConduct):
        assert found[f"bulk_{trait.name}"].help
    people = generate(seed=1, customers=1, orders=0, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
    plain = _parser().parse_args(["shopify"])
    assert plain.make(plain)(people).bulk == BulkConduct()
    chosen = ["--bulk-failing", "2", "--bulk-failure", "TIMEOUT", "--bulk-no-ranges", "--bulk-cut-at", "90"]
    options = _parser().parse_args(["shopify", *chosen])
    conduct = BulkConduct(failing=2, failure="TIMEOUT", no_ranges=True, cut_at=90)
    assert options.make(options)(people).bulk == conduct


def test_segments_of_shopify_behave_as_the_switches_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_SANDBOX_TOKEN", "shpat_env")
    found = {each.dest: each for each in switches("shopify")}
    for trait in fields(SegmentConduct):
        assert found[f"segment_{trait.name}"].help
    people = generate(seed=1, customers=1, orders=0, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
    plain = _parser().parse_args(["shopify"])
    assert plain.make(plain)(people).segments == SegmentConduct()
    chosen = [
        "--segment-lag-seconds",
        "9",
        "--no-segment-metafields",
        "--segment-overlap-code",
        "EXCEEDED_MAX",
    ]
    options = _parser().parse_args(["shopify", *chosen])
    conduct = SegmentConduct(lag_seconds=9, metafields=False, overlap_code="EXCEEDED_MAX")
    assert options.make(options)(people).segments == conduct


def test_a_shop_of_shopify_may_tell_of_visits_late_and_of_people_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REGULARS_SANDBOX_TOKEN", "shpat_env")
    people = generate(seed=1, customers=1, orders=0, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
    plain = _parser().parse_args(["shopify"])
    usual = plain.make(plain)(people)
    assert (usual.attributed_after, usual.hides_people) == (None, False)
    options = _parser().parse_args(["shopify", "--attributed-after", "90", "--hide-people"])
    chosen = options.make(options)(people)
    assert (chosen.attributed_after, chosen.hides_people) == (timedelta(seconds=90), True)


def test_the_shop_of_woocommerce_may_be_set_up_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_SANDBOX_KEY", "ck_env")
    monkeypatch.setenv("REGULARS_SANDBOX_SECRET", "cs_env")
    people = generate(seed=1, customers=1, orders=0, now=datetime(2026, 3, 1, 12, tzinfo=UTC))

    def made(*switch: str) -> Any:
        options = _parser().parse_args(["woocommerce", *switch])
        return options.make(options)(people)

    shop = made()
    assert (shop.site.plain_permalinks, shop.site.companion) == (False, False)
    assert made("--plain-permalinks").site.plain_permalinks
    assert made("--companion").site.companion
    assert _asked(made(), "GET") == 200
    assert _asked(made("--read-only-key"), "GET") == 200
    assert _asked(made("--read-only-key"), "POST") == 401
    assert _asked(made("--powerless-key"), "GET") == 403


def _asked(shop: Any, method: str) -> int:
    """How the shop answers a look at its coupons, or one without a code."""
    with serve(shop, tls=True) as server:
        return requests.request(
            method,
            f"{server.url}/wp-json/wc/v3/coupons",
            json={"amount": "1"} if method == "POST" else None,
            auth=("ck_env", "cs_env"),
            verify=str(server.certificate),
            timeout=10,
        ).status_code
