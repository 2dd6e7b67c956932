"""A whole life behind a server that drops the Authorization header; nowhere does the secret remain."""

import base64
import json
import logging
import traceback
from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, select

from agent_world import COFFEE, KEY, SPENT, Front, World, a_history, connected_at, credentials, served
from regulars_agent import (
    Workspace,
    backfill,
    bind,
    check_shop,
    connect_shop,
    derive,
    doctor,
    keep_webhooks,
    make_huey,
    rotate_credentials,
    sync,
    tick,
    verify,
)
from regulars_agent._settings import HttpSettings, PullSettings
from regulars_connectors import Severity
from regulars_mapping import RegularsError
from regulars_sandbox import ApiKey, Faults, Noise, RunningServer
from regulars_store import decompress, tables
from webhook_world import URL, ToldWorld, told_world

STRIPPED = {"strip_authorization": True}
BAD_DAYS = {
    "latency": {"latency": 0.01},
    "throttled": {"throttle_every": 2, "retry_after": 0},
    "throttled without a word": {"throttle_every": 2, "retry_after": None},
    "crashes": {"crash_every": 2},
    "always crashes": {"crash_every": 1},
    "cut off": {"truncate_every": 2},
    "notice": {"noise": Noise.NOTICE},
    "tail": {"noise": Noise.TAIL},
    "challenge": {"challenge_every": 3},
    "always a challenge": {"challenge_every": 1},
    "lost answers": {"drop_after_effect_every": 1},
    "rows twice": {"repeat_row_every": 2},
    "rows missing": {"miss_row_every": 2},
    "maintenance": {"maintenance": True},
    "hidden HTTPS": {"hide_https": True},
    "redirect": {"redirect": "https://www.example.com"},
    "skew": {"clock_skew": 3_600.0},
}


@pytest.fixture
def hidden(empty_workspace: Workspace) -> Iterator[ToldWorld]:
    """The small shop behind such a server, with webhooks."""
    with served(a_history(SPENT)) as (front, server):
        server.faults = Faults(**STRIPPED)  # type: ignore[arg-type]
        made = world_of(empty_workspace, front, server)
        yield told_world(made)


