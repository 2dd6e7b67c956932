"""The address where an owner grants a key, and what may be taken for the key that the shop sends."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from regulars_mapping import MisconfiguredError, PermanentError
from regulars_woocommerce._wc_auth import LARGEST_GRANT, authorize_url, granted_key

KEY, SECRET = f"ck_{'0a' * 20}", f"cs_{'1b' * 20}"
GRANT: dict[str, Any] = {
    "key_id": 1,
    "user_id": "request-1",
    "consumer_key": KEY,
    "consumer_secret": SECRET,
    "key_permissions": "read_write",
}


def address(**changes: str) -> str:
    given = {
        "app_name": "Regulars & Söhne",
        "scope": "read_write",
        "user_id": "request-1",
        "return_url": "https://site.example.com/admin/back/",
        "callback_url": "https://site.example.com/key/a_-b/",
    }
    return authorize_url(**{"shop_url": "https://tea.example.com/shop/", **given, **changes})


def test_the_owner_is_sent_to_the_shop_with_what_it_asks_for() -> None:
    parts = urlsplit(address())
    assert (
        f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://tea.example.com/shop/wc-auth/v1/authorize"
    )
    assert parse_qs(parts.query) == {
        "app_name": ["Regulars & Söhne"],
        "scope": ["read_write"],
        "user_id": ["request-1"],
        "return_url": ["https://site.example.com/admin/back/"],
        "callback_url": ["https://site.example.com/key/a_-b/"],
    }
    assert "+" not in parts.query


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"callback_url": "http://site.example.com/key/"}, "HTTPS addresses only"),
        ({"callback_url": "https://site.example.com/a%20b/"}, "would read otherwise"),
        ({"return_url": "https://site.example.com/a+b/"}, "would read otherwise"),
        ({"return_url": "https://сайт.example.com/"}, "would read otherwise"),
        ({"scope": "everything"}, "read_write"),
        ({"shop_url": "tea.example.com"}, "plain address"),
        ({"shop_url": "https://<script>"}, "plain address"),
    ],
)
def test_what_woocommerce_would_refuse_is_refused_with_words(changes: dict[str, str], words: str) -> None:
    with pytest.raises(MisconfiguredError, match=words):
        address(**changes)


def test_a_granted_key_is_credentials_by_name() -> None:
    found = granted_key(json.dumps(GRANT).encode(), user_id="request-1", scope="read_write")
    assert {name: secret.get_secret_value() for name, secret in found.items()} == {
        "consumer_key": KEY,
        "consumer_secret": SECRET,
    }
    assert KEY not in repr(found)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[1]",
        b"{" * 9_000,
        b"x" * (LARGEST_GRANT + 1),
        *(
            json.dumps({**GRANT, **change}).encode()
            for change in (
                {"user_id": "request-2"},
                {"user_id": 1},
                {"user_id": None},
                {"user_id": "\ud800"},
                {"key_permissions": "read"},
                {"consumer_key": f"{KEY}0"},
                {"consumer_key": f"{KEY}\n"},
                {"consumer_key": [KEY]},
                {"consumer_secret": KEY},
                {"consumer_secret": ""},
            )
        ),
    ],
)
def test_anything_else_is_refused_and_not_repeated(body: bytes) -> None:
    with pytest.raises(PermanentError) as caught:
        granted_key(body, user_id="request-1", scope="read_write")
    assert not any(
        secret in f"{caught.value!r}{caught.value.__cause__}" for secret in (KEY, SECRET, "request-")
    )
