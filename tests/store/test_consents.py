"""The ledger of consents: shops' words land in it, once each, and nothing in it is ever overwritten."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from regulars_mapping import ConsentWord
from regulars_store import Observed, Store, add_consents, consents_of, erasing, tables
from shop_objects import Counter, contact, customer, day, open_counter

GRANTED = ConsentWord(kind="email", address="Ann@Example.com", state="granted", at=day(1), how="single")
WITHDRAWN = GRANTED.model_copy(update={"state": "withdrawn", "at": day(5)})
TEXTS = ConsentWord(kind="phone", address="050 111 22 33", state="granted", at=day(2))


def ann(changed: float, *words: ConsentWord, **fields: Any) -> Observed:
    return customer("7", changed, contact=contact("ann", country="UA"), consents=words, **fields)


@pytest.fixture
def counter(store: Store) -> Counter:
    return open_counter(store)


def told(counter: Counter) -> list[tuple[str, str, str, datetime]]:
    rows = counter.rows(tables.consent)
    return sorted((row["address_folded"], row["state"], row["source"], row["at"]) for row in rows)


def test_a_shops_word_is_written_once_however_often_its_customer_lands(counter: Counter) -> None:
    counter.land(ann(1, GRANTED, TEXTS))
    counter.land(ann(2, GRANTED, TEXTS, role="vip"))
    counter.land(ann(2, GRANTED, TEXTS, role="vip"), via="read")
    source = f"shop:{counter.shop.id}"
    first = [("+380501112233", "granted", source, day(2)), ("ann@example.com", "granted", source, day(1))]
    assert told(counter) == first
    row = counter.row(tables.consent, address_kind="email")
    assert (row["purpose"], row["evidence"], row["who"]) == ("marketing", {"how": "single"}, "shop main")
    counter.land(ann(6, WITHDRAWN, TEXTS))
    assert told(counter) == [*first, ("ann@example.com", "withdrawn", source, day(5))]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_ledger_is_the_same_whatever_order_versions_arrive_in(
    counter: Counter, order: tuple[int, ...]
) -> None:
    versions = (ann(1, GRANTED), ann(3, GRANTED, TEXTS), ann(6, WITHDRAWN, TEXTS))
    for number in order:
        counter.land(versions[number])
    assert [state for _, state, _, _ in told(counter)] == ["granted", "granted", "withdrawn"]


def test_what_has_no_address_is_no_word_and_what_has_no_date_gives_as_little_as_it_can(
    counter: Counter,
) -> None:
    nowhere = GRANTED.model_copy(update={"address": "nobody"})
    undated = [one.model_copy(update={"at": None}) for one in (GRANTED, WITHDRAWN)]
    counter.land(ann(9, nowhere, *undated))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [(state, at) for _, state, _, at in told(counter)] == [("granted", epoch), ("withdrawn", day(9))]


def test_the_same_word_again_is_none_and_another_one_is(counter: Counter) -> None:
    word = {
        "account_id": "", "address_kind": "email", "address_folded": "zoe@example.com", "purpose": "news",
        "state": "granted", "source": "form", "at": day(1), "evidence": {}, "who": "Iryna",
    }  # fmt: skip
    with counter.store.write() as connection:
        assert [add_consents(connection, [word, word]), add_consents(connection, [word])] == [1, 0]
        assert add_consents(connection, [word | {"at": day(2)}, word | {"purpose": "tea"}]) == 2
        found = consents_of(connection, addresses=["zoe@example.com"])
    assert [row["at"] for row in found] == [day(2), day(1), day(1)]


def test_an_erased_persons_words_keep_when_and_lose_where(counter: Counter) -> None:
    counter.land(ann(6, GRANTED, WITHDRAWN, TEXTS), customer("8", consents=(GRANTED,)))
    mine, token = f"{counter.shop.id}:7", "a" * 20
    with counter.store.write() as connection:
        erasing.mask_consents(connection, [mine], email=lambda _: f"{token}.1@erased.invalid", token=token)
        rows = consents_of(connection, accounts=[mine])
    masked = f"{token}.1@erased.invalid"
    assert [(row["address_folded"], row["at"]) for row in rows] == [
        (masked, day(5)), (token, day(2)), (masked, day(1)),
    ]  # fmt: skip
    assert {str(row["evidence"]) for row in rows} == {"{}"}
    other = counter.row(tables.consent, account_id=f"{counter.shop.id}:8")
    assert other["address_folded"] == "ann@example.com"
