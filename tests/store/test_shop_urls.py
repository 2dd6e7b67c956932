"""Shops by their URLs: one shop, however its address is spelt."""

from datetime import UTC, datetime

import pytest

import regulars_store
from regulars_mapping import MisconfiguredError
from regulars_store import Shop, Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def added(store: Store, name: str, url: str) -> Shop:
    with store.write() as connection:
        return regulars_store.add_shop(
            connection, name=name, platform="woocommerce", url=url, options={}, now=NOW
        )


@pytest.mark.parametrize(
    "spelt",
    [
        "https://tea.example.com",
        "https://tea.example.com/",
        "HTTPS://Tea.Example.com",
        "https://tea.example.com:443/",
        "https://tea.example.com/wp-json",
        "https://tea.example.com/wp-json/wc/v3/",
        "https://tea.example.com.//",
        " https://tea.example.com ",
        "http://tea.example.com",
        "http://tea.example.com:80",
    ],
)
def test_a_shop_is_connected_once_however_its_url_is_spelt(store: Store, spelt: str) -> None:
    assert added(store, "tea", "https://tea.example.com/wp-json/").url == "https://tea.example.com"
    with pytest.raises(MisconfiguredError, match="connected already, under the name tea"):
        added(store, "again", spelt)


@pytest.mark.parametrize(
    "other",
    [
        "https://tea.example.com/de",
        "https://tea.example.com:8443",
        "https://shop.tea.example.com",
        "https://tea.example.com/Tea",
        "https://[::1]:8443",
    ],
)
def test_another_address_is_another_shop(store: Store, other: str) -> None:
    added(store, "tea", "https://tea.example.com")
    assert added(store, "other", other).url == other


def test_a_removed_shop_comes_back_under_another_spelling(store: Store) -> None:
    first = added(store, "tea", "http://tea.example.com")
    with store.write() as connection:
        regulars_store.remove_shop(connection, first.id, now=NOW)
    again = added(store, "coffee", "https://TEA.example.com/")
    assert (again.id, again.url) == (first.id, "https://tea.example.com")
