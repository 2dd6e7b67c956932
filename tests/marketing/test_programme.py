import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchases import THREE_TIERS, tiers, welcome
from regulars_mapping import MisconfiguredError
from regulars_marketing import parse_programme

TIER = {"threshold": "5000.00", "percent": "5", "level": "Bronze"}


def complaint(**changes: Any) -> str:
    with pytest.raises(MisconfiguredError) as caught:
        tiers(**changes)
    return str(caught.value)


def test_thresholds_are_text_of_the_amount_or_whole_minor_units() -> None:
    mixed = [{**TIER, "threshold": "5000.5"}, {"threshold": 1_000_000, "percent": 7.5, "level": "Silver"}]
    made = tiers(tiers=mixed)
    assert [tier.threshold for tier in made.tiers] == [500_050, 1_000_000]
    assert [tier.percent for tier in made.tiers] == [Decimal("5.00"), Decimal("7.50")]


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 5_000), ("UAH", 500_000), ("KWD", 5_000_000)])
def test_a_threshold_follows_the_minor_unit_of_its_currency(currency: str, minor: int) -> None:
    made = tiers(currency=currency, tiers=[{**TIER, "threshold": "5000"}])
    assert made.tiers[0].threshold == minor


def test_a_programme_reads_back_from_its_own_json() -> None:
    made = tiers(valid_until="2030-12-31T23:59:00+02:00", shops=["tea", "coffee", "tea"])
    assert parse_programme(json.loads(json.dumps(made.model_dump(mode="json")))) == made
    assert made.shops == ("coffee", "tea")
    assert made.valid_until == datetime(2030, 12, 31, 21, 59, tzinfo=UTC)


def test_a_percent_of_120_is_refused_with_its_place_and_the_remedy() -> None:
    said = complaint(tiers=[TIER, {"threshold": "6000", "percent": 120, "level": "Gold"}])
    assert said == (
        "Programme regulars: tier 2, percent: 120 % is no discount; give more than 0 and at most 100"
    )


def test_a_fault_in_a_tier_does_not_say_that_there_are_no_tiers() -> None:
    said = complaint(tiers=[{**TIER, "level": ""}])
    assert said == "Programme regulars: tier 1, level: is empty; fill it in"


def test_unsorted_tiers_are_refused() -> None:
    said = complaint(tiers=list(reversed(THREE_TIERS["tiers"])))
    assert said == "Programme regulars: tier 2 starts no higher than tier 1; sort them upwards"


def test_overlapping_tiers_are_refused() -> None:
    said = complaint(tiers=[TIER, {"threshold": 500_000, "percent": 7, "level": "Silver"}])
    assert "tier 2 starts no higher than tier 1" in said


