"""Offers held against the landed payloads: nothing is said of what is right, all is said that is planted."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from agent_world import ENVIRON, QUICK, Clock
from proof_world import NOW, PROGRAMMES, ProofWorld, by_hand, crowd
from regulars_agent import (
    Settings,
    Workspace,
    _proof_payloads,
    doctor,
    merge_persons,
    open_workspace,
    proofs,
)
from regulars_agent._by_time import BY_TIME
from regulars_agent._chores import do_chores
from regulars_agent._offer_card import show_offers
from regulars_agent._setting_sections import MoneySettings
from regulars_mapping import Kind, SkipError
from regulars_marketing import Fact, Known, Proof, compute, decide, programmes, verify_proof
from regulars_marketing._proof import sealed
from regulars_store import Store, begin_run, end_run, tables

order, refund, offer = tables.order, tables.refund, tables.offer
FIRST = "1:1000"
KYIV = ZoneInfo("Europe/Kyiv")


@pytest.fixture
def world(empty_workspace: Workspace) -> Iterator[ProofWorld]:
    made = ProofWorld(empty_workspace)
    yield made
    made.close()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 12))])
def test_nothing_is_said_of_offers_that_are_right(
    world: ProofWorld, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    monkeypatch.setattr(_proof_payloads, "_AT_ONCE", random.choice((1, 2, 200)))
    counting(world, random)
    crowd(random, world, 6)
    for currency in ("EUR", "USD"):
        told = {days: random.choice(("41.25", "43.999", "37.1")) for days in range(0, 720, 12)}
        world.rate(currency, "UAH", {days: rate for days, rate in told.items() if random.random() < 0.97})
    for definition in random.sample([*PROGRAMMES.values(), by_hand(world.accounts()[0])], 6):
        world.enable({**definition, **some_terms(random, definition)})
    assert world.said() == []
    assert world.check().offers == len(world.offers()) > 0
    world.watch.now += timedelta(days=random.choice((0.3, 1, 3)))
    again(random, world)
    assert world.said() == []
    assert world.check().offers == len(world.offers()) > 0


def counting(world: ProofWorld, random: Random) -> None:
    """The owner may count with tax or shipping, in days of another zone."""
    rules = {
        "tax": random.choice(("with", "without")),
        "shipping": random.choice(("with", "without", "without")),
    }
    money = MoneySettings(**rules, zone=random.choice(("", "Pacific/Auckland")))
    world.workspace.settings = world.workspace.settings.model_copy(update={"money": money})


def some_terms(random: Random, definition: Mapping[str, Any]) -> dict[str, Any]:
    terms: dict[str, Any] = {"priority": random.randint(0, 2)}
    if random.random() < 0.4:
        terms |= {"adds": True, "cap": "25"}
    if random.random() < 0.2:
        terms["holdout"] = 20
    if definition.get("kind", "tier") == "tier":
        terms |= random.choice(({}, {"downgrade": "never"}, {"downgrade": "after", "keeps_days": 2}))
    return terms


def again(random: Random, world: ProofWorld) -> None:
    """Days later: orders are given back, new ones come, and people are merged and parted."""
    for row in rows(world, order):
        if random.random() < 0.3 and row.shop_id == 1:
            back = world.refund(int(row.external_id), "5000.00", days=0)
            who = row.account_id.partition(":")[2]
            buyer = 0 if who.startswith("guest") else int(who)
            named = {"billing": row.contact} if not buyer else {}
            total = f"{row.total / 100:.2f}"
            world.order(buyer, total, days=50, number=int(row.external_id), refunds=[back], **named)
    for account in random.sample(world.accounts(), 2):
        if account.startswith("1:"):
            world.order(int(account[2:]), "1500.00", days=0)
    world.derive()
    one, other = random.sample(sorted({row.person_id for row in world.offers().values()}), 2)
    merge_persons(world.workspace, [one, other], who="owner", why="known")
    world.derive()


@pytest.fixture
def ann(sqlite_store: Store, tmp_path: Path) -> Iterator[ProofWorld]:
    """One person who has an offer of each kind of programme, once that is on."""
    place = {"directory": tmp_path, "store_url": SecretStr(sqlite_store.url), "keyring_cost": QUICK}
    with open_workspace(Settings.model_validate(place), clock=Clock(), environ=ENVIRON) as opened:
        opened.store = sqlite_store
        world = ProofWorld(opened)
        with_ann(world)
        yield world
        world.close()


def with_ann(world: ProofWorld) -> None:
    ann = world.customer("ann@example.com")
    assert FIRST.endswith(f":{ann}")
    for days in (105, 85, 60):
        number = next(world.numbers)
        refunds = [world.refund(number, "100.00", lines="90.00"), world.refund(number, "10.00")]
        world.order(ann, "2000.00", days=days, number=number, refunds=refunds)
    world.write(FIRST, "birth_date", "1990-06-12")
    world.write(FIRST, "kind", "company")


def given(world: ProofWorld, kind: str) -> str:
    """Enable this programme alone; the account that has its offer."""
    if kind != "welcome":
        world.enable(by_hand(FIRST) if kind == "personal" else PROGRAMMES[kind])
        return FIRST
    world.enable(PROGRAMMES[kind])
    account = f"1:{world.customer('new@example.com')}"
    world.derive()
    return account


def everyday(kinds: Iterable[Any], *quick: Any) -> list[Any]:
    """All of these, the others than the quick ones marked as slow."""
    return [each if each in quick else pytest.param(*_tuple(each), marks=pytest.mark.slow) for each in kinds]


def _tuple(each: Any) -> tuple[Any, ...]:
    return each if isinstance(each, tuple) else (each,)


@pytest.mark.parametrize("kind", everyday([*PROGRAMMES, "personal"], "tier", "winback"))
def test_a_figure_of_a_proof_that_is_off_by_one_is_said(ann: ProofWorld, kind: str) -> None:
    account = given(ann, kind)
    right = ann.offers()[account].proof
    assert right["percent"] > 0
    assert ann.said() == []
    for path, wrong in changed(right):
        ann.forge(account, Proof.model_validate(wrong))
        assert ann.said() != [], path
    ann.forge(account, Proof.model_validate(right))
    assert ann.said() == []


def changed(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document with each whole number one higher, and each moment and zone another, one at a time."""
    for path, leaf in leaves(document):
        other = _other(path[-1], leaf)
        if path[-1] != "checksum" and other is not None:
            yield "/".join(map(str, path)), _with(document, path, other)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if inner is None:
        yield path, value
    for key, each in inner or ():
        yield from leaves(each, (*path, key))


