"""Several at once: best of each alone and of the sums of those that add."""

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchases import NOW, World, amounts, fact, gift, refused, stored, tiers, welcome
from regulars_marketing import (
    Known,
    Programme,
    Proof,
    decide,
    disable_programme,
    next_step,
    reason,
    sentence,
    terms,
    verify_proof,
)
from regulars_marketing._decide import Decision
from regulars_marketing._proof import sealed
from regulars_marketing._sum_step import sum_step
from regulars_marketing._tier_standing import TierStanding
from regulars_store import tables

NBSP = "\u00a0"
BORN = Known(birth_date="--06-03")
ADDING = {"adds": True, "cap": 20}
_DAYS = {"first_day": "2026-05-01", "last_day": "2026-07-01"}


def birthday(**changes: Any) -> Programme:
    """10 % for who was born on 3 June, added up to 20 %."""
    return gift("birthday", **{"percent": 10, **ADDING, **changes})


def season(key: str, percent: object, **changes: Any) -> Programme:
    return gift("seasonal", **{"key": key, "percent": percent, "level": key, **_DAYS, **changes})


def given_of(*programmes: Programme, net: int = 6_000_00, known: Known = BORN, **known_as: Any) -> Decision:
    facts = [fact(net)] if net else []
    made = decide(
        facts, [stored(each) for each in programmes], "tea", NOW, currency="UAH", known=known, **known_as
    )
    assert made is not None
    assert verify_proof(made.proof) == []
    assert Proof.model_validate(made.document) == made.proof
    return made


def names(made: Decision) -> list[str]:
    return [each.programme.key for each in made.proof.parts]


def test_what_adds_is_summed_and_ends_with_the_first_and_serves_the_fewest_orders() -> None:
    made = given_of(tiers(**ADDING), birthday(cap=15))
    assert (made.percent, names(made), made.level) == (1500, ["birthday", "regulars"], "Birthday")
    assert (made.programme_key, made.proof.programme.orders) == ("birthday", 1)
    assert made.valid_until == datetime(2026, 6, 11, tzinfo=UTC)
    assert [(each.percent, each.cap) for each in made.proof.parts] == [(1000, 1500), (500, 2000)]
    ends = datetime(2026, 6, 2, tzinfo=UTC)
    assert given_of(tiers(valid_until=ends, **ADDING), birthday()).valid_until == ends
    assert (made.proof.own, made.proof.cap, made.standing) == (1000, 1500, ("birthday", "regulars"))


def test_the_smallest_cap_of_those_summed_holds_and_whom_it_leaves_nothing_of_is_left_out() -> None:
    assert given_of(tiers(**ADDING), birthday(cap="12.5")).percent == 1250
    spring, autumn = season("spring", 8, **ADDING), season("autumn", 6, **ADDING)
    # 10 + 8 + 6 + 5 is more than 20; 10 + 8 + 6 still is.
    made = given_of(tiers(**ADDING), birthday(), spring, autumn)
    assert (made.percent, names(made)) == (2000, ["birthday", "spring", "autumn"])
    # 9 + 6 + 5 is 20 without the birthday, which is for one order only.
    made = given_of(tiers(**ADDING), birthday(), season("spring", 9, **ADDING), autumn)
    assert (made.percent, names(made)) == (2000, ["spring", "autumn", "regulars"])
    low = season("low", 4, adds=True, cap=4)
    assert given_of(tiers(**ADDING), birthday(), low).percent == 1500


def test_a_sum_no_better_than_one_of_its_programmes_alone_is_that_one_alone() -> None:
    made = given_of(tiers(**ADDING), birthday(cap=10))
    assert (made.percent, made.programme_key, made.proof.added, made.proof.cap) == (
        1000,
        "birthday",
        (),
        None,
    )
    better = given_of(tiers(**ADDING), birthday(), season("sale", 16))
    assert (better.percent, better.programme_key) == (1600, "sale")
    # As much as 10 % and 5 % together: one comes before several.
    assert names(given_of(tiers(**ADDING), birthday(), season("sale", 15))) == ["sale"]


