"""The encrypted keyring file: what it keeps, what it refuses, and what two writers do to each other."""

import base64
import hashlib
import hmac
import json
import os
import stat
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path

import keyring.backend
import keyring.core
import pytest
from keyring.errors import PasswordDeleteError, PasswordSetError
from pydantic import SecretStr

from regulars_agent import _file_keyring
from regulars_agent._file_keyring import COST, COSTS, FileKeyring, master_key_from
from regulars_mapping import MisconfiguredError, RetryError

MASTER = SecretStr("m4ster-key-of-the-tests-0123456789abcdef")
OTHER = SecretStr("another-key-of-the-tests-0123456789abcdef")
PASSWORD = "ck_top-secret-value"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "keyring.json"


@pytest.fixture
def ring(path: Path) -> FileKeyring:
    """One that is quick to open: its file says so to whoever opens it."""
    return FileKeyring(path, master_key=MASTER, cost=COSTS[0])


def test_what_is_set_is_read_again_by_another_process(ring: FileKeyring, path: Path) -> None:
    ring.set_password("regulars:café", "key", PASSWORD)
    ring.set_password("regulars:café", "long", "ключ 🔑" * 1000)
    fresh = FileKeyring(path, master_key=MASTER)
    assert fresh.get_password("regulars:café", "key") == PASSWORD
    assert fresh.get_password("regulars:café", "long") == "ключ 🔑" * 1000
    assert fresh.get_password("regulars:café", "none") is None
    ring.set_password("regulars:café", "key", "newer")
    assert fresh.get_password("regulars:café", "key") == "newer"


def test_nothing_is_there_before_the_first_write_and_reading_needs_no_key(path: Path) -> None:
    assert FileKeyring(path, master_key=None).get_password("a", "b") is None
    assert not path.parent.exists()


def test_a_deleted_entry_is_gone_and_deleting_again_is_told(ring: FileKeyring) -> None:
    ring.set_password("a", "b", PASSWORD)
    ring.delete_password("a", "b")
    assert ring.get_password("a", "b") is None
    with pytest.raises(PasswordDeleteError):
        ring.delete_password("a", "b")


def test_the_file_is_private_and_shows_no_password(ring: FileKeyring, path: Path) -> None:
    before = os.umask(0)
    try:
        ring.set_password("a", "b", PASSWORD)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, *path.parent.iterdir())]
    assert modes == [0o700, 0o600, 0o600]
    assert PASSWORD not in path.read_text()
    assert MASTER.get_secret_value() not in path.read_text()


def test_equal_passwords_look_different_in_the_file(ring: FileKeyring, path: Path) -> None:
    ring.set_password("a", "b", PASSWORD)
    ring.set_password("a", "c", PASSWORD)
    first, second = json.loads(path.read_text())["entries"]
    assert first[2] != second[2]


def test_another_master_key_is_told_from_a_changed_file(ring: FileKeyring, path: Path) -> None:
    ring.set_password("a", "b", PASSWORD)
    wrong = FileKeyring(path, master_key=OTHER)
    content = path.read_bytes()
    for act in (lambda: wrong.get_password("a", "b"), lambda: wrong.set_password("a", "c", "x")):
        with pytest.raises(MisconfiguredError, match="REGULARS_MASTER_KEY"):
            act()
    assert path.read_bytes() == content


@pytest.mark.parametrize("key", [None, SecretStr("short"), SecretStr("\udcff" * 40)])
def test_a_missing_or_weak_master_key_is_told_with_the_remedy(path: Path, key: SecretStr | None) -> None:
    with pytest.raises(MisconfiguredError, match="openssl rand"):
        FileKeyring(path, master_key=key).set_password("a", "b", PASSWORD)
    assert not path.exists()


def swap_names(document: dict[str, list[list[str]]]) -> None:
    first, second = document["entries"]
    first[2], second[2] = second[2], first[2]


def drop_entry(document: dict[str, list[list[str]]]) -> None:
    document["entries"].pop()


def rename_entry(document: dict[str, list[list[str]]]) -> None:
    document["entries"][0][0] = "regulars:other-shop"


def copy_entry(document: dict[str, list[list[str]]]) -> None:
    document["entries"].append(["a", "z", document["entries"][0][2]])


@pytest.mark.parametrize("change", [swap_names, drop_entry, rename_entry, copy_entry])
def test_a_changed_document_is_refused(ring: FileKeyring, path: Path, change: object) -> None:
    ring.set_password("a", "b", PASSWORD)
    ring.set_password("a", "c", "other")
    document = json.loads(path.read_text())
    assert callable(change)
    change(document)
    path.write_text(json.dumps(document))
    for act in (lambda: ring.get_password("a", "b"), lambda: ring.set_password("a", "d", "x")):
        with pytest.raises(MisconfiguredError, match="changed by somebody else"):
            act()


