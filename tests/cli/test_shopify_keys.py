"""``shop add shopify``: keys that are missing or wrong are named, with every way to give them."""

from collections.abc import Iterator

import pytest

from command_line import CommandLine
from regulars_sandbox import RunningServer, ShopifyApp, ShopifyShop, serve

TOKEN, APP = "shpat_right", ShopifyApp("app-id", "app-secret")
ADD = "regulars shop add shopify tea {url}"
PAIR = "REGULARS_SECRET_TEA_CLIENT_ID and REGULARS_SECRET_TEA_CLIENT_SECRET"
WAYS = (
    f"  client id and client secret: {ADD}; or {PAIR}",
    f"  access token: {ADD} --credential access_token; or REGULARS_SECRET_TEA_ACCESS_TOKEN",
)
STATIC = ("--credential", "access_token")


@pytest.fixture
def server() -> Iterator[RunningServer]:
    shop = ShopifyShop()
    shop.add_token(TOKEN)
    shop.add_app(APP)
    with serve(shop) as running:
        yield running


@pytest.mark.parametrize(
    ("given", "options", "missing"),
    [
        ("", (), "The client id is missing."),
        (f"{TOKEN}\n", (), "The client secret is missing."),
        ("", STATIC, "The access token is missing."),
    ],
)
def test_what_is_missing_is_named_with_every_way_to_give_keys(
    regulars: CommandLine, server: RunningServer, given: str, options: tuple[str, ...], missing: str
) -> None:
    regulars.begin()
    said = regulars("shop", "add", "shopify", "tea", server.url, *options, given=given)
    assert said.code == 1 and missing in said.err
    assert set(said.err.splitlines()) >= {way.format(url=server.url) for way in WAYS}
    assert TOKEN not in said.err + said.out


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        (f"{APP.client_id}\nwrong\n", (), ("client id and secret. Check both", "given instead of them")),
        (f"{TOKEN}\n{TOKEN}\n", (), ("client id and secret. Check both", "as access_token")),
        (
            "shpat_wrong\n",
            STATIC,
            ("does not accept this access token", "client secret instead"),
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    regulars: CommandLine, server: RunningServer, given: str, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    regulars.begin()
    said = regulars("shop", "add", "shopify", "tea", server.url, *options, given=given)
    assert said.code == 1
    assert all(each in " ".join(said.out.split()) for each in words), said
    assert regulars.done("shop", "list", "--json").json == []


@pytest.mark.parametrize(
    ("given", "options"), [(f"{APP.client_id}\n{APP.client_secret}\n", ()), (f"{TOKEN}\n", STATIC)]
)
def test_either_kind_of_keys_connects(
    regulars: CommandLine, server: RunningServer, given: str, options: tuple[str, ...]
) -> None:
    regulars.begin()
    regulars.done("shop", "add", "shopify", "tea", server.url, *options, "--dry-run", given=given)
