"""Amounts: which programme is chosen, in which shops, with what proof, and what is read of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchases import NOW, World, amounts, fact, proof_of, stored, tiers, welcome
from regulars_mapping import Money
from regulars_marketing import (
    LANGUAGES,
    Decision,
    Programme,
    Proof,
    confirmation,
    decide,
    next_step,
    reason,
    sentence,
    terms,
    verify_proof,
)
from regulars_marketing._proof import sealed
from regulars_store import tables

NBSP = "\u00a0"
GOODS = {"categories": ["Coffee"]}
SILVER = fact(10_000_00)


def chosen(*programmes: Programme, facts: Any = (SILVER,), currency: str | None = "UAH") -> Decision:
    known = [stored(each) for each in programmes]
    made = decide(list(facts), known, "tea", NOW, currency=currency, welcome=True)
    assert made is not None
    return made


def test_an_amount_is_given_in_minor_units_of_its_currency_and_no_percent_beside_it() -> None:
    made = chosen(amounts())
    assert (made.percent, made.amount, made.currency, made.level) == (0, 100_00, "UAH", "Silver")
    assert (made.proof.percent, made.proof.amount) == (0, 100_00)
    greeted = chosen(welcome(amount="30.00", currency="UAH"), facts=())
    assert (greeted.percent, greeted.amount, greeted.currency) == (0, 30_00, "UAH")


def test_below_the_first_tier_there_is_no_amount_yet() -> None:
    made = chosen(amounts(), facts=(fact(1),))
    assert (made.percent, made.amount, made.currency, made.proof.amount) == (0, None, None, 0)


@pytest.mark.parametrize("currency", ["EUR", None])
def test_sums_stand_only_in_shops_of_their_own_currency(currency: str | None) -> None:
    for programme in (amounts(), tiers(minimum="500"), welcome(amount=1, currency="UAH")):
        assert decide([], [stored(programme)], "tea", NOW, currency=currency, welcome=True) is None
        assert decide([], [stored(programme)], "tea", NOW, currency="UAH", welcome=True) is not None
    assert chosen(amounts(key="a"), tiers(key="b"), currency=currency).programme_key == "b"


@pytest.mark.parametrize(
    ("programmes", "key"),
    [
        ([tiers(key="a"), tiers(key="b", priority=1)], "b"),
        ([tiers(key="a"), amounts(key="b", goods=GOODS, priority=1)], "b"),
        ([tiers(key="a", goods=GOODS), tiers(key="b")], "b"),
        ([tiers(key="a", minimum=1), tiers(key="b")], "b"),
        ([tiers(key="a", orders=2), tiers(key="b")], "a"),
        ([amounts(key="a"), tiers(key="b")], "b"),
        ([amounts(key="a"), tiers(key="b", goods=GOODS)], "a"),
        ([amounts(key="a"), amounts(key="b", tiers=[{"threshold": 1, "amount": 100_01, "level": "B"}])], "b"),
        ([amounts(key="b"), amounts(key="a")], "a"),
        # What gives nothing stands behind whatever gives something.
        (
            [tiers(key="a", priority=9, tiers=[{"threshold": 10**9, "percent": 1, "level": "A"}]), amounts()],
            "regulars",
        ),
    ],
)
def test_of_several_one_is_chosen_by_priority_conditions_kind_height_and_key(
    programmes: list[Programme], key: str
) -> None:
    assert chosen(*programmes).programme_key == key
    assert chosen(*reversed(programmes)).programme_key == key


def test_what_could_not_win_anyhow_holds_nothing() -> None:
    euro = {"key": "euro", "currency": "EUR"}
    for behind in (tiers(**euro, priority=-1), tiers(**euro, goods=GOODS)):
        made = chosen(tiers(), behind)
        assert (made.programme_key, made.held) == ("regulars", None)
        assert chosen(tiers(priority=-2), behind, facts=(fact(1),)).held is not None
    assert chosen(tiers(), tiers(**euro, priority=1)).held is not None


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    count = draw(st.integers(1, 4))
    several = {"min_size": count, "max_size": count, "unique": True}
    gives = draw(st.sampled_from(["percent", "amount"]))
    rising = zip(
        sorted(draw(st.lists(st.integers(1, 30_000_00), **several))),
        sorted(draw(st.lists(st.integers(1, 100), **several))),
        strict=True,
    )
    steps = [{"threshold": low, gives: high, "level": f"Level {low}"} for low, high in rising]
    words = st.lists(st.sampled_from(["Coffee", "Tea", "SKU-1"]), min_size=1, max_size=3)
    return tiers(
        tiers=steps,
        goods=draw(
            st.none() | st.fixed_dictionaries({"categories": words}, optional={"reduced": st.booleans()})
        ),
        minimum=draw(st.none() | st.integers(1, 10**9)),
        orders=draw(st.none() | st.integers(1, 1000)),
    )


def figures(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from figures(value, (*path, key))
    if isinstance(node, int) and not isinstance(node, bool):
        yield path


def planted(proof: Proof, path: tuple[Any, ...], by: int) -> Proof:
    document = proof.document()
    node: Any = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] += by
    return Proof.model_validate(document)


@given(programmes(), st.integers(0, 30_000_00), st.data())
def test_every_proof_holds_and_one_minor_unit_off_is_caught(
    programme: Programme, net: int, data: st.DataObject
) -> None:
    proof = proof_of(fact(net), programme=programme)
    assert verify_proof(proof) == []
    assert verify_proof(Proof.model_validate_json(proof.model_dump_json())) == []
    path = data.draw(st.sampled_from(list(figures(proof.document()))))
    forged = planted(proof, path, data.draw(st.sampled_from([-1, 1])))
    assert verify_proof(forged)
    if path[0] in {"amount", "counted", "percent", "steps", "reached", "next_step"}:
        assert verify_proof(sealed(forged)[0])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"amount": 100_01}, "the amount is 10000, not 10001"),
        ({"percent": 100}, "the percent is 0 hundredths, not 100"),
        ({"amount": 0}, "the amount is 10000, not 0"),
    ],
)
def test_a_wrong_gift_is_named(changes: dict[str, Any], fault: str) -> None:
    forged = sealed(proof_of(SILVER, programme=amounts()).model_copy(update=changes))[0]
    assert fault in verify_proof(forged)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("orders",), 0, "the programme is for a number of orders that no programme may have"),
        (("minimum",), 0, "the programme serves orders from a sum on that no programme may have"),
        (("goods", "categories"), [], "the programme is bound to goods and names none"),
        (("goods", "products"), ["A"] * 101, "the programme names more goods than a programme may"),
        (
            ("tiers", 0, "percent"),
            5,
            "a tier has a percent, an amount or a threshold that no programme may have",
        ),
    ],
)
def test_terms_that_no_programme_may_have_are_named(path: tuple[Any, ...], value: Any, fault: str) -> None:
    document = proof_of(SILVER, programme=amounts(goods=GOODS, minimum=1, orders=2)).document()
    node: Any = document["programme"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    assert fault in verify_proof(sealed(Proof.model_validate(document))[0])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"orders": 2}, "a welcome is for one order, not 2"),
        ({"currency": None}, "the welcome has an amount in no currency"),
        ({"amount": 0}, "the welcome has a percent or an amount that no programme may have"),
    ],
)
def test_a_welcome_s_terms_that_no_programme_may_have_are_named(changes: dict[str, Any], fault: str) -> None:
    document = proof_of(programme=welcome(amount="30.00", currency="UAH")).document()
    document["programme"] |= changes
    assert fault in verify_proof(sealed(Proof.model_validate(document))[0])


@pytest.mark.parametrize(
    ("language", "said", "more", "known", "staff"),
    [
        (
            "en",
            "100.00_₴ off as Silver, because you bought for 10,000.00_₴ in our shops.",
            "10,000.00_₴ more gives 250.00_₴ off.",
            "Your discount is 100.00_₴.",
            "100.00_₴ off: bought for 10,000.00_₴ in all shops.",
        ),
        (
            "uk",
            "100,00_₴ знижки на рівні «Silver», бо ви купили на 10_000,00_₴ у наших магазинах.",
            "Ще 10_000,00_₴ – і знижка буде 250,00_₴.",
            "Ваша знижка – 100,00_₴.",
            "100,00_₴ знижки: куплено на 10_000,00_₴ у всіх магазинах.",
        ),
        (
            "ru",
            "100,00_₴ скидки на уровне «Silver», потому что вы купили на 10_000,00_₴ в наших магазинах.",
            "Ещё 10_000,00_₴ – и скидка будет 250,00_₴.",
            "Ваша скидка – 100,00_₴.",
            "100,00_₴ скидки: куплено на 10_000,00_₴ во всех магазинах.",
        ),
        (
            "de",
            "100,00_₴ Rabatt als Silver, weil Sie in unseren Shops für 10.000,00_₴ eingekauft haben.",
            "Für weitere 10.000,00_₴ gibt es 250,00_₴ Rabatt.",
            "Ihr Rabatt beträgt 100,00_₴.",
            "100,00_₴ Rabatt: in allen Läden für 10.000,00_₴ gekauft.",
        ),
    ],
)
def test_an_amount_in_each_language(language: str, said: str, more: str, known: str, staff: str) -> None:
    proof = proof_of(SILVER, programme=amounts())
    read = (
        sentence(proof, language=language),
        next_step(proof, language=language),
        confirmation(Money(100_00, "UAH"), language=language),
        reason(proof, language=language),
    )
    assert [text.replace(NBSP, "_") for text in read] == [said, more, known, staff]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "30.00_₴ off to welcome you: it works for one order."),
        ("uk", "Вітальна знижка 30,00_₴: діє на одне замовлення."),
        ("ru", "Приветственная скидка 30,00_₴: действует на один заказ."),
        ("de", "30,00_₴ Rabatt zur Begrüßung: gültig für eine Bestellung."),
    ],
)
def test_a_welcome_of_an_amount_in_each_language(language: str, said: str) -> None:
    proof = proof_of(programme=welcome(amount="30.00", currency="UAH"))
    assert sentence(proof, language=language).replace(NBSP, "_") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "Only on: Coffee, SKU-1. Not on: Gifts. Not on goods that are already reduced. "
                "For orders of 500.00_₴ or more. It works for 3 orders."
            ),
        ),
        (
            "uk",
            (
                "Лише на: Coffee, SKU-1. Не діє на: Gifts. Не діє на товари, які вже зі знижкою. "
                "Для замовлень від 500,00_₴. Діє на 3 замовлення."
            ),
        ),
        (
            "ru",
            (
                "Только на: Coffee, SKU-1. Не действует на: Gifts. "
                "Не действует на товары, которые уже со скидкой. "
                "Для заказов от 500,00_₴. Действует на 3 заказа."
            ),
        ),
        (
            "de",
            (
                "Nur auf: Coffee, SKU-1. Nicht auf: Gifts. Nicht auf bereits reduzierte Ware. "
                "Für Bestellungen ab 500,00_₴. Gültig für 3 Bestellungen."
            ),
        ),
    ],
)
def test_the_terms_in_words_in_each_language(language: str, said: str) -> None:
    goods = {
        "products": ["SKU-1"],
        "categories": ["Coffee"],
        "except_categories": ["Gifts"],
        "reduced": False,
    }
    proof = proof_of(SILVER, programme=tiers(goods=goods, minimum="500", orders=3))
    assert terms(proof, language=language).replace(NBSP, "_") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1 order.", "2 orders.", "5 orders.", "21 orders."]),
        ("uk", ["1 замовлення.", "2 замовлення.", "5 замовлень.", "21 замовлення."]),
        ("ru", ["1 заказ.", "2 заказа.", "5 заказов.", "21 заказ."]),
        ("de", ["1 Bestellung.", "2 Bestellungen.", "5 Bestellungen.", "21 Bestellungen."]),
    ],
)
def test_a_number_of_orders_takes_its_own_plural(language: str, said: list[str]) -> None:
    proofs = [proof_of(SILVER, programme=tiers(orders=orders)) for orders in (1, 2, 5, 21)]
    for proof, ending in zip(proofs, said, strict=True):
        assert terms(proof, language=language).endswith(ending)


def test_many_goods_are_counted_after_the_first() -> None:
    words = [f"SKU-{number}" for number in range(12)]
    said = terms(proof_of(SILVER, programme=tiers(goods={"products": words})))
    assert said == "Only on: SKU-0, SKU-1, SKU-2, SKU-3, SKU-4, SKU-5, SKU-6, SKU-7 and 4 more."


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_terms_and_without_a_discount_nothing_is_said_of_them(language: str) -> None:
    assert terms(proof_of(SILVER), language=language) == ""
    assert terms(proof_of(programme=welcome()), language=language) == ""
    assert terms(proof_of(fact(1), programme=tiers(orders=3)), language=language) == ""


def test_an_amount_is_stored_and_a_change_of_terms_is_told(world: World) -> None:
    account = world.account("ann")
    world.order(account, 12_000_00)
    world.programme(amounts())
    world.compute("ann")
    row = world.offers()[account]
    assert (row.percent, row.amount, row.currency) == (0, 100_00, "UAH")
    for terms_of_it in ({"goods": GOODS}, {"minimum": "500"}, {"orders": 2}):
        world.clean()
        world.programme(amounts(**terms_of_it))
        world.compute("ann")
        assert world.dirty() == {"ann"}
    world.clean()
    world.programme(tiers())
    world.compute("ann")
    row = world.offers()[account]
    assert (row.percent, row.amount, row.currency, world.dirty()) == (700, None, None, {"ann"})


def test_a_held_account_keeps_the_amount_it_had(world: World) -> None:
    account = world.account("ann")
    world.order(account, 12_000_00)
    world.programme(amounts())
    world.compute("ann")
    world.order(account, 1_00, currency="EUR")
    world.compute("ann")
    row = world.offers()[account]
    assert (row.amount, row.held is not None) == (100_00, True)
    world.change(tables.shop, 1, currency="EUR")
    world.compute("ann")
    assert account not in world.offers()
