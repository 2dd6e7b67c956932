"""What the plugin reads out of a customer's metadata, and what it shows of it."""

from typing import Any

import pytest

from wordpress.conftest import Play, customer

NOW = 1_800_000_000
SENTENCE = "7 %, because you bought for 10,000 ₴."
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.mark.parametrize(
    ("held", "read"),
    [("7.00", "7"), ("12.50", "12.5"), ("0.05", "0.05"), ("100.00", "100"), ("015", "15"), ("5", "5")],
)
def test_a_percentage_is_read_as_regulars_prints_it(play: Play, held: str, read: str) -> None:
    assert play(("regulars_percent", held)).answers == [read]


NO_NUMBERS = ["", "NaN", "INF", "٥", "<b>5</b>", [], ["5"], {"0": "5"}, True, None, 5.5]
OTHER_NUMBERS = ["0", "0.00", "-5", "+5", "1e3", "1e1", "12,5", "100.01", "101", "999", "1000", "0x10"]
UNTIDY_NUMBERS = [" 5", "5 ", "5\n", "5\x00", "5%", "5.001", "5.", ".5"]


@pytest.mark.parametrize("held", [*NO_NUMBERS, *OTHER_NUMBERS, *UNTIDY_NUMBERS])
def test_what_is_no_percentage_gives_no_offer(play: Play, held: Any) -> None:
    played = play(
        ("regulars_offer", 5, NOW),
        ("looked_up", "regulars-5"),
        ("calculated_cart",),
        meta=customer(discount=held),
    )
    assert played.answers == [None, False, []]


def test_an_offer_is_all_that_was_pushed(play: Play) -> None:
    labels = customer(
        discount="7.00",
        level="Silver",
        sentence=SENTENCE,
        next_step="More gives 10 %.",
        code="Reg-1a",
        valid_until="2030-01-31T22:00:00Z",
    )
    assert play(("regulars_offer", 5, NOW), ("regulars_offer", 6, NOW), meta=labels).answers == [
        {
            "percent": "7",
            "amount": "",
            "minimum": "",
            "goods": [],
            "level": "Silver",
            "sentence": SENTENCE,
            "next_step": "More gives 10 %.",
            "code": "reg-1a",
            "valid_until": 1896127200,
        },
        None,
    ]


@pytest.mark.parametrize(
    ("until", "stands"),
    [
        ("", True),
        ("2027-01-15T08:00:01Z", True),
        ("2027-01-15T08:00:00Z", False),
        ("2020-01-01T00:00:00Z", False),
        ("2030-02-31T00:00:00Z", False),
        ("2030-01-01T25:00:00Z", False),
        ("2030-01-01", False),
        ("2030-01-01T00:00:00+02:00", False),
        ("tomorrow", False),
        ("+1 year", False),
        (["2030-01-01T00:00:00Z"], False),
        (0, False),
    ],
)
def test_an_offer_ends_when_it_says_and_at_once_where_that_cannot_be_read(
    play: Play, until: Any, stands: bool
) -> None:
    # NOW is 2027-01-15T08:00:00Z.
    labels = customer(discount="7.00", valid_until=until)
    assert (play(("regulars_offer", 5, NOW), meta=labels).answers != [None]) is stands


@pytest.mark.parametrize("user", [0, -1])
def test_a_guest_has_no_offer(play: Play, user: int) -> None:
    assert play(("regulars_offer", user, NOW), meta={str(user): {"regulars_discount": "7"}}).answers == [None]


