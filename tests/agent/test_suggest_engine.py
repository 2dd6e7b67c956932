"""Comparing accounts: who is suggested, who is not, and what bounds it."""

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from regulars_agent._suggest_blocking import RULES, Bounds
from regulars_agent._suggest_comparisons import TRAITS
from regulars_agent._suggest_engine import Limits, Scoring, _scratch, score
from regulars_agent._suggest_fields import Described, columns_of, with_places
from suggest_world import crowd, person

WIDE = Limits(longest=1_000, share=1.0)
HANNA = Described(
    id="1:1",
    person="p1",
    given_name="Hanna",
    family_name="Shcherbak",
    email="hanna@example.com",
    phone="+380501112233",
    line1="Sadova 7, 12",
    city="Lviv",
    postcode="79000",
)


def pairs(found: Scoring) -> list[tuple[str, str]]:
    return [(one.a, one.b) for one in found.pairs]


def other(**said: str) -> Described:
    """Hanna's home under another account, with an e-mail and a phone of its own."""
    apart = {"email": "x17@example.org", "phone": "+380671234567"}
    return replace(HANNA, id="2:9", person="p9", **{**apart, **said})


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"given_name": "Ганна", "family_name": "Щербак", "city": "Львів", "line1": "вул. Садова, 7, кв. 12"},
        {"given_name": "Shcherbak", "family_name": "Hanna"},
        {"family_name": "Shcherbka"},
        {"given_name": "Аня"},
        {"given_name": "H."},
        {"given_name": "Hanna Shcherbak", "family_name": ""},
        {"postcode": "79-000", "line1": "SADOVA str. 7"},
    ],
)
def test_one_human_with_two_e_mails_is_suggested_however_the_name_is_written(said: dict[str, str]) -> None:
    crowded = [person(number, random.Random(number)) for number in range(2, 60)]
    assert ("1:1", "2:9") in pairs(score([HANNA, other(**said), *crowded], limits=WIDE))


@pytest.mark.parametrize(
    "said",
    [
        {"given_name": "Petro"},
        {"given_name": "Petro", "phone": "+380501112233"},
        {"given_name": "Petro", "family_name": "Moroz"},
    ],
)
def test_people_of_one_household_are_not_suggested(said: dict[str, str]) -> None:
    crowded = [person(number, random.Random(number)) for number in range(2, 60)]
    assert pairs(score([HANNA, other(**said), *crowded], limits=WIDE)) == []


def evidence(one: Described, other: Described) -> dict[str, tuple[str, float]]:
    """What is found of two accounts, trait by trait, and what it weighs."""
    (found,) = score([one, other], limits=replace(WIDE, least=1e-12)).pairs
    return {step.trait: (step.finding, step.bits) for step in found.evidence}


@pytest.mark.parametrize(
    ("birth_date", "finding", "speaks_for"),
    [
        ("19850412", "same birth date", True),
        ("19850421", "birth dates a digit apart", True),
        ("0412", "same birthday, a year is not known", True),
        ("19620930", "another birth date", False),
        ("0930", "another birth date", False),
    ],
)
def test_birth_dates_are_shown_to_the_reviewer_and_weighed(
    birth_date: str, finding: str, speaks_for: bool
) -> None:
    born = replace(HANNA, birth_date="19850412")
    found, bits = evidence(born, other(birth_date=birth_date))["birth date"]
    assert (found, bits > 0) == (finding, speaks_for)


def test_a_household_is_told_by_its_given_names_and_that_is_shown() -> None:
    found, bits = evidence(HANNA, other(given_name="Petro", phone=HANNA.phone))["family"]
    assert found == "another given name at one phone and door, as in a family"
    assert bits <= -40
    assert "family" not in evidence(HANNA, other(given_name="Shcherbak", family_name="Hanna"))
    assert "family" in evidence(HANNA, other(given_name="Shcherbak", family_name="Petro"))
    assert "family" in evidence(
        replace(HANNA, given_name="Bohdan"), other(given_name="Bohdana", email="bohdana@example.org")
    )


