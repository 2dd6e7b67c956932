"""The home of a shop, from whichever part of its address an owner pastes."""

import pytest

from regulars_woocommerce._connector import home_of


@pytest.mark.parametrize(
    ("given", "home"),
    [
        ("HTTPS://Tea.Example.com:443/wp-json/wc/v3/", "https://tea.example.com"),
        ("http://tea.example.com:80/", "http://tea.example.com"),
        ("https://tea.example.com:8443/shop/", "https://tea.example.com:8443/shop"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_a_home_has_no_default_port_no_slash_and_no_path_of_the_api(given: str, home: str) -> None:
    assert home_of(given) == home
