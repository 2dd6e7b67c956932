"""Credentials that change while they are used: one place for all processes, and one of them at a time."""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

import regulars_store as store
from agent_world import ENVIRON
from regulars_agent import (
    SystemClock,
    Workspace,
    connect_shop,
    connect_shopify,
    disconnect_shop,
    open_workspace,
    rotate_credentials,
)
from regulars_agent._keyring_keeper import KeyringKeeper
from regulars_agent._owner import owner_name
from regulars_agent._settings import HttpSettings
from regulars_connectors import ConnectorConfig, connector_class
from regulars_mapping import Kind, LeaseLostError, MisconfiguredError, RetryError
from regulars_sandbox import (
    Request,
    Response,
    RunningServer,
    ShopCustomer,
    ShopHistory,
    ShopifyApp,
    ShopifyShop,
    serve,
)

BACK = connect_shopify.OWNERS_REDIRECT
APP = ShopifyApp("app-id", "app-secret", redirect_uris=(BACK,))
PROOF = {"client_id": SecretStr("app-id"), "client_secret": SecretStr("app-secret")}
KEY = "refresh_token"
WORKERS = Path(__file__).with_name("renewing_workers.py")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Counting:
    """A shop that counts how often somebody asks for tokens."""

    def __init__(self, shop: ShopifyShop) -> None:
        self.shop, self.home, self.asked = shop, "", 0

    def respond(self, request: Request) -> Response:
        self.shop.home = self.home
        self.asked += request.target.endswith("/access_token")
        return self.shop.respond(request)


@dataclass
class Owned:
    """A workspace beside somebody else's shop, whose owner agrees to whatever is asked."""

    workspace: Workspace
    front: Counting
    server: RunningServer

    def granted(self) -> Mapping[str, SecretStr]:
        at = self.workspace
        asking = connect_shopify.ask_owner(at, PROOF, name="tea", url=self.server.url, redirect=BACK)
        answer = requests.get(asking.url, allow_redirects=False, timeout=20)
        back = SecretStr(answer.headers["Location"])
        return connect_shopify.owners_answer(at, PROOF, asking, back, name="tea")

    def connect(self) -> None:
        report = connect_shop(
            self.workspace,
            platform="shopify",
            name="tea",
            url=self.server.url,
            options={},
            credentials=self.granted(),
        )
        assert report is not None and report.usable, report

    def config(self) -> ConnectorConfig:
        with self.workspace.store.read() as connection:
            return self.workspace.connector_config(store.shop_named(connection, "tea"))

    def keeper(self, wait: float = 0.1) -> KeyringKeeper:
        at = self.workspace
        return KeyringKeeper(
            at.settings, at.secrets, at.store, shop="tea", clock=at.clock, environ=ENVIRON, wait=wait
        )

    def kept(self) -> SecretStr:
        return self.workspace.secrets.get("tea", KEY)

    def keep_only_what_renews(self) -> None:
        """As after an hour: the next who opens the shop has to renew."""
        said = json.loads(self.kept().get_secret_value())
        self.workspace.secrets.set("tea", KEY, SecretStr(said[KEY]))


def works(config: ConnectorConfig) -> bool:
    with connector_class("shopify").open(config) as connector:
        return list(connector.list_ids(Kind.CUSTOMER)) == [["1"]]


@pytest.fixture
def owned(empty_workspace: Workspace) -> Iterator[Owned]:
    olena = ShopCustomer(1, "olena@example.com", NOW, NOW, first_name="Olena")
    shop = ShopifyShop.of(ShopHistory("UAH", "Europe/Kyiv", "UA", customers=(olena,)))
    shop.add_app(APP)
    front = Counting(shop)
    with serve(front) as server:
        made = Owned(empty_workspace, front, server)
        made.connect()
        front.asked = 0
        yield made


