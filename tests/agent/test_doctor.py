"""What the doctor sees in sound and in broken workspaces, and what it advises."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from regulars_agent import _doctor
from regulars_agent._doctor import doctor, filesystem_of
from regulars_agent._settings import load_settings, write_default_settings
from regulars_agent._workspace import Workspace, open_workspace
from regulars_connectors import Finding, Severity
from regulars_store import Store

MASTER = "m4ster-key-of-the-tests-0123456789abcdef"
PASSWORD = "hunter2-very-secret"
SUBJECTS = ["settings", "store", "journal", "store file", "disk", "secrets file", "keyring", "clock"]
Opener = Callable[..., Workspace]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens workspaces of a directory made once."""
    write_default_settings(tmp_path / "shop")
    with ExitStack() as stack:

        def opener(
            clock: Callable[[], datetime] | None = None, upgraded: bool = True, **environ: str
        ) -> Workspace:
            given = {"REGULARS_MASTER_KEY": MASTER, "REGULARS_KEYRING_COST": "1024", **environ}
            settings = load_settings(tmp_path / "shop", environ=given)
            workspace = stack.enter_context(open_workspace(settings, clock=clock, environ=given))
            if upgraded:
                workspace.store.upgrade()
            return workspace

        yield opener


def worst(findings: list[Finding]) -> Mapping[str, Finding]:
    """The gravest finding of each subject that is not sound."""
    order = [Severity.WARNING, Severity.PROBLEM]
    bad = sorted((f for f in findings if f.severity in order), key=lambda f: order.index(f.severity))
    return {finding.subject: finding for finding in bad}


def test_a_sound_workspace_has_nothing_to_mend_and_is_left_as_it_was(opened: Opener) -> None:
    workspace = opened()
    doctor(workspace)
    before = sorted(path.name for path in workspace.settings.directory.rglob("*"))
    findings = doctor(workspace)
    assert worst(findings) == {}
    assert [finding.subject for finding in findings] == SUBJECTS
    assert sorted(path.name for path in workspace.settings.directory.rglob("*")) == before
    assert 'entries": []' in workspace.settings.secrets_file.read_text()


def test_a_sound_workspace_on_postgresql(opened: Opener, postgres_store: Store) -> None:
    workspace = opened(REGULARS_STORE_URL=postgres_store.url)
    findings = doctor(workspace)
    assert worst(findings) == {}
    assert [finding.subject for finding in findings] == SUBJECTS


def test_a_store_without_tables_is_a_problem_with_its_remedy(opened: Opener) -> None:
    found = worst(doctor(opened(upgraded=False)))
    assert list(found) == ["store"]
    assert found["store"].severity is Severity.PROBLEM
    assert "regulars init" in found["store"].message


def test_a_database_that_does_not_answer_is_told_without_its_password(opened: Opener) -> None:
    url = f"postgresql://anna:{PASSWORD}@127.0.0.1:1/base"
    findings = doctor(opened(upgraded=False, REGULARS_STORE_URL=url))
    assert worst(findings)["store"].severity is Severity.PROBLEM
    assert {finding.subject for finding in findings} == set(SUBJECTS)
    assert PASSWORD not in repr(findings)


def test_a_store_that_is_no_database_is_told(opened: Opener) -> None:
    workspace = opened(upgraded=False)
    assert workspace.settings.store_file is not None
    workspace.settings.store_file.write_bytes(b"no database" * 1000)
    found = worst(doctor(workspace))
    assert {found["store"].severity, found["journal"].severity} == {Severity.PROBLEM}


def test_files_that_others_may_read_are_told_with_the_command(opened: Opener) -> None:
    workspace = opened()
    doctor(workspace)
    settings = workspace.settings
    assert settings.store_file is not None
    for path, mode in (
        (settings.store_file, 0o644),
        (settings.secrets_file, 0o640),
        (settings.settings_file, 0o666),
    ):
        path.chmod(mode)
    found = worst(doctor(workspace))
    assert found["store file"].remedy == f"chmod 600 {settings.store_file}"
    assert found["secrets file"].remedy == f"chmod 600 {settings.secrets_file}"
    assert found["settings"].remedy == f"chmod go-w {settings.settings_file}"
    settings.secrets_file.chmod(0o600)
    settings.secrets_file.parent.chmod(0o755)
    assert worst(doctor(workspace))["secrets file"].remedy == f"chmod 700 {settings.secrets_file.parent}"