def test_one_mailbox_in_two_spellings_speaks_for_one_human_and_an_office_s_for_nobody() -> None:
    one = replace(HANNA, email="h.shcherbak@gmail.com")
    same = other(email="hshcherbak+shop@googlemail.com")
    assert evidence(one, same)["e-mail"][0] == "one mailbox, however it is written"
    office = replace(HANNA, email="office@example.com")
    assert "e-mail" not in evidence(office, other(email="office@example.com"))


BRANCH = {"line1": "Нова Пошта, відділення №7", "line2": "", "city": "Львів", "region": "", "postcode": ""}
HOME = {"line1": "вул. Садова, 7, кв. 12", "line2": "", "city": "Львів", "region": "", "postcode": "79000"}


def test_a_post_branch_is_no_home_and_says_less_than_one() -> None:
    nowhere = replace(HANNA, line1="", city="", postcode="")
    both = with_places(nowhere, [BRANCH, HOME])
    assert (both.line1, both.postcode) == (HOME["line1"], HOME["postcode"])
    only = with_places(replace(other(), line1="", city="", postcode=""), [BRANCH])
    assert (only.line1, only.city) == ("", "Львів")
    assert only.branch == both.branch != ""
    found = evidence(both, only)
    assert found["post branch"][0] == "same post branch"
    assert {"street", "house number", "flat"}.isdisjoint(found)


def test_namesakes_in_one_town_are_not_suggested() -> None:
    elsewhere = other(line1="Lisova 88, 3", postcode="79040")
    crowded = [person(number, random.Random(number)) for number in range(2, 60)]
    assert ("1:1", "2:9") not in pairs(score([HANNA, elsewhere, *crowded], limits=WIDE))


@pytest.fixture(scope="module")
def trained() -> Scoring:
    return score(crowd(600, twice=120), limits=WIDE)


def test_a_store_that_is_large_enough_is_learnt_from_and_its_second_accounts_are_found(
    trained: Scoring,
) -> None:
    assert {"name", "street", "postcode", "house number"} <= set(trained.learnt)
    assert {"e-mail", "phone", "birth date"}.isdisjoint(trained.learnt)
    right = [pair for pair in pairs(trained) if pair[0][2:] == pair[1][2:]]
    assert len(right) >= 0.95 * 120
    assert len(right) >= 0.98 * len(trained.pairs)


def test_the_same_accounts_give_the_same_answer_in_any_order(trained: Scoring) -> None:
    shuffled = crowd(600, twice=120)
    random.Random(9).shuffle(shuffled)
    assert score(shuffled, limits=WIDE) == trained


def test_the_weights_of_the_evidence_add_up_to_the_score(trained: Scoring) -> None:
    for one in trained.pairs:
        assert one.prior + sum(step.bits for step in one.evidence) == pytest.approx(one.bits, abs=0.01)
        assert one.probability == pytest.approx(1 / (1 + 2**-one.bits), abs=1e-5)
        assert one.prior == pytest.approx(trained.pairs[0].prior, abs=0.01)


def test_a_small_store_is_weighed_by_the_standard_weights() -> None:
    found = score(crowd(100, twice=40), limits=WIDE)
    assert found.learnt == ()
    assert len([a for a, b in pairs(found) if a[2:] == b[2:]]) >= 36


def test_the_queue_is_cut_at_the_number_and_at_the_share_whichever_is_less(trained: Scoring) -> None:
    accounts = crowd(600, twice=120)
    assert score(accounts, limits=replace(WIDE, longest=7)).pairs == trained.pairs[:7]
    assert score(accounts, limits=replace(WIDE, share=0.01)).pairs == trained.pairs[:7]


def test_two_persons_are_suggested_once_by_their_likeliest_accounts() -> None:
    vague = replace(HANNA, id="1:2", line1="", email="hs@example.com")
    assert pairs(score([HANNA, vague, other()], limits=WIDE)) == [("1:1", "2:9")]


