"""The theme block: what a shop's page shows of the metafields that Regulars keeps on a customer."""

import json
import re
import tomllib
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars_marketing import invitation
from regulars_shopify import WANTED_SCOPES
from regulars_shopify._client import VERSION
from regulars_shopify._labels import KEYS, NAMESPACE
from theme_block import BLOCK, EXTENSION, LANGUAGES, labels, rendered, schema, template, words

SENTENCE = "7.25 % on everything, because you bought for 5 000 ₴."
FULL = labels(
    level="Silver", discount=7.25, sentence=SENTENCE, next_step="660 ₴ more for 10 %", code="reg-7-K7XQ"
)
HOSTILE = """</code><script>alert(1)</script>'"&{{ customer.id }}{% if true %}<img src=x onerror=alert(2)>"""


class Seen(HTMLParser):
    """Elements with their attributes, and the text of each class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "br":
            self._open.append(dict(attrs).get("class") or tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    def attributes(self, css: str) -> dict[str, str | None]:
        return next(attributes for _, attributes in self.elements if attributes.get("class") == css)


def test_a_customer_reads_level_reason_next_step_and_code() -> None:
    seen = Seen(rendered(FULL))
    assert seen.texts["regulars-offer-level"] == "Silver"
    assert seen.texts["regulars-offer-sentence"] == SENTENCE
    assert seen.texts["regulars-offer-next"] == "660 ₴ more for 10 %"
    assert seen.texts["regulars-offer-code"] == "reg-7-K7XQ"
    assert (
        seen.attributes("regulars-offer-apply")["href"]
        == "/discount/reg-7-K7XQ?redirect=%2Fproducts%2Fcoffee"
    )


def test_a_sum_is_told_by_its_sentence() -> None:
    seen = Seen(rendered(labels(sentence="500 ₴ off your next order.", code="reg-8")))
    assert seen.texts["regulars-offer-sentence"] == "500 ₴ off your next order."


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (10.0, "en", "Your discount: 10 %"),
        (10, "en", "Your discount: 10 %"),
        ("7.50", "en", "Your discount: 7.5 %"),
        (7.25, "uk", "Ваша знижка: 7,25 %"),
        (7.25, "ru", "Ваша скидка: 7,25 %"),
        (7.25, "de", "Ihr Rabatt: 7,25 %"),
    ],
)
def test_a_percentage_without_a_sentence_is_said_plainly(value: Any, language: str, said: str) -> None:
    assert Seen(rendered(labels(discount=value), language=language)).texts["regulars-offer-sentence"] == said


@pytest.mark.parametrize(
    "customer",
    [
        labels(),
        {"id": 7, "metafields": {}},
        labels(level="Silver"),
        labels(sentence="  ", code=""),
        labels(discount=0),
    ],
)
def test_a_customer_without_an_offer_finds_nothing_at_all(customer: dict[str, Any]) -> None:
    assert rendered(customer).strip() == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guest_is_invited_in_the_words_of_the_storefront(language: str) -> None:
    seen = Seen(rendered(None, language=language))
    assert seen.texts["a"] == invitation(language=language)
    assert seen.elements[-1][1]["href"] == "/customer_authentication/login?return_to=%2F&locale=en"
    assert "regulars-offer-code" not in seen.texts


def test_a_guest_finds_nothing_where_the_owner_or_the_shop_lets_nobody_in() -> None:
    assert rendered(None, settings={"show_invitation": False}).strip() == ""
    assert rendered(None, accounts=False).strip() == ""


def test_the_theme_editor_says_why_there_is_nothing() -> None:
    assert words("en")["offer.empty"] in rendered(labels(), editor=True)


def test_the_owner_may_hide_the_code() -> None:
    html = rendered(FULL, settings={"show_code": False})
    assert "K7XQ" not in html
    assert SENTENCE in html


def test_colours_and_heading_are_the_owners() -> None:
    seen = Seen(rendered(FULL, settings={"heading": "Just for <you>", "accent": "#123456"}))
    root = seen.attributes("regulars-offer")
    assert root["style"] == "--regulars-accent:#123456;"
    assert seen.texts["regulars-offer-heading"] == "Just for <you>"
    assert root["aria-labelledby"] == seen.attributes("regulars-offer-heading")["id"]
    assert "style" not in Seen(rendered(FULL)).attributes("regulars-offer")


@given(
    text=st.one_of(st.sampled_from((HOSTILE, "a\r\nb")), st.text(min_size=1, max_size=60)),
    key=st.sampled_from(KEYS),
)
@settings(max_examples=100, deadline=None)
def test_whatever_a_metafield_holds_is_printed_as_text(text: str, key: str) -> None:
    plain = labels(level="a", discount=5, sentence="a", next_step="a", code="a")
    hostile = {**plain["metafields"]["regulars"], key: {"value": text}}
    seen = Seen(rendered({"id": 7, "metafields": {"regulars": hostile}}))
    allowed = {"regulars-theme-offer", "p", "code", "a", "button", "span", "br"}
    assert {tag for tag, _ in seen.elements} <= allowed
    assert not [name for _, attributes in seen.elements for name in attributes if name.startswith("on")]


def test_a_hostile_code_stays_inside_the_discounts_path() -> None:
    link = Seen(rendered(labels(code="../account?x=1#y z"))).attributes("regulars-offer-apply")["href"]
    assert link == "/discount/..%2Faccount%3Fx%3D1%23y%20z?redirect=%2Fproducts%2Fcoffee"


def test_the_way_back_never_leaves_the_shop() -> None:
    for path in ("//evil.example/x", "/a//b"):
        link = Seen(rendered(FULL, path=path)).attributes("regulars-offer-apply")["href"]
        assert link == "/discount/reg-7-K7XQ?redirect=%2F"


def test_the_block_reads_the_metafields_that_the_connector_writes() -> None:
    assert f"customer.metafields.{NAMESPACE}" in template()
    assert set(re.findall(r"ours\.(\w+)\.value", template())) == set(KEYS)


@pytest.mark.parametrize("editor", [False, True])
def test_every_language_has_the_same_texts_and_they_are_all_used(editor: bool) -> None:
    text = json.dumps(schema()) if editor else template()
    used = re.findall(r'"t:([\w.]+)"' if editor else r"'([\w.]+)' \| t\b", text)
    for language in LANGUAGES:
        texts = words(language, editor=editor)
        assert texts.keys() == set(used)
        assert all(texts.values())
        gaps = {key: re.findall(r"\{\{ \w+ \}\}", value) for key, value in texts.items()}
        assert gaps == {
            key: re.findall(r"\{\{ \w+ \}\}", value) for key, value in words("en", editor=editor).items()
        }


def test_the_schema_is_one_that_shopify_takes() -> None:
    found = schema()
    assert found.keys() == {"name", "target", "stylesheet", "javascript", "settings"}
    assert found["target"] == "section"
    for name in ("stylesheet", "javascript"):
        assert (EXTENSION / "assets" / found[name]).is_file()
    ids = [one["id"] for one in found["settings"] if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["type"] for one in found["settings"]} == {"text", "checkbox", "header", "color"}
    colours = re.findall(r"colours = '([\w,]+)'", template())[0].split(",")
    assert set(ids) == {*re.findall(r"block\.settings\.(\w+)", template()), *colours}
    # An app block's name of more than 25 characters is refused.
    assert all(len(words(language, editor=True)["offer.name"]) <= 25 for language in LANGUAGES)


def test_the_files_are_within_shopifys_bounds() -> None:
    assert BLOCK.stat().st_size < 100_000
    assert all(file.stat().st_size < 15_000 for file in (EXTENSION / "locales").iterdir())
    assert (EXTENSION / "assets/regulars-offer.js").stat().st_size < 10_000
    assert tomllib.loads((EXTENSION / "shopify.extension.toml").read_text("utf-8"))["type"] == "theme"


def test_the_apps_file_asks_for_every_scope_that_the_connector_needs() -> None:
    told = tomllib.loads((EXTENSION.parent.parent / "shopify.app.toml.example").read_text("utf-8"))
    assert set(told["access_scopes"]["scopes"].split(",")) == set(WANTED_SCOPES)
    assert told["webhooks"]["api_version"] == VERSION