def test_only_what_is_for_the_same_goods_and_orders_is_summed() -> None:
    tea = {"goods": {"categories": ["Tea"]}}
    assert given_of(tiers(**ADDING), birthday(**tea)).percent == 500
    assert given_of(tiers(**ADDING), season("sale", 4, **ADDING, minimum=100, currency="UAH")).percent == 500
    alike = given_of(tiers(**ADDING, **tea), birthday(**tea))
    assert (alike.percent, terms(alike.proof)) == (1500, "Only on: Tea. It works for 1 order.")


def test_of_a_group_one_counts_and_the_one_of_higher_priority() -> None:
    spring = season("spring", 8, **ADDING, group="seasons")
    autumn = season("autumn", 6, **ADDING, group="seasons")
    assert names(given_of(tiers(**ADDING), spring, autumn)) == ["spring", "regulars"]
    first = season("autumn", 6, **ADDING, group="seasons", priority=1)
    made = given_of(tiers(**ADDING), spring, first)
    assert (made.percent, names(made)) == (1100, ["autumn", "regulars"])
    alone = season("autumn", 6, group="seasons", priority=-1)
    assert names(given_of(tiers(**ADDING, group="seasons"), alone, birthday(priority=-2))) == [
        "birthday",
        "regulars",
    ]


def test_of_a_group_s_equal_percents_the_one_for_more_orders_is_summed() -> None:
    once, always = (
        season(key, 6, **ADDING, group="g", orders=orders) for key, orders in (("a", 1), ("b", None))
    )
    assert names(given_of(tiers(**ADDING), once, always)) == ["b", "regulars"]


def test_a_tier_that_is_kept_is_summed_and_only_a_higher_one_is_promised() -> None:
    lost = TierStanding("regulars", "Silver", 10_000_00, NOW, NOW, "person")
    known = Known(birth_date="--06-03", standings=(lost,))
    made = given_of(tiers(downgrade="never", **ADDING), birthday(), known=known)
    assert sentence(made.proof) == "17 %: 7 % as Silver and 10 % for your birthday."
    assert next_step(made.proof) == f"14,000.00{NBSP}₴ more gives 20 %."
    steps = [
        {"threshold": 1, "percent": 5, "level": "A"},
        {"threshold": 6_001_00, "percent": 6, "level": "B"},
    ]
    dealers = gift("wholesale", tiers=steps, currency="UAH", counts="largest_order", **ADDING)
    gold = TierStanding("regulars", "Gold", 20_000_00, NOW, NOW, "person")
    known = Known(standings=(gold,), company=True, currency="UAH", largest_order=6_000_00)
    made = given_of(tiers(downgrade="never", **ADDING), dealers, known=known)
    assert (made.percent, next_step(made.proof)) == (1500, f"An order of 6,001.00{NBSP}₴ gives 16 %.")


def test_a_welcome_and_a_season_are_summed_for_the_first_order() -> None:
    made = given_of(welcome(**ADDING), season("sale", 5, **ADDING), net=0, welcome=True)
    assert (made.percent, names(made), made.proof.programme.orders) == (1500, ["welcome", "sale"], 1)
    assert sentence(made.proof) == "15 %: 10 % to welcome you and 5 % (sale)."
    assert terms(made.proof) == "It works for 1 order."


@pytest.mark.parametrize(
    ("language", "said", "more"),
    [
        ("en", "15 %: 5 % as Bronze and 10 % for your birthday.", "4,000.00_₴ more gives 17 %."),
        (
            "uk",
            "15 %: 5 % на рівні «Bronze» і 10 % до вашого дня народження.",
            "Ще 4_000,00_₴ – і знижка буде 17 %.",
        ),
        (
            "ru",
            "15 %: 5 % на уровне «Bronze» и 10 % ко дню вашего рождения.",
            "Ещё 4_000,00_₴ – и скидка будет 17 %.",
        ),
        ("de", "15 %: 5 % als Bronze und 10 % zu Ihrem Geburtstag.", "Für weitere 4.000,00_₴ gibt es 17 %."),
    ],
)
def test_the_shopper_reads_what_was_summed_and_what_gives_more_in_all(
    language: str, said: str, more: str
) -> None:
    proof = given_of(tiers(**ADDING), birthday()).proof
    assert sentence(proof, language=language) == said.replace("_", NBSP)
    assert next_step(proof, language=language) == more.replace("_", NBSP)


