"""The hour's token of an app in somebody else's shop: renewed in time, kept before it is used, shared."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from regulars_connectors import Connector
from regulars_mapping import Kind, MisconfiguredError, RetryError
from regulars_sandbox import Faults, RunningServer, ShopifyApp, ShopifyShop
from regulars_shopify import begin_authorization, finish_authorization
from regulars_shopify._offline import OfflineGrant
from shopify.conftest import API, GRANT, START, Opener, a_customer, a_shop, answer, listing

BACK = "https://app.example.com/callback"
APP = ShopifyApp("app-id", "app-secret", redirect_uris=(BACK,))
PROOF = {"client_id": SecretStr("app-id"), "client_secret": SecretStr("app-secret")}


class FullError(Exception):
    """The disk is full."""


class Keeper:
    """A shop's credentials in one place, as several processes would have them."""

    def __init__(self, secret: SecretStr) -> None:
        self.secret = secret
        self.full = False
        self.kept = 0
        self._lock = threading.Lock()

    def locked(self) -> AbstractContextManager[object]:
        return self._lock

    def load(self, name: str) -> SecretStr:
        assert name == "refresh_token"
        return self.secret

    def keep(self, name: str, secret: SecretStr) -> None:
        assert self._lock.locked()
        if self.full:
            raise FullError
        self.secret, self.kept = secret, self.kept + 1


class World:
    """A shop of somebody else's, its clock, and processes that open connectors for it."""

    def __init__(self, opened: Opener) -> None:
        self.opened, self.now = opened, START
        self.shop: ShopifyShop = a_shop(lambda: self.now, customers=(a_customer(1),))
        self.shop.add_app(APP)
        self.server: RunningServer = opened.served(self.shop)
        self.keeper = Keeper(SecretStr("-"))
        self.connect()

    def connect(self) -> None:
        asking = begin_authorization(self.server.url, client_id="app-id", redirect_uri=BACK)
        back = requests.get(asking.url, allow_redirects=False, timeout=20).headers["Location"]
        told = {"shop": asking.shop, "state": asking.state, "now": self.now}
        granted = finish_authorization(
            urlsplit(back).query,
            client_id=PROOF["client_id"],
            client_secrets=[PROOF["client_secret"]],
            **told,
        )
        self.keeper.secret = granted.credentials["refresh_token"]

    def process(self) -> Connector:
        credentials = PROOF | {"refresh_token": SecretStr("what stood here at the start")}
        return self.opened.connector(
            self.server.url, credentials=credentials, keeper=self.keeper, now=lambda: self.now
        )

    def works(self, connector: Connector) -> bool:
        return list(connector.list_ids(Kind.CUSTOMER)) == [["1"]]


@pytest.fixture
def world(opened: Opener) -> World:
    return World(opened)


def test_the_token_that_the_owner_gave_serves_until_four_fifths_of_its_hour(world: World) -> None:
    connector = world.process()
    assert world.works(connector)
    world.now += timedelta(minutes=47)
    assert world.works(connector)
    assert world.keeper.kept == 0
    world.now += timedelta(minutes=1)
    assert world.works(connector)
    assert world.keeper.kept == 1


def test_a_refused_token_is_renewed_once(world: World) -> None:
    connector = world.process()
    assert world.works(connector)
    world.shop.expire_tokens()
    assert world.works(connector)
    assert world.keeper.kept == 1


def test_processes_share_one_token(world: World) -> None:
    processes = [world.process() for _ in range(4)]
    for hour in range(3):
        world.now += timedelta(hours=1)
        assert all(world.works(each) for each in processes)
        assert world.keeper.kept == hour + 1


def test_a_token_that_cannot_be_kept_is_not_used_and_nothing_is_lost(world: World) -> None:
    connector = world.process()
    world.now += timedelta(hours=1)
    world.keeper.full = True
    for _ in range(3):
        with pytest.raises(FullError):
            world.works(connector)
    world.keeper.full = False
    assert world.works(world.process())


def test_a_lost_answer_of_a_renewal_is_asked_for_again(world: World) -> None:
    connector = world.process()
    world.now += timedelta(hours=1)
    world.server.faults = Faults(drop_after_effect_every=1)
    with pytest.raises(RetryError):
        world.works(connector)
    world.server.faults = Faults()
    assert world.works(connector)
    assert world.keeper.kept == 1


def test_an_app_that_was_removed_is_told_to_connect_again(world: World) -> None:
    connector = world.process()
    world.now += timedelta(days=91)
    with pytest.raises(MisconfiguredError, match="Connect the shop again") as raised:
        world.works(connector)
    assert "shprt_" not in str(raised.value)
    world.connect()
    assert world.works(connector)


