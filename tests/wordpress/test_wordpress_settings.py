"""The settings page: who may change what, and that the key is never shown; and what uninstalling leaves."""

from typing import Any

import pytest

from wordpress.conftest import Play, customer

KEY = "aZ09_-/+=" * 5
ENDPOINT = "https://hub.example.org/regulars/api/offer"
SENT = {
    "_wpnonce": "nonce of regulars_save",
    "regulars_shop": "tea",
    "regulars_endpoint": ENDPOINT,
    "regulars_key": KEY,
}
OWNER = ["manage_woocommerce"]
SAVE = ("regulars_save_page",)
OPTIONS = {"regulars_settings": {"shop": "tea", "endpoint": ENDPOINT}, "regulars_storefront_key": KEY}


def test_the_owner_saves_and_the_key_is_not_loaded_with_every_page(play: Play) -> None:
    played = play(SAVE, rights=OWNER, post=SENT)
    assert played.answers[0]["ended"].endswith("page=regulars&regulars_saved=yes")
    assert played.world["options"] == OPTIONS
    assert played.world["autoload"]["regulars_storefront_key"] is False


@pytest.mark.parametrize(
    ("rights", "nonce"),
    [([], SENT["_wpnonce"]), (["read"], SENT["_wpnonce"]), (OWNER, ""), (OWNER, "nonce of x")],
)
def test_without_the_right_or_the_nonce_nothing_is_changed(play: Play, rights: list[str], nonce: str) -> None:
    played = play(SAVE, rights=rights, post={**SENT, "_wpnonce": nonce})
    assert played.answers == [{"ended": "403"}]
    assert played.world["options"] == []


def test_an_empty_key_leaves_the_one_that_is_kept(play: Play) -> None:
    played = play(
        SAVE, rights=OWNER, post={**SENT, "regulars_key": " ", "regulars_shop": "cake"}, options=OPTIONS
    )
    assert played.world["options"]["regulars_storefront_key"] == KEY
    assert played.world["options"]["regulars_settings"]["shop"] == "cake"


def test_the_key_can_be_forgotten(play: Play) -> None:
    post = {**SENT, "regulars_key": "", "regulars_forget_key": "1"}
    assert (
        "regulars_storefront_key" not in play(SAVE, rights=OWNER, post=post, options=OPTIONS).world["options"]
    )


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("regulars_key", "short", "key"),
        ("regulars_key", "with a space" * 5, "key"),
        ("regulars_key", "k" * 501, "key"),
        ("regulars_endpoint", "javascript:alert(1)", "endpoint"),
        ("regulars_endpoint", "http://hub.example.org/offer", "endpoint"),
        ("regulars_endpoint", "hub.example.org", "endpoint"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_kept(
    play: Play, field: str, value: str, problem: str
) -> None:
    played = play(SAVE, rights=OWNER, post={**SENT, field: value})
    assert played.answers[0]["ended"].endswith(f"regulars_saved={problem}")
    assert played.world["options"] == []


def test_fields_that_are_lists_are_empty(play: Play) -> None:
    post: dict[str, Any] = {**SENT, "regulars_shop": ["x"], "regulars_key": ["x"], "regulars_endpoint": ["x"]}
    played = play(SAVE, rights=OWNER, post=post)
    assert played.world["options"] == {"regulars_settings": {"shop": "", "endpoint": ""}}


def test_this_machine_may_be_asked_without_tls(play: Play) -> None:
    played = play(SAVE, rights=OWNER, post={**SENT, "regulars_endpoint": "http://127.0.0.1:8000/offer"})
    assert played.answers[0]["ended"].endswith("regulars_saved=yes")


def test_the_page_escapes_what_it_shows_and_never_shows_the_key(play: Play) -> None:
    options = {**OPTIONS, "regulars_settings": {"shop": '"><script>', "endpoint": ENDPOINT}}
    (page,) = play(("printed_by", "regulars_print_page"), rights=OWNER, options=options).answers
    assert KEY not in page
    assert "<script" not in page and "&quot;&gt;&lt;script&gt;" in page
    assert "A key is kept." in page
    assert play(("printed_by", "regulars_print_page"), rights=["read"], options=options).answers == [""]


def test_where_wp_config_holds_the_key_the_page_has_no_field_for_it(play: Play) -> None:
    _, page = play(("define_key", "c" * 40), ("printed_by", "regulars_print_page"), rights=OWNER).answers
    assert 'name="regulars_key"' not in page and "c" * 40 not in page


@pytest.mark.parametrize(("said", "kind"), [("yes", "success"), ("key", "error"), ("<script>", "")])
def test_the_page_says_what_became_of_it_in_fixed_words(play: Play, said: str, kind: str) -> None:
    (page,) = play(("printed_by", "regulars_print_page"), rights=OWNER, get={"regulars_saved": said}).answers
    assert (f"notice-{kind}" in page) if kind else ("notice" not in page)


def test_settings_that_are_no_list_are_none(play: Play) -> None:
    options = {"regulars_settings": "broken", "regulars_storefront_key": ["x"]}
    played = play(("regulars_shop",), ("regulars_endpoint",), ("regulars_storefront_key",), options=options)
    assert played.answers == ["", "", ""]


def test_uninstalling_takes_the_settings_and_what_regulars_wrote_to_customers_and_nothing_else(
    play: Play,
) -> None:
    labels = customer(discount="7", level="x", sentence="x", next_step="x", code="x", valid_until="x")
    meta = {"5": {**labels["5"], "nickname": "anna"}, "6": {"regulars_discount": "3"}}
    played = play(("uninstall",), meta=meta, options={**OPTIONS, "siteurl": "https://shop.example.com"})
    assert played.world["meta"] == {"5": {"nickname": "anna"}, "6": []}
    assert played.world["options"] == {"siteurl": "https://shop.example.com"}
