"""Platforms that take one kind of keys or another: whichever set is complete serves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

import regulars_store as store
from regulars_agent import (
    Workspace,
    connect_shop,
    credential_sets,
    credentials_kept,
    disconnect_shop,
    load_settings,
    open_workspace,
    write_default_settings,
)
from regulars_mapping import MisconfiguredError

KEY = {
    "REGULARS_MASTER_KEY": "cm9zZS1nYXJkZW4tcm9zZS1nYXJkZW4tcm9zZS1nYXI=",
    "REGULARS_KEYRING_COST": "1024",
}
TOKEN, PAIR = ("access_token",), ("client_id", "client_secret")
OWNERS = (*PAIR, "refresh_token")
URL = "https://my-shop.myshopify.com"

Opened = Callable[..., Workspace]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    made: list[Workspace] = []

    def open_one(**environ: str) -> Workspace:
        write_default_settings(tmp_path / "shop")
        settings = load_settings(tmp_path / "shop", environ=KEY)
        made.append(open_workspace(settings, environ=KEY | environ))
        made[-1].store.upgrade()
        return made[-1]

    yield open_one
    for workspace in made:
        workspace.close()


def connect(workspace: Workspace, **given: str) -> None:
    secrets = {name: SecretStr(value) for name, value in given.items()}
    connect_shop(
        workspace, platform="shopify", name="tea", url=URL, options={}, credentials=secrets, check=False
    )


def opens(workspace: Workspace) -> bool:
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, "tea")
    with workspace.connector(shop) as connector:
        return connector.platform == "shopify"


def test_a_platform_names_every_set_the_usual_first() -> None:
    assert credential_sets("shopify") == (PAIR, TOKEN, OWNERS)
    assert credential_sets("woocommerce") == (("consumer_key", "consumer_secret"),)


@pytest.mark.parametrize("names", [TOKEN, PAIR, OWNERS])
def test_any_complete_set_opens_the_shop(opened: Opened, names: tuple[str, ...]) -> None:
    workspace = opened()
    connect(workspace, **dict.fromkeys(names, "given"))
    assert credentials_kept(workspace, "shopify", "tea") == names
    assert opens(workspace)


def test_a_set_may_come_from_variables(opened: Opened) -> None:
    workspace = opened(REGULARS_SECRET_TEA_ACCESS_TOKEN="given")
    connect(workspace)
    assert credentials_kept(workspace, "shopify", "tea") == TOKEN
    assert opens(workspace)


@pytest.mark.parametrize(
    ("given", "names"),
    [((*OWNERS, *TOKEN), OWNERS), ((*PAIR, *TOKEN), PAIR), (("refresh_token", *TOKEN), TOKEN)],
)
def test_of_several_complete_sets_the_longest_serves(
    opened: Opened, given: tuple[str, ...], names: tuple[str, ...]
) -> None:
    workspace = opened()
    connect(workspace, **dict.fromkeys(given, "given"))
    assert credentials_kept(workspace, "shopify", "tea") == names
    assert tuple(workspace.secrets.credentials("tea", *credential_sets("shopify"))) == names


def test_half_a_set_is_none_and_what_is_missing_is_named(opened: Opened) -> None:
    workspace = opened()
    connect(workspace, client_id="given")
    assert credentials_kept(workspace, "shopify", "tea") == PAIR
    with pytest.raises(MisconfiguredError, match="client_secret"):
        opens(workspace)


def test_a_shop_that_is_removed_leaves_no_key_of_any_set(opened: Opened) -> None:
    workspace = opened()
    connect(workspace, access_token="given", client_id="given", refresh_token="given")
    disconnect_shop(workspace, "tea")
    assert all(workspace.secrets.find("tea", name) is None for name in (*TOKEN, *OWNERS))
