"""The composition root, the owner of leases, and connectors built with a shop's secrets."""

import os
import stat
import subprocess
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import SecretStr

import regulars_store
from regulars_agent._clock import SystemClock
from regulars_agent._owner import holder_is_dead, owner_name
from regulars_agent._settings import load_settings, write_default_settings
from regulars_agent._workspace import Workspace, open_workspace
from regulars_connectors import connector_class
from regulars_mapping import MisconfiguredError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECRET = "cs_top-secret-value"
ENVIRON = {
    "REGULARS_MASTER_KEY": "m4ster-key-of-the-tests-0123456789abcdef",
    "REGULARS_KEYRING_COST": "1024",
}

THIRD_PARTY = """
from regulars_connectors import Connector

made = []


def open_paper(cls, config):
    paper = cls()
    paper.config, paper.closed = config, False
    made.append(paper)
    return paper


def close(self):
    self.closed = True


PaperConnector = type("PaperConnector", (Connector,), {
    **dict.fromkeys(Connector.__abstractmethods__),
    "platform": "paper", "credential_names": ("consumer_key", "word"), "kinds": (),
    "open": classmethod(open_paper), "close": close,
})
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    write_default_settings(tmp_path / "shop")
    settings = load_settings(tmp_path / "shop", environ=ENVIRON)
    opened = open_workspace(settings, clock=lambda: NOW, environ=ENVIRON)
    opened.store.upgrade()
    return opened


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A third party's platform, installed: a module and its entry point."""
    site = tmp_path / "site"
    (site / "paper-1.dist-info").mkdir(parents=True)
    (site / "paper-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: paper\nVersion: 1\n")
    (site / "paper-1.dist-info" / "entry_points.txt").write_text(
        "[regulars.connectors]\npaper = paper_platform:PaperConnector\n"
    )
    (site / "paper_platform.py").write_text(THIRD_PARTY)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "paper_platform", raising=False)
    # A platform that was found is kept, and each test has a class of its own.
    connector_class.cache_clear()
    yield
    connector_class.cache_clear()


def shop_of(workspace: Workspace, **options: str) -> regulars_store.Shop:
    with workspace.store.write() as connection:
        return regulars_store.add_shop(
            connection, name="stall", platform="paper", url="https://stall.example", options=options, now=NOW
        )


def test_a_workspace_is_put_together_and_closed_twice(workspace: Workspace) -> None:
    with workspace as opened:
        opened.store.check_version()
        assert opened.clock() == NOW
        assert opened.owner == owner_name()
    workspace.close()


def test_the_store_file_and_what_lies_beside_it_is_this_users_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_default_settings(tmp_path)
        opened = open_workspace(load_settings(tmp_path, environ={}), environ={})
        opened.store.upgrade()
        with opened.store.read():
            modes = {
                each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob("regulars.sqlite3*")
            }
    finally:
        os.umask(before)
    opened.close()
    assert len(modes) >= 2
    assert set(modes.values()) == {0o600}


def test_opening_reads_no_secret_and_needs_no_master_key(tmp_path: Path) -> None:
    write_default_settings(tmp_path)
    with open_workspace(
        load_settings(tmp_path, environ={}), environ={"REGULARS_SECRET_A_KEY": SECRET}
    ) as opened:
        assert SECRET not in f"{opened!r} {opened.secrets!r} {opened.settings!r}"
        assert not opened.settings.secrets_file.exists()


def test_the_system_clock_is_aware_and_in_utc() -> None:
    now = SystemClock()()
    assert now.tzinfo is UTC
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)


@pytest.mark.usefixtures("paper")
def test_a_connector_gets_its_shops_secrets_and_the_settings_patience(workspace: Workspace) -> None:
    made = import_module("paper_platform").made

    bundle = workspace.settings.directory / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----")
    shop = shop_of(workspace, certificates="ca.pem", path="wp-json")
    workspace.secrets.set("stall", "consumer_key", SecretStr("ck"))
    workspace.secrets.set("stall", "word", SecretStr(SECRET))
    with workspace.connector(shop) as connector:
        assert connector is made[-1]
        config = made[-1].config
        assert not made[-1].closed
    assert made[-1].closed
    assert config.url == "https://stall.example"
    assert {name: value.get_secret_value() for name, value in config.credentials.items()} == {
        "consumer_key": "ck",
        "word": SECRET,
    }
    assert config.http == workspace.settings.http.options(verify=str(bundle))
    assert config.options == {"path": "wp-json"}
    assert SECRET not in repr(config)