def test_a_settings_file_that_went_away_is_told(opened: Opener) -> None:
    workspace = opened()
    workspace.settings.settings_file.unlink()
    found = worst(doctor(workspace))
    assert found["settings"].severity is Severity.PROBLEM
    assert "regulars.toml" in found["settings"].message


def test_misspelt_variables_are_told(opened: Opener) -> None:
    assert "REGULARS_HTP_TRIES" in worst(doctor(opened(REGULARS_HTP_TRIES="1")))["settings"].message


def test_a_wrong_master_key_is_a_problem(opened: Opener) -> None:
    doctor(opened())
    found = worst(doctor(opened(REGULARS_MASTER_KEY=MASTER[::-1])))
    assert found["keyring"].severity is Severity.PROBLEM
    assert MASTER not in repr(found)


def test_no_keyring_is_a_problem_unless_variables_carry_the_secrets(opened: Opener) -> None:
    without = worst(doctor(opened(REGULARS_MASTER_KEY="short")))
    assert without["keyring"].severity is Severity.PROBLEM
    with_variables = doctor(opened(REGULARS_MASTER_KEY="short", REGULARS_SECRET_SHOP_KEY=PASSWORD))
    assert worst(with_variables)["keyring"].severity is Severity.WARNING
    assert PASSWORD not in repr(with_variables)


@pytest.mark.parametrize("hours", [-30, 1])
def test_a_clock_that_disagrees_with_the_file_system_is_told(opened: Opener, hours: int) -> None:
    workspace = opened(clock=lambda: datetime.now(UTC) + timedelta(hours=hours))
    assert "file system" in worst(doctor(workspace))["clock"].message


def test_a_clock_that_disagrees_with_the_database_is_told(opened: Opener, postgres_store: Store) -> None:
    def late() -> datetime:
        return datetime.now(UTC) - timedelta(minutes=3)

    found = worst(doctor(opened(clock=late, REGULARS_STORE_URL=postgres_store.url)))
    assert "the store's" in found["clock"].message


def test_settings_from_the_future_show_a_clock_that_was_set_back(opened: Opener) -> None:
    workspace = opened()
    ahead = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    os.utime(workspace.settings.settings_file, (ahead, ahead))
    assert "before the settings" in worst(doctor(workspace))["clock"].message


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(("mebibytes", "severity"), [(50, Severity.PROBLEM), (500, Severity.WARNING)])
def test_little_room_on_the_disk_is_told(
    opened: Opener, monkeypatch: pytest.MonkeyPatch, mebibytes: int, severity: Severity
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, mebibytes * 1024**2))
    found = worst(doctor(opened()))["disk"]
    assert found.severity is severity
    assert f"{mebibytes} MiB" in found.message


MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 27 0:50 / /srv rw - nfs4 server.example.com:/export rw
41 40 0:51 / /srv/local\\040disk rw master:2 - xfs /dev/vdb rw
rubbish
42 27
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a/b", "ext4"),
        ("/srv/shop", "nfs4"),
        ("/srvx", "ext4"),
        ("/srv/local disk/x", "xfs"),
        ("/srv", "nfs4"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_its_nearest_mount(path: str, kind: str) -> None:
    assert filesystem_of(Path(path), MOUNTS) == kind
    assert filesystem_of(Path(path), "") == ""


def test_a_store_on_a_network_file_system_is_told(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("27 1 0:50 / / rw - nfs4 server.example.com:/export rw\n")
    monkeypatch.setattr(_doctor, "_MOUNTS", mounts)
    found = worst(doctor(opened()))["store file"]
    assert found.severity is Severity.WARNING
    assert "PostgreSQL" in found.remedy


def test_a_damaged_store_is_to_be_restored_from_a_backup(opened: Opener) -> None:
    workspace = opened()
    workspace.store.close()
    path = workspace.settings.store_file
    assert path is not None
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
    found = worst(doctor(workspace))["store"]
    assert "damaged" in found.message
    assert "restore a backup" in found.message + found.remedy
    assert "address" not in found.message + found.remedy