def test_persons_that_a_human_keeps_apart_are_not_suggested_by_any_accounts() -> None:
    vague = replace(HANNA, id="1:2", line1="", email="hs@example.com")
    assert pairs(score([HANNA, vague, other()], limits=WIDE, barred=[("p9", "p1")])) == []


def test_accounts_of_one_person_are_not_suggested() -> None:
    assert (
        pairs(
            score(
                [
                    HANNA,
                    other(email="h2@example.com"),
                ],
                limits=WIDE,
            )
        )
        != []
    )
    assert pairs(score([HANNA, replace(other(), person="p1")], limits=WIDE)) == []


def test_a_block_that_is_too_big_is_left_out_and_named() -> None:
    namesakes = [
        replace(person(number, random.Random(number)), given_name="Test", family_name="Buyer")
        for number in range(150)
    ]
    found = score(namesakes, limits=replace(WIDE, bounds=Bounds(accounts_a_block=100)))
    dropped = {one.rule: one for one in found.dropped}
    assert (dropped["both names"].blocks, dropped["both names"].largest) == (2, 150)
    assert found.compared < 150 * 149 / 2


def test_a_thousand_alike_accounts_are_compared_in_bounded_work() -> None:
    alike = [replace(HANNA, id=f"1:{n}", person=f"p{n}", email=f"e{n}@example.com") for n in range(1_000)]
    found = score(alike, limits=WIDE)
    assert found.compared <= len(RULES) * 5 * 1_000
    assert "both names" in {one.rule for one in found.dropped}


def test_a_post_branch_that_many_share_says_nothing() -> None:
    branch = {"line1": "Nova Poshta 7", "line2": "", "city": "Lviv", "postcode": "79000"}
    crowded = [replace(person(number, random.Random(number)), **branch) for number in range(40)]
    found = score(crowded, limits=replace(WIDE, least=1e-9))
    told = {step.trait for one in found.pairs for step in one.evidence}
    assert told.isdisjoint({"street", "house number"})


def test_nothing_of_anybody_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    score([HANNA, other()], limits=WIDE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud800", "٣٤", "🙂" * 500, "a" * 10_000, "'; DROP TABLE record"]
)
def test_any_text_is_compared(text: str) -> None:
    odd = Described("1:1", "p1", text, text, text, text, text, text, text, text, text, text)
    assert score([odd, replace(odd, id="1:2", person="p2")], limits=WIDE).accounts == 2


def test_no_progress_is_written_into_an_answer_and_memory_and_threads_are_bounded() -> None:
    names = ("enable_progress_bar", "threads", "memory_limit")
    settings = ", ".join(f"current_setting('{name}')" for name in names)
    with _scratch(256) as connection:
        ((bar, threads, memory),) = connection.execute(f"SELECT {settings}").fetchall()
    assert (bar, threads, memory) == (False, 1, "244.1 MiB")


def test_twins_of_another_name_are_left_to_a_human_only_by_their_birth_date() -> None:
    born = replace(HANNA, birth_date="19850412")
    twin = other(given_name="Petro", birth_date="19850412")
    assert pairs(score([born, twin], limits=WIDE)) == [("1:1", "2:9")]
    assert pairs(score([born, replace(twin, birth_date="")], limits=WIDE)) == []


def test_nobody_to_compare_gives_nobody() -> None:
    assert score([], limits=WIDE).pairs == ()
    assert score([HANNA], limits=WIDE).pairs == ()


def test_the_representations_say_nothing_of_anybody() -> None:
    for shown in (repr(HANNA), repr(columns_of(HANNA))):
        assert "1:1" in shown
        assert "anna" not in shown


def test_the_standard_weights_of_every_trait_are_shares() -> None:
    # Of a family it is only known what speaks against one person.
    for trait in (trait for trait in TRAITS if trait.name != "family"):
        for share in ("m", "u"):
            assert sum(getattr(one, share) for one in trait.findings) == pytest.approx(1, abs=0.02), (
                trait.name
            )