def test_a_cap_that_holds_is_told_and_nothing_more_is_promised_that_it_takes_away() -> None:
    made = given_of(tiers(**ADDING), birthday(cap="12.5"))
    assert (
        sentence(made.proof)
        == "12.5 %, the most that is given together: 5 % as Bronze and 10 % for your birthday."
    )
    assert reason(made.proof) == (
        "12.5 % together, of 12.5 % at most. 10 % for the birthday. "
        f"5 %: bought for 6,000.00{NBSP}₴ in all shops."
    )
    assert next_step(made.proof) == ""


def test_the_next_step_of_a_sum_stops_at_its_cap() -> None:
    made = given_of(tiers(**ADDING), birthday(cap="16.25"))
    assert (made.percent, next_step(made.proof)) == (1500, f"4,000.00{NBSP}₴ more gives 16.25 %.")
    dealers = gift(
        "wholesale", tiers=tiers().model_dump()["tiers"], currency="UAH", counts="largest_order", **ADDING
    )
    known = Known(birth_date="--06-03", company=True, currency="UAH", largest_order=6_000_00)
    made = given_of(dealers, birthday(), known=known)
    assert (made.percent, next_step(made.proof)) == (1500, f"An order of 10,000.00{NBSP}₴ gives 17 %.")
    # What is bought in several orders makes no order larger.
    made = given_of(tiers(**ADDING), dealers, known=known)
    assert (made.percent, next_step(made.proof)) == (1000, f"4,000.00{NBSP}₴ more gives 12 %.")


def test_what_cannot_be_decided_holds_what_it_might_have_been_added_to() -> None:
    euro = tiers(key="euro", currency="EUR", priority=-1, **ADDING)
    assert given_of(euro, birthday()).held is not None
    for free in (
        given_of(tiers(key="euro", currency="EUR", priority=-1), birthday()),
        given_of(euro, birthday(goods={"categories": ["Tea"]}, priority=1)),
        given_of(euro.model_copy(update={"group": "one"}), birthday(group="one")),
        given_of(tiers(key="euro", currency="EUR", priority=-1, adds=True, cap=10), birthday()),
    ):
        assert (free.held, free.percent) == (None, 1000)
    outdone = (euro.model_copy(update={"group": "one"}), birthday(group="one"), season("sale", 5, **ADDING))
    assert (given_of(*outdone).held, given_of(*outdone).percent) == (None, 1500)
    excluding = tiers(key="euro", currency="EUR", priority=-1, group="one")
    sum_ = (birthday(), season("sale", 5, **ADDING, group="one", priority=-2))
    assert given_of(*sum_).percent == 1500
    assert given_of(excluding, *sum_).held is not None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"adds": True}, "cap: is missing; say up to how many percent in all it is added, like cap = 20"),
        ({"cap": 20}, "cap: is for programmes that are added to others; add adds = true, or remove it"),
        ({"adds": True, "cap": 120}, "cap: 120 % is no discount; give more than 0 and at most 100"),
        (
            {"adds": True, "cap": 9},
            "cap: 9.00 % in all is less than the 10.00 % it gives by itself; give more",
        ),
        ({"adds": "yes", "cap": 20}, "adds: must be true or false"),
        ({"group": ""}, "group: is empty; fill it in"),
        ({"adds": True, "cap": 20, "percent": None}, "percent: is not a number; write it like 7 or 7.5"),
    ],
)
def test_what_cannot_be_added_is_refused_in_words(changes: dict[str, Any], said: str) -> None:
    assert said in refused("birthday", **{"percent": 10, **changes})