@pytest.mark.usefixtures("paper")
def test_a_connector_is_closed_after_an_error_too(workspace: Workspace) -> None:
    made = import_module("paper_platform").made

    shop = shop_of(workspace)
    for name in ("consumer_key", "word"):
        workspace.secrets.set("stall", name, SecretStr(SECRET))
    try:
        with workspace.connector(shop):
            int("an error in the middle")
    except ValueError:
        assert SECRET not in traceback.format_exc()
    assert made[-1].closed
    assert made[-1].config.http.verify is True


@pytest.mark.usefixtures("paper")
def test_what_a_connector_lacks_is_told_before_it_is_made(workspace: Workspace) -> None:
    shop = shop_of(workspace, certificates="gone.pem")
    with (
        pytest.raises(MisconfiguredError, match=r"'consumer_key'.*regulars shop rotate stall"),
        workspace.connector(shop),
    ):
        pass
    for name in ("consumer_key", "word"):
        workspace.secrets.set("stall", name, SecretStr(SECRET))
    with pytest.raises(MisconfiguredError, match=r"gone\.pem"), workspace.connector(shop):
        pass


def test_a_platform_that_is_not_installed_is_told(workspace: Workspace) -> None:
    shop = shop_of(workspace)
    with pytest.raises(MisconfiguredError, match="paper"), workspace.connector(shop):
        pass


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_living_holder_is_not_dead_and_a_killed_one_is() -> None:
    with sleeper() as process:
        owner = owner_name(pid=process.pid)
        assert not holder_is_dead(owner)
        process.kill()
    assert holder_is_dead(owner)
    assert not holder_is_dead(owner_name())


def test_a_killed_holder_that_its_parent_has_not_noticed_is_dead() -> None:
    with sleeper() as process:
        owner = owner_name(pid=process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert holder_is_dead(owner)


def test_a_process_that_got_the_holders_pid_is_not_the_holder() -> None:
    host, pid, started = owner_name().split(":")
    ticks, _, place = started.partition("-")
    assert holder_is_dead(f"{host}:{pid}:{int(ticks) - 1}-{place}")


def test_a_holder_of_another_host_boot_or_container_is_never_called_dead(tmp_path: Path) -> None:
    with sleeper() as process:
        owner = owner_name(pid=process.pid)
        process.kill()
    host, pid, started = owner.split(":")
    ticks = started.partition("-")[0]
    assert holder_is_dead(owner)
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("another boot")
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").symlink_to("pid:[1]")
    elsewhere = owner_name(pid=process.pid, proc=tmp_path)
    for other in (elsewhere, f"not-{host}:{pid}:{started}", f"{host}:{pid}:{ticks}-0000000000"):
        assert not holder_is_dead(other)


@pytest.mark.parametrize(
    "owner", ["", "x", "::", "{h}:-1:{s}", "{h}:0:{s}", "{h}:9999999999:{s}", "{h}:１:{s}", "{h}:1e3:{s}"]
)
def test_a_name_that_is_none_is_never_called_dead(owner: str) -> None:
    host, _, started = owner_name().split(":")
    assert not holder_is_dead(owner.format(h=host, s=started))


def test_a_living_process_that_proc_hides_is_not_dead(tmp_path: Path) -> None:
    # hidepid=2 shows nobody else's directories.
    for part in ("sys/kernel/random", "self/ns"):
        (tmp_path / part).mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("this boot")
    (tmp_path / "self/ns/pid").symlink_to("pid:[1]")
    assert not holder_is_dead(owner_name(proc=tmp_path), proc=tmp_path)


def test_without_proc_only_a_pid_that_is_gone_is_dead(tmp_path: Path) -> None:
    with sleeper() as process:
        owner = owner_name(pid=process.pid, proc=tmp_path)
        assert not holder_is_dead(owner, proc=tmp_path)
        process.kill()
    assert holder_is_dead(owner, proc=tmp_path)
    assert not holder_is_dead(owner_name(proc=tmp_path), proc=tmp_path)


def test_a_command_with_spaces_and_parentheses_in_its_name_is_read(tmp_path: Path) -> None:
    tricky = tmp_path / "a) S (b 1 2"
    tricky.symlink_to(sys.executable)
    with subprocess.Popen([str(tricky), "-c", "import time; time.sleep(60)"]) as process:
        owner = owner_name(pid=process.pid)
        assert not holder_is_dead(owner)
        process.kill()
    assert holder_is_dead(owner)