def world_of(workspace: Workspace, front: Front, server: RunningServer) -> World:
    assert server.certificate is not None
    made = connected_at(workspace, server.url, server.certificate, auth="query")
    return World(workspace, made.clock, made.url, made.bundle, front.shop, front, server)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        for name in ("urllib3", "oauthlib", "requests_oauthlib", "regulars_agent"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        yield caplog
        for name in ("urllib3", "oauthlib", "requests_oauthlib", "regulars_agent"):
            logging.getLogger(name).setLevel(logging.NOTSET)


def staff(world: World, number: int) -> None:
    """Somebody buys and somebody writes, past the agent."""
    order = world.double.place_order(items=[(COFFEE, 10 + number)], customer_id=1 + number % 6)
    world.double.write_review(COFFEE, email=f"person{1 + number % 6}@example.com", rating=4)
    world.double.refund_order(order, 100)


def tried(words: list[str], work: object) -> None:
    """What is said by something that may fail, with the frames of its errors."""
    try:
        words.append(repr(work()))  # type: ignore[operator]
    except RegularsError as error:
        words += [str(error), repr(error), "".join(traceback.format_exception(error))]


def kept(world: World) -> str:
    """Everything in the workspace's files and in the store, payloads unpacked."""
    found = [path.read_bytes() for path in world.workspace.settings.directory.rglob("*") if path.is_file()]
    with world.store.read() as connection:
        for name in inspect(connection).get_table_names():
            table = tables.observation.metadata.tables.get(name)
            if table is not None:
                found += [repr(tuple(row)).encode() for row in connection.execute(select(table))]
        payloads = connection.scalars(select(tables.observation.c.payload))
        found += [json.dumps(decompress(payload)).encode() for payload in payloads if payload]
    return b"\n".join(found).decode("utf-8", "replace")


def secrets_of(key: ApiKey) -> tuple[str, ...]:
    basic = base64.b64encode(f"{key.consumer_key}:{key.consumer_secret}".encode()).decode()
    return key.consumer_secret, basic, "oauth_signature", "oauth_nonce"


@pytest.mark.slow
def test_everything_works_and_the_secret_stays_nowhere(
    hidden: ToldWorld, logged: pytest.LogCaptureFixture
) -> None:
    world, words = hidden.world, list[str]()
    workspace = world.workspace
    huey = make_huey(workspace.settings)
    bind(huey, workspace)
    world.server.faults = Faults(**STRIPPED)  # type: ignore[arg-type]
    # The agent's first visit has read, derived, planned and written.
    assert len(world.coupons()) == 5
    hidden.deliver()
    for number, (name, faults) in enumerate(BAD_DAYS.items()):
        world.server.faults = Faults(**STRIPPED)  # type: ignore[arg-type]
        staff(world, number)
        hidden.deliver()
        world.server.faults = Faults(**{**STRIPPED, **faults})  # type: ignore[arg-type]
        words.append(name)
        for work in (
            lambda: check_shop(workspace, "tea"),
            lambda: sync(workspace, "tea"),
            lambda: verify(workspace, "tea"),
            lambda: backfill(workspace, "tea"),
            lambda: derive(workspace),
            world.plan,
            world.apply,
            lambda: keep_webhooks(workspace, "tea", who="the owner", rotate=True),
        ):
            tried(words, work)
        world.clock.forward(hours=26)
        words += [repr(each) for each in tick(workspace, world.clock())]
    world.server.faults = Faults(**STRIPPED)  # type: ignore[arg-type]
    world.clock.forward(hours=26)
    tick(workspace, world.clock())
    assert verify(workspace, "tea").complete
    report = check_shop(workspace, "tea")
    assert [each for each in report.findings if each.severity is not Severity.OK] == []
    words += [repr(each) for each in doctor(workspace)]
    huey.storage.close()
    everything = {"store and files": kept(world), "words": "\n".join(words), "log": logged.text}
    everything["records"] = "".join(str(vars(record)) for record in logged.records)
    assert "urllib3" in everything["log"]
    assert "orders" in everything["store and files"]
    for place, text in everything.items():
        for secret in secrets_of(KEY):
            assert secret not in text, f"{secret[:12]} stands in the {place}"


def test_a_dropped_header_is_said_with_the_command_that_gets_past_it(world: World) -> None:
    world.server.faults = Faults(**STRIPPED)  # type: ignore[arg-type]
    report = check_shop(world.workspace, "tea")
    (found,) = [each for each in report.findings if each.severity is Severity.PROBLEM]
    assert found.subject == "Authorization header"
    assert found.remedy.endswith("regulars shop set tea --option auth=query")
    assert "SetEnvIf" in found.remedy


def test_a_new_shop_is_told_the_whole_command_that_adds_it(empty_workspace: Workspace) -> None:
    with served(a_history(SPENT)) as (_, server):
        server.faults = Faults(**STRIPPED)  # type: ignore[arg-type]
        assert server.certificate is not None
        options = {"certificates": str(server.certificate), "currency": "UAH"}
        report = connect_shop(
            empty_workspace,
            platform="woocommerce",
            name="Чай tea",
            url=server.url,
            options=options,
            credentials=credentials(),
        )
        assert report is not None
        (found,) = [each for each in report.findings if each.severity is Severity.PROBLEM]
        command = f"regulars shop add woocommerce 'Чай tea' {server.url} --option=certificates="
        assert command in found.remedy
        assert "--option=currency=UAH --option auth=query" in found.remedy


def test_a_proxy_that_hides_https_is_got_past_with_both_options(world: World) -> None:
    world.server.faults = Faults(hide_https=True)
    report = check_shop(world.workspace, "tea")
    (found,) = [each for each in report.findings if each.severity is Severity.PROBLEM]
    home = world.url.replace("https://", "http://")
    assert f"regulars shop set tea --option auth=query --option home_url={home}" in found.remedy


def test_new_keys_are_checked_in_the_mode_of_the_shop(hidden: ToldWorld) -> None:
    new = hidden.world.double.add_key(ApiKey("ck_new", "cs_new"))
    assert rotate_credentials(hidden.world.workspace, "tea", credentials(new)).usable
    assert URL in check_shop(hidden.world.workspace, "tea").findings[-1].message


def test_two_processes_read_in_that_mode_too(empty_workspace: Workspace) -> None:
    settings = empty_workspace.settings
    update = {"pull": PullSettings(processes=2, readers=2), "http": HttpSettings(tries=2)}
    empty_workspace.settings = settings.model_copy(update=update)
    spent = dict.fromkeys(range(1, 401), 2_000)
    with served(a_history(spent)) as (front, server):
        server.faults = Faults(**STRIPPED)  # type: ignore[arg-type]
        world = world_of(empty_workspace, front, server)
        assert len(world.rows("order", "id")) == 400