def test_amounts_are_never_added() -> None:
    said = "adds: only percents are added up, never amounts; give a percent, or remove adds"
    assert "percent: is missing; add it, or an amount" in refused("birthday", adds=True, cap=20)
    assert said in refused("birthday", amount=100, currency="UAH", adds=True, cap=20)
    with pytest.raises(Exception, match="never amounts"):
        amounts(adds=True, cap=20)
    with pytest.raises(Exception, match=r"less than the 10\.00 % it gives"):
        tiers(adds=True, cap=9)


def test_a_sum_is_told_anew_with_its_words_and_kept_while_all_of_its_programmes_stand(world: World) -> None:
    account = world.account("ann", birth_date="--06-03")
    world.person("ann", birth_date="--06-03")
    world.order(account, 6_000_00)
    for each in (tiers(**ADDING), birthday()):
        world.programme(each)
    world.compute("ann")
    assert world.percent("ann") == 1500
    world.clean()
    copper = [{"threshold": "5000.00", "percent": "5", "level": "Copper"}]
    world.programme(tiers(tiers=copper, **ADDING))
    world.compute("ann")
    assert (world.percent("ann"), world.dirty()) == (1500, {"ann"})
    world.programme(tiers(key="euro", currency="EUR", **ADDING))
    world.compute("ann")
    assert (world.percent("ann"), world.offer("ann").held is not None) == (1500, True)
    with world.store.write() as connection:
        disable_programme(connection, "regulars", who="owner", now=NOW)
    world.compute("ann")
    assert (world.percent("ann"), world.offer("ann").held is not None) == (0, True)


def test_a_use_of_a_sum_is_one_of_each_of_its_programmes(world: World) -> None:
    account = world.account("ann")
    order = world.order(account, 6_000_00)
    once, twice = season("once", 6, **ADDING, orders=1), season("twice", 4, **ADDING, orders=2)
    for each in (tiers(**ADDING), once, twice):
        world.programme(each)
    given = []
    for leading, added in (("once", ["twice", "regulars"]), ("twice", ["regulars"]), ("", [])):
        world.compute("ann")
        given.append((world.percent("ann"), world.offer("ann").programme_key))
        if leading:
            held = world.grant(account, programme=leading)
            world.change(tables.grant, held, added=added)
            used = {"order_id": f"{order}{leading}", "at": NOW, "currency": "UAH"}
            world._insert(tables.grant_use, grant_id=held, **used)
    assert given == [(1500, "once"), (900, "twice"), (500, "regulars")]


@st.composite
def programmes(draw: st.DrawFn) -> list[Programme]:
    """Seasons and ladders, alone or added, with caps, groups, priorities and terms."""
    made: list[Programme] = []
    for number in range(draw(st.integers(1, 5))):
        percent = draw(st.integers(1, 30))
        more: dict[str, Any] = {"priority": draw(st.sampled_from([0, 0, 0, 1])), "key": f"p{number}"}
        if draw(st.sampled_from([True, True, True, False])):
            more |= {"adds": True, "cap": draw(st.integers(percent, 40))}
        if draw(st.booleans()):
            more["group"] = draw(st.sampled_from(["a", "b"]))
        if draw(st.sampled_from([True, False, False, False])):
            more["goods"] = {"categories": ["Tea"]}
        more["orders"] = draw(st.sampled_from([None, None, 1, 3]))
        made.append(_ladder(draw, percent, more) if draw(st.booleans()) else season(percent=percent, **more))
    return made


def _ladder(draw: st.DrawFn, percent: int, more: dict[str, Any]) -> Programme:
    kind, counts = draw(st.sampled_from([("tier", {}), ("wholesale", {"counts": "largest_order"})]))
    steps = [{"threshold": draw(st.integers(1, 99)) * 100, "percent": percent, "level": "One"}]
    top = draw(st.integers(percent, int(more.get("cap", 40))))
    if top > percent:
        steps.append(
            {
                "threshold": steps[0]["threshold"] + draw(st.integers(1, 99)) * 100,
                "percent": top,
                "level": "Two",
            }
        )
    return gift(kind, **{"currency": "UAH", "tiers": steps, **more, **counts})