@pytest.mark.parametrize(
    ("held", "read"),
    [
        (" a\nb\x00c\u202ed ", "a b c d"),
        ("x" * 600, "x" * 500),
        ("ї" * 600, "ї" * 500),
        (["x"], ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_text_is_one_line_of_bounded_length(play: Play, held: Any, read: str) -> None:
    assert play(("regulars_text", held)).answers == [read]


@pytest.mark.parametrize("code", ["a b", "x" * 101, "<b>", "код", "a,b", ["x"], None, ""])
def test_what_is_no_code_of_ours_is_none(play: Play, code: Any) -> None:
    assert play(("regulars_code", code)).answers == [""]


@pytest.mark.parametrize("place", ["regulars_print_offer", "regulars_print_cart_offer"])
def test_what_was_pushed_is_shown_as_text_and_never_as_html(play: Play, place: str) -> None:
    labels = customer(discount="7.00", sentence=HOSTILE, level=HOSTILE, next_step=HOSTILE)
    (shown,) = play(("printed_by", place), meta=labels).answers
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img src=x") == 3
    assert "<script" not in shown and "<img" not in shown


def test_a_shopper_reads_level_reason_and_next_step(play: Play) -> None:
    labels = customer(
        discount="7.00",
        level="Silver",
        sentence=SENTENCE,
        next_step="More",
        valid_until="2099-12-31T00:00:00Z",
    )
    (shown,) = play(("printed_by", "regulars_print_offer"), meta=labels).answers
    parts = [
        "offer-level",
        "Silver",
        "offer-sentence",
        SENTENCE,
        "offer-next",
        "More",
        "Valid until 2099-12-31",
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)


def test_without_a_reason_the_bare_percentage_is_shown(play: Play) -> None:
    (shown,) = play(("printed_by", "regulars_print_offer"), meta=customer(discount="12.50")).answers
    assert "Your personal discount: 12.5 %." in shown


def test_without_an_offer_nothing_is_shown_and_guests_are_invited_where_a_page_asks(play: Play) -> None:
    asked = (("printed_by", "regulars_print_offer"), ("shortcode", []), ("regulars_block", []))
    assert play(*asked, meta=customer(sentence="x")).answers == ["", "", ""]
    account, shortcode, block = play(*asked, user=0, meta=customer(discount="7")).answers
    assert account == ""
    assert "https://shop.example.com/myaccount" in shortcode and "Log in to see your discount." in shortcode
    assert shortcode in block and block.startswith('<div class="wp-block-regulars-offer">')


def test_a_page_with_an_offer_is_not_cached(play: Play) -> None:
    played = play(("shortcode", ""), ("noticed",), meta=customer(discount="7"))
    assert played.answers[1]["constants"] == {"DONOTCACHEPAGE": True}
    assert play(("shortcode", ""), ("noticed",), user=0).answers[1]["constants"] == []


def test_a_coupon_that_was_used_up_is_not_shown_any_more(play: Play) -> None:
    labels = customer(discount="20.00", code="welcome-1")
    fresh = {"welcome-1": {"meta": {"_regulars": "5"}, "usage_limit": 1, "usage_count": 0}}
    used = {"welcome-1": {**fresh["welcome-1"], "usage_count": 1}}
    asked = ("printed_by", "regulars_print_cart_offer")
    assert "Your code: welcome-1" in play(asked, meta=labels, coupons=fresh).answers[0]
    assert play(asked, meta=labels, coupons=used).answers == [""]


def test_a_page_fetches_the_offer_itself_only_where_all_is_set(play: Play) -> None:
    options = {
        "regulars_settings": {"shop": "tea", "endpoint": "https://hub.example.org/regulars/api/offer"},
        "regulars_storefront_key": "k" * 32,
    }
    labels = customer(discount="7.00", sentence=SENTENCE)
    live = {"live": "1"}
    (element,) = play(("shortcode", live), meta=labels, options=options).answers
    assert element.startswith('<regulars-offer class="regulars-offer" endpoint="https://hub.example.org/')
    assert 'token-endpoint="https://shop.example.com/wp-json/regulars/v1/token?_wpnonce=' in element
    assert SENTENCE not in element and "k" * 32 not in element
    for name in options:
        rest = {key: value for key, value in options.items() if key != name}
        assert SENTENCE in play(("shortcode", live), meta=labels, options=rest).answers[0]


def test_block_shortcode_and_routes_are_there(play: Play) -> None:
    asked = [("do_action", "init"), ("do_action", "rest_api_init"), ("do_action", "admin_menu"), ("noticed",)]
    seen = play(*asked).answers[-1]
    assert seen["blocks"] == ["regulars/offer"]
    assert seen["shortcodes"] == ["regulars_offer"]
    assert seen["routes"] == ["regulars/v1/status", "regulars/v1/token"]
    assert seen["pages"] == ["manage_woocommerce"]
