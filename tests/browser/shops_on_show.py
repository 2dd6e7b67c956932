"""Two shops with people in them, and the bundled site in a process of its own that shows them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests
from pydantic import SecretStr

from agent_world import ENVIRON, KEY, PROGRAMME, Clock, credentials
from browser.people_on_show import SHOPPERS, boutique_past, market_past
from regulars_agent import (
    Workspace,
    apply_plan,
    connect_shop,
    enable_programme,
    load_settings,
    make_plan,
    open_workspace,
    storefront_key,
    write_default_settings,
)
from regulars_sandbox import ShopifyShop, WooCommerceShop, serve
from two_shops_world import BOUTIQUE, MARKET, TOKEN, TwoShops

PASSWORD = "an-owners-long-passphrase"
_SITE = """
import os, sys, pathlib
from wagtail_regulars import site
site.prepare(pathlib.Path(sys.argv[1]), environ=os.environ, may_show=False)
site.run(site.bind(host="127.0.0.1", port=int(sys.argv[2])))
"""
_BLOCK = """
import django, sys
django.setup()
from wagtail_regulars.blocks import OfferBlock
block = OfferBlock()
print("<!doctype html><html lang='en'><head><title>A page</title><link rel='icon' href='data:,'></head>")
print("<body>" + block.render(block.to_python({"heading": sys.argv[1]})) + "</body></html>")
"""


@dataclass(frozen=True)
class OnShow:
    """The shops, and where the site that shows them answers."""

    shops: TwoShops
    directory: Path
    port: int

    @property
    def owners(self) -> str:
        """The owner's site."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def shoppers(self) -> str:
        """The storefront. Another host than the owner's, so that their cookies do not meet."""
        return f"http://localhost:{self.port}"

    def round(self) -> None:
        """What the agent does in one round."""
        self.shops.learn()
        workspace = self.shops.workspace
        for name in (MARKET, BOUTIQUE):
            shop = self.shops.shop(name)
            plan = make_plan(workspace, shop)
            assert plan.empty or apply_plan(workspace, shop, plan.id, confirmed=True).complete


@contextmanager
def on_show(directory: Path, **environ: str) -> Iterator[OnShow]:
    """Both shops with everybody's history, pulled, computed and pushed, and the site served."""
    write_default_settings(directory)
    settings = load_settings(directory, environ=ENVIRON)
    with (
        open_workspace(settings, clock=Clock(), environ=ENVIRON) as workspace,
        _shops(workspace) as (shops, till),
    ):
        (directory / "demo-shoppers.json").write_text(json.dumps(SHOPPERS), "utf-8")
        with _served(directory, {**till, **environ}) as port:
            shown = OnShow(shops, directory, port)
            shown.round()
            yield shown


@contextmanager
def _shops(workspace: Workspace) -> Iterator[tuple[TwoShops, Mapping[str, str]]]:
    """The shops, and the variables by which the demo's page buys in the market."""
    workspace.store.upgrade()
    now = datetime.now(UTC).replace(microsecond=0)
    market, boutique = WooCommerceShop.of(market_past(now)), ShopifyShop.of(boutique_past(now))
    market.add_key(KEY)
    boutique.add_token(TOKEN)
    with serve(market, tls=True) as one, serve(boutique, tls=True) as other:
        places = {MARKET: ("woocommerce", one), BOUTIQUE: ("shopify", other)}
        keys = {MARKET: credentials(), BOUTIQUE: {"access_token": SecretStr(TOKEN)}}
        for name, (platform, server) in places.items():
            assert server.certificate is not None
            bundle = workspace.settings.directory / f"{name}.pem"
            bundle.write_bytes(server.certificate.read_bytes())
            options = {"certificates": bundle.name}
            options |= {"checks_emails": "yes"} if name == MARKET else {}
            told = {"platform": platform, "name": name, "url": server.url, "options": options}
            report = connect_shop(workspace, **told, credentials=keys[name])  # type: ignore[arg-type]
            assert report is not None
            assert report.usable
            storefront_key(workspace, name)
        enable_programme(workspace, PROGRAMME, who="the owner")
        till = {"URL": one.url, "CERTIFICATE": str(workspace.settings.directory / f"{MARKET}.pem")}
        till |= {"KEY": KEY.consumer_key, "SECRET": KEY.consumer_secret}
        variables = {f"REGULARS_DEMO_SHOP_{name}": value for name, value in till.items()}
        yield TwoShops(workspace, market, boutique), variables


def rendered_block(directory: Path, *, heading: str) -> str:
    """A page with the block as the site of this workspace renders it."""
    given = {"DJANGO_SETTINGS_MODULE": "wagtail_regulars.site.settings", "REGULARS_DIRECTORY": str(directory)}
    done = subprocess.run(
        [sys.executable, "-c", _BLOCK, heading],
        env=_environ(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _environ(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return {**kept, **ENVIRON, **given}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _served(directory: Path, environ: Mapping[str, str]) -> Iterator[int]:
    """The port of the bundled site of the workspace."""
    port = free_port()
    command = [sys.executable, "-c", _SITE, str(directory), str(port)]
    given = {"REGULARS_DEMO": "1", "REGULARS_OWNER_PASSWORD": PASSWORD, **environ}
    with subprocess.Popen(command, env=_environ(given), stderr=subprocess.PIPE, text=True) as process:
        try:
            _await(process, f"http://127.0.0.1:{port}/admin/login/")
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _await(process: "subprocess.Popen[str]", address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(process.stderr.read() if process.stderr else "the site ended")
        try:
            requests.get(address, timeout=5).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the site did not answer")
