"""``shop add --ask-owner``: an address for the owner, the address they come back to, and a connected shop."""

import os
from collections.abc import Iterator

import pytest
import requests

from command_line import _PLAIN, CommandLine, Said
from regulars_agent import connect_shopify
from regulars_sandbox import RunningServer, ShopifyApp, ShopifyShop, serve

BACK = connect_shopify.OWNERS_REDIRECT
APP = ShopifyApp("app-id", "app-secret", redirect_uris=(BACK,))
KEYS = f"{APP.client_id}\n{APP.client_secret}\n"
ADD = ("shop", "add", "shopify", "tea")


@pytest.fixture
def server() -> Iterator[RunningServer]:
    shop = ShopifyShop()
    shop.add_app(APP)
    with serve(shop) as running:
        yield running


def conversed(regulars: CommandLine, *arguments: str, refuses: bool = False) -> Said:
    """The command, answered as the owner answers what it shows."""
    folder = regulars.scratch
    ends = {name: folder / f"owner.{name}" for name in ("input", "out", "err")}
    for name in ("input", "err"):
        os.mkfifo(ends[name])
    paths = {name: str(path) for name, path in ends.items()}
    pid = regulars.nursery.start(
        arguments=["-C", str(regulars.directory), *arguments], environ=_PLAIN, directory=str(folder), **paths
    )
    with ends["input"].open("w") as typed, ends["err"].open() as said:
        typed.write(KEYS)
        typed.flush()
        heard = []
        for line in said:
            heard.append(line)
            if "/admin/oauth/authorize?" in line:
                print(_came_back(line.strip(), refuses=refuses), file=typed, flush=True)
    code = regulars.nursery.wait(pid)
    for name in ("input", "err"):
        ends[name].unlink()
    told = Said(code, ends["out"].read_text("utf-8"), "".join(heard))
    regulars.heard.append(told)
    return told


def _came_back(url: str, *, refuses: bool) -> str:
    answer = requests.get(url, allow_redirects=False, timeout=20)
    return f"{BACK}?error=access_denied" if refuses else answer.headers["Location"]


def test_an_owner_who_agrees_connects_the_shop_and_may_be_asked_again(
    regulars: CommandLine, server: RunningServer
) -> None:
    regulars.begin()
    said = conversed(regulars, *ADD, server.url, "--ask-owner")
    assert said.code == 0, said
    assert "within five minutes" in said.err and BACK in said.err
    assert "The shop is connected. Next: regulars backfill tea" in said.out
    regulars.done("shop", "check", "tea")
    assert "read_all_orders" not in said.err
    again = conversed(regulars, "shop", "rotate", "tea", "--all-orders", "--json")
    assert "read_all_orders" in again.err
    assert again.code == 0 and again.json["version"]
    regulars.done("shop", "check", "tea")
    for told in regulars.heard:
        assert not any(
            word in told.out + told.err for word in (APP.client_secret, "code=", "shprt_", "shpat_")
        )


def test_an_owner_who_does_not_agree_leaves_everything_as_it_was(
    regulars: CommandLine, server: RunningServer
) -> None:
    regulars.begin()
    said = conversed(regulars, *ADD, server.url, "--ask-owner", refuses=True)
    assert said.code == 1 and "The owner did not agree." in said.err
    assert regulars.done("shop", "list", "--json").json == []
    said = regulars(*ADD, server.url, "--ask-owner", given=KEYS)
    assert said.code == 1 and "No address was pasted." in said.err
    said = regulars.done(*ADD, server.url, "--ask-owner", "--dry-run", given=KEYS)
    assert "authorize" not in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("shop", "add", "woocommerce", "tea", "https://tea.example", "--ask-owner"),
            "woocommerce takes keys",
        ),
        ((*ADD, "my-shop", "--ask-owner", "--credential", "access_token"), "--credential"),
        ((*ADD, "my-shop", "--ask-owner", "--redirect", "http://tea.example"), "must begin with https://"),
    ],
)
def test_what_cannot_be_is_refused(regulars: CommandLine, arguments: tuple[str, ...], words: str) -> None:
    regulars.begin()
    said = regulars(*arguments, given=KEYS)
    assert said.code != 0 and words in " ".join(said.err.split())