def test_an_entry_moved_to_another_name_does_not_open_even_under_a_valid_seal(ring: FileKeyring) -> None:
    ring.set_password("shop-a", "key", PASSWORD)
    found = ring._read()
    assert found is not None
    vault, keys = found
    moved = {("shop-b", "key"): vault.entries["shop-a", "key"]}
    ring._write(replace(vault, entries=moved), keys)
    with pytest.raises(MisconfiguredError, match="changed by somebody else"):
        ring.get_password("shop-b", "key")


def test_no_flipped_bit_is_believed(ring: FileKeyring, path: Path) -> None:
    ring.set_password("a", "b", PASSWORD)
    content = path.read_bytes()
    for position in range(0, len(content), 7):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        try:
            found = ring.get_password("a", "b")
        except MisconfiguredError:
            continue
        # Between the tokens: a blank that became another blank.
        assert found == PASSWORD


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\x00", b" " * (4 * 1024 * 1024 + 1)),
        b'{"format": 1}',
        b'{"format": "regulars-keyring-1"}',
        b'{"format": "regulars-keyring-1", "salt": 5, "check": "", "seal": "", "entries": []}',
        b'{"format": "regulars-keyring-1", "salt": "", "check": "", "seal": "", "entries": [[1, 2, 3]]}',
        b'{"format": "regulars-keyring-1", "salt": "", "check": "", "seal": "", "entries": [["a"]]}',
        b'{"format": "regulars-keyring-1", "salt": "", "check": "", "seal": "", "entries": {"a": 1}}',
    ],
    ids=lambda content: repr(content[:24]),
)
def test_any_rubbish_in_the_file_is_refused_in_words(ring: FileKeyring, path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(MisconfiguredError, match="regulars shop rotate"):
        ring.get_password("a", "b")


def test_rekeying_keeps_everything_and_shuts_out_the_old_key(ring: FileKeyring, path: Path) -> None:
    for number in range(3):
        ring.set_password("a", str(number), f"{PASSWORD}{number}")
    reader = FileKeyring(path, master_key=MASTER)
    assert reader.get_password("a", "0") == f"{PASSWORD}0"
    ring.rekey(OTHER)
    for each in (ring, FileKeyring(path, master_key=OTHER)):
        assert [each.get_password("a", str(n)) for n in range(3)] == [f"{PASSWORD}{n}" for n in range(3)]
    with pytest.raises(MisconfiguredError, match="another one"):
        reader.get_password("a", "0")
    with pytest.raises(MisconfiguredError, match="too short"):
        ring.rekey(SecretStr("short"))
    assert ring.get_password("a", "1") == f"{PASSWORD}1"


def test_trying_a_master_key_takes_a_tenth_of_a_second_unless_chosen_otherwise(path: Path) -> None:
    FileKeyring(path, master_key=MASTER).set_password("a", "b", PASSWORD)
    document = json.loads(path.read_text())
    salt = base64.b64decode(document["salt"])
    derived = hashlib.scrypt(
        MASTER.get_secret_value().encode(), salt=salt, n=2**15, r=8, p=1, dklen=64, maxmem=2**26
    )
    assert base64.b64decode(document["check"]) == hmac.digest(derived[32:], b"check" + salt, "sha256")
    assert "cost" not in document
    assert COST == 2**15


def test_a_file_keeps_the_cost_it_was_made_with_until_it_is_rekeyed(ring: FileKeyring, path: Path) -> None:
    ring.set_password("a", "b", PASSWORD)
    dearer = FileKeyring(path, master_key=MASTER, cost=COSTS[1])
    dearer.set_password("a", "c", "other")
    assert json.loads(path.read_text())["cost"] == COSTS[0]
    dearer.rekey(OTHER)
    assert json.loads(path.read_text())["cost"] == COSTS[1]
    fresh = FileKeyring(path, master_key=OTHER)
    assert [fresh.get_password("a", name) for name in "bc"] == [PASSWORD, "other"]


@pytest.mark.parametrize("cost", [0, 1, 1000, 2**40, 1024.0, "1024", None, [1024]])
def test_a_cost_that_is_never_written_is_refused(ring: FileKeyring, path: Path, cost: object) -> None:
    ring.set_password("a", "b", PASSWORD)
    path.write_text(json.dumps({**json.loads(path.read_text()), "cost": cost}))
    with pytest.raises(MisconfiguredError, match="changed by somebody else"):
        ring.get_password("a", "b")


WRITER = """
import sys
from pathlib import Path
from pydantic import SecretStr
from regulars_agent._file_keyring import FileKeyring
ring = FileKeyring(Path(sys.argv[1]), master_key=SecretStr(sys.stdin.readline().strip()))
for number in range(25):
    ring.set_password("shop", f"{sys.argv[2]}-{number}", f"value-{number}")
    print(number, flush=True)
"""


def writer(path: Path, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(MASTER.get_secret_value() + "\n")
    process.stdin.flush()
    return process


def test_processes_that_write_at_once_lose_nothing(ring: FileKeyring, path: Path) -> None:
    processes = [writer(path, name) for name in ("one", "two", "three")]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    names = [f"{who}-{number}" for who in ("one", "two", "three") for number in range(25)]
    assert [name for name in names if ring.get_password("shop", name) is None] == []


@pytest.mark.slow
def test_a_killed_writer_leaves_a_whole_file_and_holds_nobody_up(ring: FileKeyring, path: Path) -> None:
    for round_number in range(3):
        with writer(path, f"round{round_number}") as process:
            assert process.stdout is not None
            done = process.stdout.readline()
            process.kill()
        assert ring.get_password("shop", f"round{round_number}-{done.strip()}") == f"value-{done.strip()}"
        ring.set_password("shop", "after", str(round_number))
    (path.parent / "keyring.json.new").write_text("what a crash left")
    ring.set_password("shop", "after", "all")
    assert ring.get_password("shop", "after") == "all"
    assert not (path.parent / "keyring.json.new").exists()


def test_a_lock_that_nobody_gives_back_ends_in_a_retry(
    ring: FileKeyring, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_file_keyring, "_LOCK_WAIT", 0.05)
    with _file_keyring._locked(path), pytest.raises(RetryError, match="another process"):
        ring.set_password("a", "b", PASSWORD)
    ring.set_password("a", "b", PASSWORD)


def test_keyring_never_chooses_it_by_itself(ring: FileKeyring) -> None:
    assert isinstance(ring, keyring.backend.KeyringBackend)
    assert FileKeyring not in list(keyring.backend.KeyringBackend.get_viable_backends())
    with pytest.raises(RuntimeError, match="explicitly"):
        keyring.core.load_keyring("regulars_agent._file_keyring.FileKeyring")


def test_it_serves_as_keyrings_backend_when_set(ring: FileKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    keyring.set_keyring(ring)
    keyring.set_password("service", "user", PASSWORD)
    assert keyring.get_password("service", "user") == PASSWORD


def test_text_that_is_no_unicode_is_refused_without_being_shown(ring: FileKeyring) -> None:
    try:
        ring.set_password("a", "b", f"{PASSWORD}\udcff")
    except PasswordSetError:
        assert PASSWORD not in traceback.format_exc()
    else:
        pytest.fail("a lone surrogate must be refused")


def test_nothing_secret_shows_in_repr_or_tracebacks(ring: FileKeyring, path: Path) -> None:
    ring.set_password("a", "b", PASSWORD)
    content = path.read_text()
    found = ring._read()
    shown = f"{ring!r} {ring} {found!r} {vars(ring)!r}"
    path.write_text(content.replace('"seal": "', '"seal": "A'))
    try:
        ring.get_password("a", "b")
    except MisconfiguredError:
        shown += traceback.format_exc()
    path.write_text(content)
    try:
        FileKeyring(path, master_key=OTHER).get_password("a", "b")
    except MisconfiguredError:
        shown += traceback.format_exc()
    for secret in (PASSWORD, MASTER.get_secret_value(), OTHER.get_secret_value()):
        assert secret not in shown


def test_the_master_key_comes_from_the_variable_or_systemd(tmp_path: Path) -> None:
    (tmp_path / "regulars-master-key").write_text(f"{OTHER.get_secret_value()}\n")
    credential = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    both = credential | {"REGULARS_MASTER_KEY": MASTER.get_secret_value()}
    assert master_key_from(credential) == OTHER
    assert master_key_from(both) == MASTER
    assert master_key_from({}) is None
    assert (
        master_key_from({"CREDENTIALS_DIRECTORY": str(tmp_path / "none"), "REGULARS_MASTER_KEY": ""}) is None
    )


def test_a_credential_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "regulars-master-key").mkdir()
    with pytest.raises(MisconfiguredError, match="LoadCredential"):
        master_key_from({"CREDENTIALS_DIRECTORY": str(tmp_path)})