def test_a_bare_refresh_token_is_enough_to_begin_with(world: World) -> None:
    refresh = OfflineGrant.of(world.keeper.secret).refresh
    world.keeper.secret = refresh
    assert world.works(world.process())
    assert OfflineGrant.of(world.keeper.secret).refresh != refresh


Deed = Callable[[World, list[Connector]], None]


def _ask(at: int) -> Deed:
    def deed(world: World, processes: list[Connector]) -> None:
        try:
            assert world.works(processes[at])
        except FullError:
            assert world.keeper.full

    return deed


def _later(minutes: int) -> Deed:
    def deed(world: World, processes: list[Connector]) -> None:
        world.now += timedelta(minutes=minutes)

    return deed


def _crash(at: int) -> Deed:
    def deed(world: World, processes: list[Connector]) -> None:
        processes[at].close()
        processes[at] = world.process()

    return deed


def _full(full: bool) -> Deed:
    def deed(world: World, processes: list[Connector]) -> None:
        world.keeper.full = full

    return deed


def _expire(world: World, processes: list[Connector]) -> None:
    world.shop.expire_tokens()


DEEDS = st.one_of(
    st.integers(0, 2).map(_ask),
    st.sampled_from((1, 20, 61, 60 * 24 * 20)).map(_later),
    st.integers(0, 2).map(_crash),
    st.booleans().map(_full),
    st.just(_expire),
)


@given(deeds=st.lists(DEEDS, min_size=4, max_size=14))
# One process has a token that ended, and what another renewed since has ended, too.
@example(deeds=[_ask(0), _expire, _ask(1), _expire])
@settings(max_examples=25, deadline=None)
def test_whatever_happens_in_between_a_shop_asked_now_and_then_is_never_locked_out(deeds: list[Deed]) -> None:
    with _a_world() as world:
        processes = [world.process() for _ in range(3)]
        idle = world.now
        for deed in deeds:
            deed(world, processes)
            # Shopify itself ends a token that nobody used for 90 days, or whose answer was not kept for 30.
            if world.now - idle > timedelta(days=15):
                world.keeper.full = False
                assert world.works(processes[0])
                idle = world.now
        world.keeper.full = False
        assert all(world.works(each) for each in processes)


@contextmanager
def _a_world() -> Iterator[World]:
    with ExitStack() as stack:
        yield World(Opener(stack))


def test_without_a_place_to_keep_it_a_refresh_token_is_refused(opened: Opener) -> None:
    with pytest.raises(MisconfiguredError, match="no place here to keep it"):
        opened.connector(credentials=PROOF | {"refresh_token": SecretStr("shprt_x")})


@pytest.mark.parametrize(
    "kept", ["{}", "{", '{"refresh_token": 5}', '{"refresh_token": ""}', "a\nb", "", "é", "x" * 3_000]
)
def test_a_kept_credential_that_cannot_be_read_is_named_without_its_value(
    kept: str, opened: Opener, api: responses.RequestsMock
) -> None:
    credentials = PROOF | {"refresh_token": SecretStr("shprt_x")}
    connector = opened.connector(credentials=credentials, keeper=Keeper(SecretStr(kept)))
    with pytest.raises(MisconfiguredError, match="refresh_token cannot be read"):
        list(connector.list_ids(Kind.CUSTOMER))


def test_an_answer_without_a_new_refresh_token_keeps_the_old_one(
    opened: Opener, api: responses.RequestsMock
) -> None:
    api.post(GRANT, json={"access_token": "shpat_new"})
    api.post(API, json=answer(listing()))
    keeper = Keeper(SecretStr("shprt_x"))
    now = datetime(2026, 3, 1, tzinfo=UTC)
    credentials: Any = PROOF | {"refresh_token": SecretStr("shprt_x")}
    connector = opened.connector(credentials=credentials, keeper=keeper, now=lambda: now)
    for _ in range(2):
        assert list(connector.list_ids(Kind.CUSTOMER)) == []
    kept = OfflineGrant.of(keeper.secret)
    assert (kept.refresh.get_secret_value(), keeper.kept) == ("shprt_x", 1)
    assert kept.renew_at == now + timedelta(minutes=48)


@given(tokens=st.tuples(st.text("abc_019", min_size=1), st.text("abc_019", min_size=1)), at=st.datetimes())
def test_a_grant_reads_as_it_was_kept(tokens: tuple[str, str], at: datetime) -> None:
    grant = OfflineGrant(SecretStr(tokens[0]), SecretStr(tokens[1]), at.replace(tzinfo=UTC))
    assert OfflineGrant.of(grant.kept()) == grant
    assert grant.kept().get_secret_value().isprintable()
    assert "SecretStr('**********')" in repr(grant)