def test_a_higher_tier_that_gives_no_more_is_refused() -> None:
    said = complaint(tiers=[TIER, {"threshold": 600_000, "percent": 5, "level": "Silver"}])
    assert "tier 2 gives no more than tier 1; raise its percent or drop it" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"currency": "XYZ"},
            "currency: XYZ is not an ISO 4217 currency; write a code such as UAH, EUR or USD",
        ),
        ({"tiers": []}, "tiers: is empty; give at least one"),
        ({"tiers": "many"}, "tiers: "),
        (
            {"tiers": [{**TIER, "threshold": "5000.001"}]},
            "tier 1, threshold: '5000.001' is finer than UAH allows",
        ),
        ({"tiers": [{**TIER, "threshold": f"1.{'0' * 40}1"}]}, "is finer than UAH allows"),
        ({"tiers": [{**TIER, "threshold": "5 000"}]}, "tier 1, threshold: '5 000' is not an amount"),
        ({"tiers": [{**TIER, "threshold": "NaN"}]}, "tier 1, threshold: 'NaN' is not an amount"),
        ({"tiers": [{**TIER, "threshold": "1e99999"}]}, "tier 1, threshold: is too large; give at most"),
        ({"tiers": [{**TIER, "threshold": "1e999999999999999999"}]}, "tier 1, threshold: "),
        (
            {"tiers": [{**TIER, "threshold": 12.5}]},
            "tier 1, threshold: must be a whole number of minor units",
        ),
        ({"tiers": [{**TIER, "threshold": 0}]}, "tier 1, threshold: must be above 0"),
        ({"tiers": [{**TIER, "percent": "7.125"}]}, "tier 1, percent: 7.125 % is too fine"),
        ({"tiers": [{**TIER, "percent": "1e-999999"}]}, "tier 1, percent: "),
        ({"tiers": [{**TIER, "percent": "sNaN"}]}, "tier 1, percent: "),
        (
            {"tiers": [{**TIER, "percent": "seven"}]},
            "tier 1, percent: is not a number; write it like 7 or 7.5",
        ),
        ({"tiers": [{**TIER, "percent": True}]}, "tier 1, percent: is not a number"),
        ({"tiers": [{**TIER, "percent": None}]}, "tier 1, percent: is not a number"),
        ({"tiers": [{"threshold": 1, "percent": 5}]}, "tier 1, level: is missing; add it"),
        ({"tiers": [{**TIER, "level": "A\x00"}]}, "tier 1, level: has signs that do not belong there"),
        ({"tiers": [{**TIER, "level": "\ud800"}]}, "tier 1, level: "),
        ({"tiers": [TIER, {"threshold": "6000", "percent": 7, "level": "Bronze"}]}, "the same level"),
        (
            {"tiers": [{**TIER, "treshold": 5}]},
            "tier 1, treshold: is not known here; did you mean threshold? Else remove it",
        ),
        ({"tiers": [{**TIER, "colour": 5}]}, "tier 1, colour: is not known here; remove it"),
        ({"curency": "UAH"}, "curency: is not known here; did you mean currency? Else remove it"),
        ({"pririty": 2}, "pririty: is not known here; did you mean priority?"),
        ({"audiance": "rating > 5"}, "audiance: is not known here; did you mean audience?"),
        ({"birthday": 2}, "birthday: is not known here; remove it"),
        (
            {"tiers": [{**TIER, "threshold": "9" * 26}]},
            "tier 1, threshold: is too large; give at most 10000000000000.00",
        ),
        (
            {"tiers": [{**TIER, "threshold": "5" * 30 + "!"}]},
            "tier 1, threshold: '55555555555555555555…' is not an amount",
        ),
        ({"key": "Ключ"}, "key: has signs that do not belong there"),
        ({"shops": []}, "shops: is empty"),
        ({"valid_from": "2030-01-01T00:00:00"}, "valid_from: has no time zone"),
        (
            {"valid_from": "2030-01-02T00:00:00Z", "valid_until": "2030-01-01T00:00:00Z"},
            "valid_until is not after valid_from",
        ),
        ({"kind": "jubilee"}, "kind 'jubilee' is not known; use one of: birthday, "),
        ({"kind": ["tier"]}, "is not known"),
        ({"kind": "birhtday"}, "kind 'birhtday' is not known; did you mean birthday? There are: birthday, "),
        ({"kind": "Tiers"}, "kind 'Tiers' is not known; did you mean tier? There are: "),
    ],
)
def test_each_fault_is_named_with_its_place(changes: dict[str, Any], said: str) -> None:
    assert said in complaint(**changes)


def test_a_welcome_reads_back_from_its_own_json_and_has_a_level_of_its_own() -> None:
    made = welcome(percent="7.5", shops=["tea", "coffee", "tea"], valid_from="2030-01-01T00:00:00Z")
    assert parse_programme(json.loads(json.dumps(made.model_dump(mode="json")))) == made
    assert (made.kind, made.percent, made.level) == ("welcome", Decimal("7.50"), "Welcome")
    assert made.shops == ("coffee", "tea")
    assert welcome(level="Guest of honour").level == "Guest of honour"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"percent": 120}, "Programme welcome: percent: 120 % is no discount; give more than 0 and at most"),
        ({"percent": "ten"}, "percent: is not a number; write it like 7 or 7.5"),
        ({"level": ""}, "level: is empty; fill it in"),
        ({"tiers": []}, "tiers: is not known here; remove it or check its spelling"),
        ({"currency": "UAH"}, "currency: is for an amount, a minimum or a budget; add one, or remove it"),
        ({"shops": ["tea", ""]}, "shops, entry 2: is empty; fill it in"),
        (
            {"valid_from": "2030-01-02T00:00:00Z", "valid_until": "2030-01-01T00:00:00Z"},
            "valid_until is not after valid_from",
        ),
        ({"kind": "jubilee"}, "kind 'jubilee' is not known; use one of: birthday, "),
    ],
)
def test_each_fault_of_a_welcome_is_named_with_its_place(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        welcome(**changes)
    assert said in str(caught.value)


def test_a_welcome_without_a_percent_says_so() -> None:
    with pytest.raises(MisconfiguredError, match="percent: is missing; add it"):
        parse_programme({"kind": "welcome", "key": "welcome", "title": "For the new"})


def test_all_faults_are_named_at_once() -> None:
    said = complaint(title="", tiers=[{**TIER, "percent": 0}, {**TIER, "percent": 101}])
    assert all(place in said for place in ("title: ", "tier 1, percent: ", "tier 2, percent: "))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*THREE_TIERS, "shops", "valid_from", "junk"]), JUNK))
def test_junk_is_refused_in_words_and_nothing_else_is_raised(changes: dict[str, Any]) -> None:
    try:
        tiers(**changes)
    except MisconfiguredError as error:
        assert str(error)


@given(JUNK, JUNK)
def test_junk_in_a_tier_is_refused_in_words_too(threshold: Any, percent: Any) -> None:
    try:
        tiers(tiers=[{"threshold": threshold, "percent": percent, "level": "One"}])
    except MisconfiguredError as error:
        assert "tier 1" in str(error)
