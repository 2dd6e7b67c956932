"""What stands for an erased person; what stays where a platform does not say what is personal."""

import orjson
import pytest

from connectors.erasing import TOKEN, sow
from regulars_connectors import Connector, Keep, Mask, only_kept
from regulars_mapping import Kind, fold_email
from regulars_woocommerce import WooCommerceConnector

MASK = Mask.of(TOKEN, ["Olena@Example.com", "", "not an address", "olena@example.com ", "petro@example.net"])


def test_each_of_the_addresses_has_one_that_stands_for_it() -> None:
    assert MASK.email("OLENA@example.com") == f"{TOKEN}.1@erased.invalid"
    assert MASK.email("petro@example.net") == f"{TOKEN}.2@erased.invalid"
    assert MASK.email("anna@example.org") == f"{TOKEN}@erased.invalid"
    assert [MASK.email(text) for text in ("", "none", "deleted@site.invalid")] == [""] * 3
    assert fold_email(MASK.email("petro@example.net")) == MASK.email("petro@example.net")


def test_what_stands_for_somebody_already_is_kept() -> None:
    other = Mask("b" * 20, {"olena@example.com": 3})
    for address in ("olena@example.com", "anna@example.org"):
        assert MASK.email(other.email(address)) == other.email(address)
        assert MASK.email(MASK.email(address)) == MASK.email(address)


def test_a_mask_shows_no_address_and_takes_no_other_token() -> None:
    assert "@" not in repr(MASK)
    assert MASK.username("olena") == MASK.username(TOKEN) == TOKEN
    assert MASK.username("") == ""
    with pytest.raises(ValueError, match="base32"):
        Mask("Olena")


def test_a_platform_that_says_nothing_keeps_ids_times_amounts_and_no_word_of_the_person() -> None:
    payload = {
        "id": 7,
        "customerId": "gid://shop/Customer/9",
        "created_at": "2026-03-01T12:00:00+02:00",
        "status": "paid",
        "currency": "UAH",
        "total": "12.50",
        "email": "Olena@example.com",
        "phone": 380671234567,
        "birthday": "1990-05-17",
        "note": "Olena",
        "discount_codes": ["SPRING", "OLENA10"],
        "items": [{"product_id": 3, "quantity": 2, "price": "6.25", "title": "Coffee", "sku": "C-1"}],
    }
    wanted = {
        name: payload[name] for name in ("id", "customerId", "created_at", "status", "currency", "total")
    }
    sow(payload, "seed7")
    # Any connector's: the base class's own answer is asked for.
    erased = Connector.erased(object.__new__(WooCommerceConnector), Kind.ORDER, payload, MASK)
    assert erased == {
        **wanted,
        "email": f"{TOKEN}.1@erased.invalid",
        "discount_codes": ["SPRING", TOKEN],
        "items": [{"product_id": 3, "quantity": 2, "price": "6.25", "sku": "C-1"}],
    }
    assert Connector.erased(object.__new__(WooCommerceConnector), Kind.ORDER, erased, MASK) == erased
    lied = dict.fromkeys(["id", "status", "total", "created_at"], "Olena Koval, olena@example.com")
    told = Connector.erased(object.__new__(WooCommerceConnector), Kind.ORDER, lied, MASK)
    assert b"lena" not in orjson.dumps(told)


def test_words_of_the_shop_stay_unless_the_person_stands_in_them() -> None:
    person = {
        "first": "Олена",
        "last": "Дуб-Коваль",
        "phone": "+380 67 123-45-67",
        "street": "High Street 12",
    }
    shape = Keep.fields(
        {
            **dict.fromkeys(("first", "last"), Keep.name),
            **dict.fromkeys(("phone", "street"), Keep.nothing),
            "goods": Keep.each(Keep.goods),
            "words": Keep.each(Keep.words),
            "codes": Keep.each(Keep.code),
            "pages": Keep.each(Keep.origin),
        }
    )
    goods = ["Кава «Олена»", "Стіл, дуб", "Oak, 3 x 2.5", "9 789661 234567"]
    named = ["For олена дуб", "a@example.com", "call 067 123 45 67", "to High street 12!"]
    words = ["Post", "Courier 24/7"]
    personal = ["Post to Олена", "Дуб & Co", *named]
    codes, made = ["WELCOME10", "RG-1-K7XQ"], ["олена10", "xxоленаxx", "дуб-1", "0671234567"]
    pages = [
        "https://www.example.com/a?mail=x@example.com#y",
        "http://[",
        "android-app://org.example/x",
        "x.example?to=x@example.com",
    ]
    payload = {
        **person,
        "goods": goods + named,
        "words": words + personal,
        "codes": codes + made,
        "pages": pages,
    }
    assert only_kept(shape, payload, MASK) == {
        **dict.fromkeys(person, ""),
        "goods": goods + [""] * len(named),
        "words": words + [""] * len(personal),
        "codes": codes + [TOKEN] * len(made),
        "pages": ["https://www.example.com/", "", "android-app://org.example/", "x.example"],
    }