def told(drawn: list[Programme], net: int, largest: int) -> Decision:
    known = Known(company=True, currency="UAH", largest_order=largest, spent_365d=net)
    return given_of(*drawn, net=net, known=known)


def best_of_all_subsets(drawn: list[Programme], net: int, largest: int) -> tuple[int, int, bool]:
    """(-priority, terms, percent) of the best, found by looking at every set of programmes there is."""
    alone = [(each, told([each], net, largest).percent) for each in drawn]
    giving = [(each, percent) for each, percent in alone if percent]
    top = {
        each.group: max(one.priority for one, _ in giving if one.group == each.group) for each, _ in giving
    }
    counting = [
        (each, percent) for each, percent in giving if each.group is None or each.priority == top[each.group]
    ]
    found = [(-each.priority, each.goods is not None, -percent) for each, percent in counting]
    adding = [(each, percent) for each, percent in counting if each.adds]
    for size in range(2, len(adding) + 1):
        for some in combinations(adding, size):
            groups = [each.group for each, _ in some if each.group is not None]
            if len({each.goods for each, _ in some}) == 1 and len(set(groups)) == len(groups):
                value = min(sum(percent for _, percent in some), *(int(each.cap * 100) for each, _ in some))
                found.append((-max(each.priority for each, _ in some), some[0][0].goods is not None, -value))
    return min(found, default=(0, False, 0))


@given(programmes(), st.integers(0, 150), st.integers(0, 150), st.data())
def test_the_best_of_all_that_may_be_is_given_whatever_their_order(
    drawn: list[Programme], net: int, largest: int, data: st.DataObject
) -> None:
    net, largest = net * 100, largest * 100
    made = told(drawn, net, largest)
    due = best_of_all_subsets(drawn, net, largest)
    assert made.percent == -due[2]
    parts = made.proof.parts
    caps = [each.cap for each in parts if each.cap is not None]
    assert made.percent <= min([10_000, *caps])
    rules = {each.key: each for each in drawn}
    groups = [rules[each.programme.key].group for each in parts if rules[each.programme.key].group]
    assert len(set(groups)) == len(groups)
    assert told(data.draw(st.permutations(drawn)), net, largest) == made
    every = {each.key for each in drawn} == {each.programme.key for each in parts}
    if len(parts) > 1 and len({each.priority for each in drawn}) == 1:
        _promise_holds(made, drawn, net, largest, exactly=every)


def _promise_holds(made: Decision, drawn: list[Programme], net: int, largest: int, *, exactly: bool) -> None:
    """Who buys what the next step asks for gets what it says; to the cent where no other is there."""
    step = sum_step(made.proof)
    if step is None:
        return
    order = max(largest, step.bought) if step.in_one_order else largest
    then = told(drawn, net + step.bought, order).percent
    assert then >= step.percent > made.percent
    if exactly and step.percent < min(each.cap or 0 for each in made.proof.parts):
        assert then == step.percent
        short = max(largest, step.bought - 1) if step.in_one_order else largest
        assert told(drawn, net + step.bought - 1, short).percent == made.percent


@given(programmes(), st.integers(0, 150))
def test_a_further_programme_of_no_higher_priority_never_lowers_what_is_given(
    drawn: list[Programme], net: int
) -> None:
    drawn = [each.model_copy(update={"goods": None}) for each in drawn]
    further = drawn[-1].model_copy(update={"priority": min(each.priority for each in drawn)})
    before = told([season("none", 1, priority=-1), *drawn[:-1]], net * 100, 0).percent
    assert told([season("none", 1, priority=-1), *drawn[:-1], further], net * 100, 0).percent >= before