on_a_file = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""Once: what is asked of the database is asked on both elsewhere."""


def test_processes_that_renew_at_once_end_with_one_token_that_serves(owned: Owned) -> None:
    owned.keep_only_what_renews()
    settings = owned.workspace.settings
    given = {"directory": str(settings.directory), "store_url": settings.store_url.get_secret_value()}
    done = subprocess.run(
        [sys.executable, str(WORKERS), json.dumps(given)],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout) == [[["1"]]] * 4, done.stderr
    assert owned.front.asked == 1
    assert works(owned.config())
    assert owned.front.asked == 1


@on_a_file
def test_a_refused_token_is_renewed_once_and_kept(owned: Owned) -> None:
    before = owned.kept()
    owned.front.shop.expire_tokens()
    assert works(owned.config())
    assert works(owned.config())
    assert owned.front.asked == 1
    assert owned.kept() != before


@on_a_file
def test_another_process_is_handed_a_keeper_of_the_same_keyring(owned: Owned) -> None:
    owned.keep_only_what_renews()
    before = owned.kept()
    assert works(pickle.loads(pickle.dumps(owned.config())))
    assert owned.kept() != before
    assert works(owned.config())
    assert owned.front.asked == 1


def test_who_renews_is_waited_for_only_so_long_and_a_dead_one_not_at_all(owned: Owned) -> None:
    with owned.keeper().locked(), pytest.raises(RetryError, match="renews the credentials of shop 'tea'"):
        owned.keeper().locked().__enter__()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        gone = owner_name(pid=process.pid)
    with owned.workspace.store.write() as connection:
        store.take_lease(
            connection,
            "credentials:tea",
            owner=gone,
            now=SystemClock()(),
            ttl=owned.workspace.settings.lease.ttl,
        )
    with owned.keeper().locked():
        pass


def test_who_lost_the_lock_keeps_nothing(owned: Owned) -> None:
    before, late = owned.kept(), owned.keeper()
    with late.locked():
        with owned.workspace.store.write() as connection:
            store.take_lease(
                connection,
                "credentials:tea",
                owner="another:1:2",
                now=SystemClock()(),
                ttl=owned.workspace.settings.lease.ttl,
                holder_is_dead=lambda _: True,
            )
        with pytest.raises(LeaseLostError):
            late.keep(KEY, SecretStr("late"))
    assert owned.kept() == before


@on_a_file
def test_an_owner_who_agrees_again_takes_the_place_of_what_was_kept(owned: Owned) -> None:
    before = owned.config()
    assert connect_shopify.asks_owner(owned.workspace, "shopify", "tea")
    report = rotate_credentials(owned.workspace, "tea", owned.granted())
    assert report.usable
    assert works(owned.config())
    assert works(before)


@on_a_file
def test_new_credentials_stay_although_the_shop_does_not_answer_now(owned: Owned) -> None:
    granted = owned.granted()
    owned.server.close()
    at_once = {"http": HttpSettings(tries=1)}
    owned.workspace.settings = owned.workspace.settings.model_copy(update=at_once)
    assert not rotate_credentials(owned.workspace, "tea", granted).usable
    assert owned.kept() == granted[KEY]


@on_a_file
def test_a_shop_that_is_removed_while_somebody_renews_leaves_no_credential(
    owned: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owned.workspace, "keeper", lambda *_: owned.keeper())
    with owned.keeper().locked(), pytest.raises(RetryError):
        disconnect_shop(owned.workspace, "tea")
    assert works(owned.config())
    disconnect_shop(owned.workspace, "tea")
    assert owned.workspace.secrets.find("tea", KEY) is None


@on_a_file
def test_a_variable_cannot_give_what_changes(owned: Owned) -> None:
    settings, environ = owned.workspace.settings, {**ENVIRON, "REGULARS_SECRET_TEA_REFRESH_TOKEN": "shprt_x"}
    with open_workspace(settings, environ=environ) as workspace:
        told = Owned(workspace, owned.front, owned.server)
        with pytest.raises(MisconfiguredError, match="REGULARS_SECRET_TEA_REFRESH_TOKEN cannot give"):
            works(told.config())
        with pytest.raises(MisconfiguredError, match="Unset it"):
            told.granted()
    assert owned.front.asked == 0
    assert works(owned.config())
