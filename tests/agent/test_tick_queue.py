"""The waker: its queue is its own, private and worth nothing; its tasks carry ids only."""

import json
import pickle
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent_visits import DOWN
from agent_world import World
from regulars_agent import Duty, Settings, bind, make_huey
from regulars_agent._settings import HttpSettings, RiskSettings
from regulars_mapping import MisconfiguredError


def settings_at(directory: Path, url: str = "sqlite:///base.sqlite3") -> Settings:
    return Settings(directory=directory, store_url=SecretStr(url))


def waiting(path: Path) -> list[bytes]:
    connection = sqlite3.connect(path)
    try:
        return [bytes(row[0]) for row in connection.execute("SELECT data FROM task ORDER BY id")]
    finally:
        connection.close()


@pytest.fixture
def eager(world: World) -> World:
    world.workspace.settings = world.workspace.settings.model_copy(
        update={
            "agent": world.workspace.settings.agent.model_copy(update={"interval": 60}),
            "risk": RiskSettings(max_share_changed=1),
            "http": HttpSettings(tries=1),
        }
    )
    return world


def test_the_queue_is_a_private_file_that_is_never_the_store_s(tmp_path: Path) -> None:
    for url in ("sqlite:///base.sqlite3", "sqlite:///base.queue.sqlite3", "postgresql://someone@db/base"):
        settings = settings_at(tmp_path, url)
        assert settings.queue_file != settings.store_file
        make_huey(settings).storage.close()
        assert stat.S_IMODE(settings.queue_file.stat().st_mode) == 0o600


def no_database(path: Path) -> None:
    path.write_bytes(b"not a database, and long enough to be read as one" * 50)


def broken_pages(path: Path) -> None:
    """The head of a database, and then nothing that makes sense."""
    path.write_bytes(path.read_bytes()[:4096] + b"\xee" * 40_000)


@pytest.mark.parametrize("damage", [no_database, broken_pages])
def test_a_damaged_queue_is_set_aside_with_a_warning_and_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    settings = settings_at(tmp_path)
    path = settings.queue_file
    make_huey(settings).storage.close()
    damage(path)
    path.with_name(f"{path.name}-wal").write_bytes(b"what was written ahead")
    spoiled = path.read_bytes()
    huey = make_huey(settings)
    huey.storage.enqueue(b"[]")
    assert huey.pending_count() == 1
    huey.storage.close()
    aside = path.with_name("base.queue.sqlite3.damaged")
    assert aside.read_bytes() == spoiled
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert str(aside) in warning.getMessage()


def test_a_sound_queue_is_kept_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    huey = make_huey(settings_at(tmp_path))
    huey.storage.enqueue(b"[]")
    huey.storage.close()
    again = make_huey(settings_at(tmp_path))
    assert again.pending_count() == 1
    again.storage.close()
    assert caplog.records == []


def test_a_queue_that_cannot_be_used_is_named_with_the_remedy(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    settings.queue_file.mkdir()
    with pytest.raises(MisconfiguredError, match=r"base\.queue\.sqlite3.*may be deleted"):
        make_huey(settings)


def test_a_pulse_queues_what_is_due_as_ids_and_the_work_is_done_once(eager: World) -> None:
    huey = make_huey(eager.workspace.settings)
    tasks = bind(huey, eager.workspace)
    tasks.pulse()
    huey.execute(huey.dequeue())
    (message,) = [json.loads(data) for data in waiting(eager.workspace.settings.queue_file)]
    assert [part for part in message if part][1:] == [
        f"{bind.__module__}.work",
        [eager.shop.id, Duty.EXCHANGE.value],
    ]
    tasks.work(eager.shop.id, Duty.EXCHANGE.value)
    while (task := huey.dequeue()) is not None:
        huey.execute(task)
    assert tasks.performed == {"done": 1, "skipped": 1}
    eager.assert_settled()
    tasks.pulse()
    huey.execute(huey.dequeue())
    assert waiting(eager.workspace.settings.queue_file) == []
    huey.storage.close()


def test_a_failing_shop_leaves_the_waker_unmoved(eager: World) -> None:
    eager.front.before = lambda _: DOWN
    huey = make_huey(eager.workspace.settings)
    tasks = bind(huey, eager.workspace)
    tasks.work(eager.shop.id, Duty.EXCHANGE.value)
    huey.execute(huey.dequeue())
    assert tasks.performed == {"failed": 1}
    huey.storage.close()


def test_what_somebody_pickled_into_the_queue_is_not_run(eager: World, tmp_path: Path) -> None:
    proof = tmp_path / "ran"

    class Evil:
        def __reduce__(self) -> object:
            return Path.touch, (proof,)

    huey = make_huey(eager.workspace.settings)
    bind(huey, eager.workspace)
    huey.storage.enqueue(pickle.dumps(Evil()))
    with pytest.raises(json.JSONDecodeError):
        huey.dequeue()
    assert not proof.exists()
    assert huey.pending_count() == 0
    huey.storage.close()