@given(programmes(), st.integers(1, 150), st.integers(1, 40))
def test_where_something_is_given_for_want_of_a_rate_that_rate_would_have_changed_nothing(
    drawn: list[Programme], net: int, percent: int
) -> None:
    euro, *others = (each for each in drawn)
    terms = {name: getattr(euro, name) for name in ("priority", "adds", "cap", "group", "orders")}
    goods = {"goods": {"categories": ["Tea"]}} if euro.goods else {}
    percent = min(percent, int(euro.cap or 40))
    steps = [{"threshold": 1, "percent": percent, "level": "One"}]
    without_rate = gift("tier", key="p0", currency="EUR", tiers=steps, **terms, **goods)
    made = told([without_rate, *others], net * 100, 0)
    if made.held is None:
        rated = told([season("p0", percent, **terms, **goods), *others], net * 100, 0)
        assert rated.percent == made.percent


STACKS = {
    "capped": given_of(tiers(**ADDING), birthday(cap="12.5")).proof,
    "three": given_of(tiers(adds=True, cap=30), birthday(cap=30), season("sale", 5, adds=True, cap=30)).proof,
}
_FREE = {"version", "rule", "orders", "first_day", "last_day", "before", "after"}
"""Figures that others do not follow from, or the days': theirs are looked at where gifts are."""


def figures(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    inner = [one for key, value in items for one in figures(value, (*path, key))]
    return [*inner, path] if isinstance(node, int) and not isinstance(node, bool) else inner


@pytest.mark.parametrize("name", [*STACKS])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_hundredth_anywhere_in_a_sum_is_caught_under_new_checksums_too(name: str, by: int) -> None:
    proof = STACKS[name]
    smallest = min(each.cap or 0 for each in proof.parts)
    for path in figures(proof.document()):
        document = proof.document()
        node: Any = document
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] += by
        assert verify_proof(Proof.model_validate(document)), path
        unbound = path[-1] == "cap" and (node["cap"] - by > smallest or name == "three")
        if _FREE & {*path} or unbound or path[-3:] == ("tiers", 2, "percent"):
            continue
        assert verify_proof(resealed(document)), path


def resealed(document: dict[str, Any]) -> Proof:
    proof = Proof.model_validate(document)
    added = tuple(sealed(each)[0] for each in proof.added)
    return sealed(proof.model_copy(update={"added": added}))[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"added": ()}, "nothing is added, yet a part of 1000 and a cap of 3000 are named"),
        ({"added": STACKS["three"].added * 2}, "a programme is added to itself"),
        ({"added": (STACKS["three"],)}, "birthday is added and adds others itself"),
        ({"cap": None}, "something is added that names no cap"),
        ({"cap": 900, "percent": 900}, "a cap of 900 is none for 1000 hundredths"),
        ({"cap": 10_001}, "a cap of 10001 is none for 1000 hundredths"),
        ({"amount": 1}, "something is added that is no percent"),
        ({"scope": "account"}, "what is added counts other purchases"),
        ({"own": 2000, "percent": 2000}, "the sum is 3000 hundredths, not 2000"),
        ({"percent": 500}, "something is added that gives nothing, or to which nothing is added"),
    ],
)
def test_each_contradiction_of_a_sum_is_named(changes: dict[str, Any], said: str) -> None:
    assert said in verify_proof(sealed(STACKS["three"].model_copy(update=changes))[0])


def test_other_terms_and_another_leader_are_named() -> None:
    proof = STACKS["three"]
    leader, *others = proof.parts
    first = others[0].model_copy(
        update={"own": others[0].percent, "added": (leader, *others[1:]), "percent": 2000}
    )
    assert "the programme for the fewest orders does not lead" in verify_proof(sealed(first)[0])
    goods = given_of(birthday(goods={"categories": ["Tea"]})).proof
    least = given_of(season("least", 5, minimum=1, currency="UAH")).proof
    for other, said in (
        (goods, "what is added is for other goods"),
        (least, "what is added is for other orders"),
    ):
        mixed = proof.model_copy(update={"added": (*proof.added, other.model_copy(update={"cap": 3000}))})
        assert said in verify_proof(sealed(mixed)[0])