def _other(name: str, leaf: Any) -> Any:
    if isinstance(leaf, int) and not isinstance(leaf, bool):
        return leaf + 1
    if name in {"valid_until", "until"} and leaf is not None:
        return (datetime.fromisoformat(leaf) + timedelta(days=1)).isoformat()
    return f"{leaf}x" if name in {"level", "why", "currency"} and leaf else None


def _with(value: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    if not path:
        return leaf
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = _with(copy[path[0]], path[1:], leaf)
    return copy


def recomputed(world: ProofWorld) -> None:
    """Offers follow what stands in the store, whatever that is."""
    with world.workspace.store.write() as connection:
        compute(connection, sorted({row.person_id for row in world.offers().values()}), now=NOW)


PLANTED: Mapping[str, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    "goods of an order": ("order", lambda row: {"goods": row.goods + 1}),
    "total of an order": ("order", lambda row: {"total": row.total - 100_000}),
    "an order that was not bought": ("order", lambda _: {"bought": False}),
    "an order that is gone": ("order", lambda _: {"gone": True}),
    "day of an order": ("order", lambda row: {"placed_at": row.placed_at + timedelta(days=1)}),
    "currency of an order": ("order", lambda _: {"currency": "EUR"}),
    "goods of a refund": ("refund", lambda row: {"goods": (row.goods or 0) + 1}),
    "amount of a refund": ("refund", lambda row: {"amount": row.amount + 1}),
    "a refund that is gone": ("refund", lambda _: {"gone": True}),
    "a refund of another order": ("refund", lambda _: {"order_id": "1:9"}),
    "day of a refund": ("refund", lambda row: {"refunded_at": row.refunded_at - timedelta(days=400)}),
}


def test_what_is_planted_into_orders_and_refunds_is_said_with_its_place(world: ProofWorld) -> None:
    with_ann(world)
    for kind in ("tier", "winback"):
        world.enable(PROGRAMMES[kind])
    for what, (name, values) in PLANTED.items():
        table = tables.metadata.tables[name]
        row, wrong = rows(world, table)[0], values(rows(world, table)[0])
        world.change(table, row.id, **wrong)
        place = f"{name} {row.id}: {next(iter(wrong))} is "
        assert [said for said in world.said() if place in said] != [], what
        recomputed(world)
        assert [said for said in world.said() if place in said] != [], what
        world.change(table, row.id, **{column: row._mapping[column] for column in wrong})
        recomputed(world)
        assert world.said() == []


@pytest.mark.parametrize(
    ("kind", "name", "values"),
    everyday(
        [
            ("tier", "order", {"goods": 200_001}),
            ("year", "order", {"goods": 200_001}),
            ("year", "refund", {"refunded_at": NOW - timedelta(days=400)}),
            ("tier", "refund", {"goods": 9_001}),
            ("wholesale", "order", {"goods": 200_001}),
            ("largest", "order", {"goods": 900_000}),
            ("winback", "order", {"placed_at": NOW - timedelta(days=59)}),
            ("birthday", "person", {"birth_date": "1990-06-11"}),
        ],
        ("tier", "refund", {"goods": 9_001}),
    ),
)
def test_an_offer_that_follows_from_what_was_planted_is_wrong_in_its_figures(
    ann: ProofWorld, kind: str, name: str, values: dict[str, Any]
) -> None:
    given(ann, kind)
    table = tables.metadata.tables[name]
    found = rows(ann, table)
    row = max(found, key=lambda row: row.placed_at) if name == "order" else found[0]
    ann.change(table, row.id, **values)
    recomputed(ann)
    proof = Proof.model_validate(ann.offers()[FIRST].proof)
    assert verify_proof(proof) == []
    figures = ("facts in", "purchases", "last order", "birth date", "orders", "offer")
    assert [said for said in ann.said() if any(f", {each}" in said for each in figures)] != []


@pytest.mark.parametrize(
    ("kind", "figures"),
    everyday(
        [
            ("wholesale", {"company": True, "currency": "UAH", "spent_365d": 570_001}),
            ("largest", {"company": True, "currency": "UAH", "largest_order": 190_001}),
            ("winback", {"rhythm_days": 24}),
            ("birthday", {"birth_date": "1990-06-13"}),
        ],
        ("winback", {"rhythm_days": 24}),
    ),
)
def test_an_offer_decided_by_a_wrong_profile_is_said(
    ann: ProofWorld, kind: str, figures: dict[str, Any]
) -> None:
    given(ann, kind)
    last = NOW - timedelta(days=60)
    facts = [Fact("UAH", 3, 600_000, 30_000, 570_000, last - timedelta(days=40), last)]
    with ann.workspace.store.read() as connection:
        known = programmes(connection)
    made = decide(facts, known, "tea", NOW, currency="UAH", known=Known(**figures), zone=KYIV)
    assert made is not None
    assert verify_proof(made.proof) == []
    ann.forge(FIRST, made.proof)
    assert ann.said() != []


def test_a_welcome_for_somebody_who_bought_is_said(ann: ProofWorld) -> None:
    account = given(ann, "welcome")
    ann.order(int(account[2:]), "10.00", shop="cake", customer_id=0, billing={"email": "new@example.com"})
    ann.derive()
    assert account not in ann.offers()
    placed = [row for row in rows(ann, order) if row.shop_id == 2]
    ann.change(order, placed[0].id, bought=False)
    recomputed_all(ann)
    assert any("purchases: orders is 0, but should be 1" in said for said in ann.said())


def rows(world: ProofWorld, table: Any) -> list[Any]:
    with world.workspace.store.read() as connection:
        return list(connection.execute(table.select().order_by(table.c.id)))


def recomputed_all(world: ProofWorld) -> None:
    with world.workspace.store.write() as connection:
        compute(connection, [row.person_id for row in rows(world, tables.account)], now=NOW)


def test_an_offer_of_somebody_else_s_and_one_beyond_its_proof_are_said(ann: ProofWorld) -> None:
    given(ann, "personal")
    other = ann.customer("bob@example.com")
    ann.enable(PROGRAMMES["seasonal"])
    ann.forge(f"1:{other}", Proof.model_validate(ann.offers()[FIRST].proof))
    assert any("given by hand" in said for said in ann.said())
    ann.change(offer, FIRST, percent=2_001)
    assert any(said == f"Account {FIRST}, offer: percent is 2001, but should be 2000" for said in ann.said())


def test_a_programme_that_was_changed_switched_off_or_never_saved_is_said(ann: ProofWorld) -> None:
    given(ann, "tier")
    with ann.workspace.store.read() as connection:
        (row,) = connection.execute(tables.programme.select())
    ann.change(tables.programme, row.id, enabled=False)
    assert any("programme regulars: state is given, but should be off" in said for said in ann.said())
    definition = {**row.definition, "minimum": 100}
    ann.change(tables.programme, row.id, enabled=True, definition=definition)
    assert any("programme regulars, version 1: minimum is none" in said for said in ann.said())
    ann.change(tables.programme, row.id, version=2, definition=row.definition)
    assert any("programme regulars, version 1: version is this" in said for said in ann.said())


def test_what_is_not_computed_yet_is_no_disagreement(ann: ProofWorld) -> None:
    given(ann, "tier")
    ann.order(1000, "50.00")
    found = ann.check()
    assert (found.persons, found.waiting, found.disagreements) == (0, 1, [])
    ann.derive()
    assert ann.check().waiting == 0


def test_what_time_alone_changes_is_right_until_everybody_is_computed_again(ann: ProofWorld) -> None:
    given(ann, "wholesale")
    ann.watch.now = NOW + timedelta(days=300)
    assert ann.said() == []
    assert ann.offers()[FIRST].proof["counted"] == 570_000
    with ann.workspace.store.write() as connection:
        run = begin_run(connection, shop_id=None, command=BY_TIME, now=ann.watch())
        end_run(connection, run, now=ann.watch(), complete=True, counts={})
    assert any("purchases: counted is 570000, but should be 170000" in said for said in ann.said())


def test_a_sample_is_drawn_from_all_and_one_person_may_be_asked_for(ann: ProofWorld) -> None:
    for number in range(12):
        ann.customer(f"more{number}@example.com")
    ann.enable(PROGRAMMES["seasonal"])
    sampled = proofs.check_sample(ann.workspace, 5)
    assert (sampled.persons, sampled.offers) == (5, 5)
    assert proofs.check_sample(ann.workspace, 60).persons == 13
    assert proofs.check_person(ann.workspace, "ann@example.com").offers == 1
    with pytest.raises(SkipError):
        proofs.check_person(ann.workspace, "nobody@example.com")


def test_an_account_that_is_gone_counts_no_more_and_one_whose_row_lives_on_is_said(ann: ProofWorld) -> None:
    given(ann, "tier")
    ann.bury("tea", Kind.CUSTOMER, 1000)
    ann.derive()
    assert ann.offers() == {}
    ann.change(tables.account, FIRST, gone=False, person_id="back")
    with ann.workspace.store.write() as connection:
        compute(connection, ["back"], now=NOW)
    assert any("account: state is there, but should be gone" in said for said in ann.said())


def test_a_tier_that_is_kept_was_lost_on_the_day_that_is_noted(ann: ProofWorld) -> None:
    ann.enable({**PROGRAMMES["tier"], "downgrade": "after", "keeps_days": 30})
    ann.watch.now = NOW + timedelta(days=2)
    number = max(int(row.external_id) for row in rows(ann, order))
    ann.order(
        1000, "2000.00", days=60, number=number, refunds=[ann.refund(number, "1900.00", lines="1900.00")]
    )
    ann.derive()
    proof = Proof.model_validate(ann.offers()[FIRST].proof)
    assert (proof.kept and proof.kept.level, proof.percent) == ("Silver", 500)
    assert ann.said() == []
    with ann.workspace.store.write() as connection:
        noted = tables.tier_standing
        day = NOW + timedelta(days=1)
        connection.execute(noted.update().where(noted.c.level == "Silver").values(lost_at=day))
    assert any("level Silver: lost is 20260612, but should be 20260611" in said for said in ann.said())


def test_a_tier_below_the_one_reached_is_given_for_want_of_room_in_a_budget_only(ann: ProofWorld) -> None:
    ann.enable({**PROGRAMMES["tier"], "budget": "49.99", "reckoned_order": "1000.00"})
    offered = ann.offers()[FIRST]
    assert (offered.percent, offered.level, offered.held is None) == (300, "Bronze", False)
    assert ann.said() == []
    document = Proof.model_validate(offered.proof).document()
    document["facts"][0]["orders"] += 1
    ann.forge(FIRST, Proof.model_validate(document))
    assert any("facts in UAH: orders is 4, but should be 3" in said for said in ann.said())
    ann.forge(FIRST, Proof.model_validate(offered.proof))
    (saved,) = rows(ann, tables.programme)
    unlimited = {**saved.definition, "budget": None, "reckoned_order": None}
    ann.change(tables.programme, saved.id, definition=unlimited)
    due = "proof: budget is full above the tier from 100000, but should be none"
    assert any(due in said for said in ann.said())


def test_each_part_of_a_sum_is_held_against_its_own_figures(ann: ProofWorld) -> None:
    ann.enable({**PROGRAMMES["tier"], "adds": True, "cap": "12"})
    ann.enable({**PROGRAMMES["birthday"], "adds": True, "cap": "12"})
    offer_of_ann = ann.offers()[FIRST]
    assert offer_of_ann.percent == 1_200
    assert ann.said() == []
    (shown,) = (each for each in show_offers(ann.workspace, FIRST).offers)
    parts = {each.programme: each for each in shown.parts}
    assert {key: (each.level, each.percent, each.cap) for key, each in parts.items()} == {
        "regulars": ("Silver", 500, 1_200),
        "birthday": ("Birthday", 750, 1_200),
    }
    assert {step.name for each in parts.values() for step in each.steps} >= {"net", "tier", "day"}
    for path, wrong in list(changed(offer_of_ann.proof))[::3]:
        ann.forge(FIRST, resealed(wrong))
        assert ann.said() != [], path
    ann.forge(FIRST, Proof.model_validate(offer_of_ann.proof))
    with ann.workspace.store.write() as connection:
        saved = {row.key: row for row in connection.execute(tables.programme.select())}
    for row in saved.values():
        ann.change(tables.programme, row.id, definition={**row.definition, "group": "one"})
    assert any("proof: group one is given twice, but should be once" in said for said in ann.said())
    for row in saved.values():
        ann.change(tables.programme, row.id, definition=row.definition)
    ann.change(tables.person, offer_of_ann.person_id, birth_date="1990-06-11")
    recomputed(ann)
    assert any("birth date: month and day is 611, but should be 612" in said for said in ann.said())


def resealed(document: dict[str, Any]) -> Proof:
    """The proof with the checksums of its parts right again."""
    proof = Proof.model_validate(document)
    return proof.model_copy(update={"added": tuple(sealed(each)[0] for each in proof.added)})


def test_what_was_bought_in_another_currency_counts_by_the_rate_of_its_own_day(ann: ProofWorld) -> None:
    ann.rate("USD", "UAH", {7: "41.255", 20: "40"})
    ann.order(1000, "33.33", days=7, currency="USD")
    given(ann, "tier")
    (fact,) = [each for each in ann.offers()[FIRST].proof["facts"] if each["currency"] == "USD"]
    assert fact["converted"] == 137_503
    assert ann.said() == []
    rate = tables.currency_rate
    with ann.workspace.store.write() as connection:
        connection.execute(rate.update().values(numerator=41_254, denominator=1_000))
    assert any("facts in USD: converted is 137503, but should be 137500" in said for said in ann.said())


def test_the_agent_checks_some_every_day_and_the_doctor_warns_until_all_agree(ann: ProofWorld) -> None:
    given(ann, "tier")
    assert do_chores(ann.workspace)["offers_checked"] == 1
    ann.derive()
    row = rows(ann, order)[0]
    ann.change(order, row.id, goods=row.goods + 1)
    assert "offers_checked" not in do_chores(ann.workspace)
    ann.watch.now = NOW + timedelta(days=1)
    assert do_chores(ann.workspace)["offers_wrong"] == 1
    ann.derive()
    said = [each.message for each in doctor(ann.workspace) if each.subject == "offers"]
    assert said[0] == f"Account {FIRST}, order {row.id}: goods is {row.goods + 1}, but should be {row.goods}"
    ann.change(order, row.id, goods=row.goods)
    recomputed(ann)
    assert [each for each in doctor(ann.workspace) if each.subject == "offers"] == []


def test_the_largest_of_orders_that_cost_less_than_nothing_is_nothing(ann: ProofWorld) -> None:
    bob = ann.customer("bob@example.com")
    ann.order(bob, "1.00", goods="-5.00", shipping_total="6.00")
    ann.write(f"1:{bob}", "kind", "company")
    given(ann, "largest")
    assert ann.offers()[f"1:{bob}"].proof["counted"] == 0
    assert ann.said() == []
