from collections.abc import Sequence
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import regulars_marketing
from purchases import fact, proof_of, tiers
from regulars_mapping import from_minor
from regulars_marketing import LANGUAGES, next_step, sentence

PACKAGE = Path(regulars_marketing.__file__).parent
NBSP = "\u00a0"


def catalogue(language: str, ending: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / f"regulars_marketing.{ending}"


def texts(language: str) -> dict[str, list[str]]:
    with catalogue(language, "po").open("rb") as file:
        return told(read_po(file))


def told(messages: Catalog) -> dict[str, list[str]]:
    """The translations by the text, or the singular; several where there are plurals."""
    return {first(message.id): forms(message.string) for message in messages if message.id}


def first(words: str | Sequence[str]) -> str:
    return words if isinstance(words, str) else words[0]


def forms(words: str | Sequence[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


@pytest.mark.parametrize(
    ("language", "said", "more"),
    [
        ("en", "7 %, because you bought for 19,340.00_₴ in our shops.", "660.00_₴ more gives 10 %."),
        ("uk", "7 %, бо ви купили на 19_340,00_₴ у наших магазинах.", "Ще 660,00_₴ – і знижка буде 10 %."),
        (
            "ru",
            "7 %, потому что вы купили на 19_340,00_₴ в наших магазинах.",
            "Ещё 660,00_₴ – и скидка будет 10 %.",
        ),
        (
            "de",
            "7 %, weil Sie in unseren Shops für 19.340,00_₴ eingekauft haben.",
            "Für weitere 660,00_₴ gibt es 10 %.",
        ),
    ],
)
def test_the_sentence_and_the_next_step_in_each_language(language: str, said: str, more: str) -> None:
    proof = proof_of(fact(19_340_00))
    assert sentence(proof, language=language) == said.replace("_", NBSP)
    assert next_step(proof, language=language) == more.replace("_", NBSP)


@pytest.mark.parametrize(
    ("language", "some", "little", "nothing"),
    [
        (
            "en",
            "7 %, because you bought for 12,400.00_₴ with this account.",
            "No discount yet: you bought for 1.00_₴ with this account.",
            "No discount yet: you have not bought anything with this account.",
        ),
        (
            "uk",
            "7 %, бо ви купили на 12_400,00_₴ з цього облікового запису.",
            "Поки що без знижки: ви купили на 1,00_₴ з цього облікового запису.",
            "Поки що без знижки: ви ще нічого не купили з цього облікового запису.",
        ),
        (
            "ru",
            "7 %, потому что вы купили на 12_400,00_₴ с этой учётной записи.",
            "Пока без скидки: вы купили на 1,00_₴ с этой учётной записи.",
            "Пока без скидки: вы ещё ничего не купили с этой учётной записи.",
        ),
        (
            "de",
            "7 %, weil Sie mit diesem Konto für 12.400,00_₴ eingekauft haben.",
            "Noch kein Rabatt: Sie haben mit diesem Konto für 1,00_₴ eingekauft.",
            "Noch kein Rabatt: Sie haben mit diesem Konto noch nichts gekauft.",
        ),
    ],
)
def test_an_account_by_itself_reads_of_this_account_and_of_no_shops(
    language: str, some: str, little: str, nothing: str
) -> None:
    for facts, said in (([fact(12_400_00)], some), ([fact(1_00)], little), ([], nothing)):
        proof = proof_of(*facts, scope="account")
        assert sentence(proof, language=language) == said.replace("_", NBSP)


def test_the_highest_tier_has_no_next_step() -> None:
    assert next_step(proof_of(fact(20_000_00))) == ""


@pytest.mark.parametrize(("language", "said"), [("en", "2.5 %"), ("uk", "2,5 %"), ("de", "2,5 %")])
def test_a_percent_is_written_without_needless_zeros(language: str, said: str) -> None:
    one = tiers(tiers=[{"threshold": 1, "percent": "2.50", "level": "One"}])
    assert sentence(proof_of(fact(1), programme=one), language=language).startswith(
        f"{said}," if language != "de" else said
    )


@pytest.mark.parametrize(
    ("currency", "said"),
    [("EUR", "€5.00"), ("JPY", "¥500"), ("KWD", f"0.500{NBSP}KWD"), ("IQD", f"0.500{NBSP}IQD")],
)
def test_an_amount_has_every_decimal_of_its_minor_unit(currency: str, said: str) -> None:
    one = tiers(currency=currency, tiers=[{"threshold": 1, "percent": 1, "level": "One"}])
    assert f"for {said} in" in sentence(proof_of(fact(500, currency=currency), programme=one))


@pytest.mark.parametrize(("tag", "start"), [("uk-UA", "Поки"), ("DE_at", "Noch"), ("ja", "No"), ("", "No")])
def test_a_language_without_a_catalogue_reads_english(tag: str, start: str) -> None:
    assert sentence(proof_of(), language=tag).startswith(start)


@given(st.integers(0, 10**12), st.sampled_from(LANGUAGES))
def test_the_sentence_tells_the_proof_s_own_figure(net: int, language: str) -> None:
    one = tiers(tiers=[{"threshold": 1, "percent": 1, "level": "One"}])
    said = sentence(proof_of(fact(net), programme=one), language=language)
    digits = "".join(sign for sign in said.split("%")[-1] if sign.isdigit())
    assert digits == str(from_minor(net, "UAH")).replace(".", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_catalogue_has_every_text_and_keeps_its_places(language: str) -> None:
    keywords = {"gettext": None, "ngettext": (1, 2), "_": None}
    used = {first(message) for _, _, message, *_ in extract_from_dir(PACKAGE, keywords=keywords)}
    translated = texts(language)
    assert set(translated) == used
    assert len(used) == 81
    for original, translations in translated.items():
        assert all(places(original) == places(translation) for translation in translations)
    plural = {"en": 2, "uk": 3, "ru": 3, "de": 2}[language]
    assert {len(translations) for translations in translated.values()} == {1, plural}


def places(text: str) -> set[str | None]:
    return {name for _, name, *_ in Formatter().parse(text)} - {None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_compiled_catalogue_agrees_with_its_source(language: str) -> None:
    with catalogue(language, "mo").open("rb") as file:
        assert told(read_mo(file)) == texts(language)
