"""Where a shop's secret is looked for, who wins, and that it shows nowhere."""

import logging
import traceback
from pathlib import Path

import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError
from pydantic import SecretStr

from regulars_agent._file_keyring import FileKeyring
from regulars_agent._secrets import Secrets, choose_keyring, environment_variable
from regulars_agent._settings import Settings
from regulars_mapping import MisconfiguredError

MASTER = "m4ster-key-of-the-tests-0123456789abcdef"
SECRET = "cs_top-secret-value"


class DeskKeyring(KeyringBackend):
    """A person's keyring: whole, in memory; locked while told so, and as rude in its errors as some are."""

    priority = 0.1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._refuse(service)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._refuse(password)
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.locked or (service, username) not in self.kept:
            raise PasswordDeleteError(service)
        del self.kept[service, username]

    def _refuse(self, what: str) -> None:
        if self.locked:
            raise KeyringLocked(f"cannot touch {what} while locked")


def secrets_over(backend: KeyringBackend, **environ: str) -> Secrets:
    return Secrets(backend, service="regulars-test", environ=environ)


@pytest.fixture
def desk() -> DeskKeyring:
    return DeskKeyring()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(directory=tmp_path)


@pytest.mark.parametrize(
    ("shop", "name", "variable"),
    [
        ("shop", "key", "REGULARS_SECRET_SHOP_KEY"),
        ("my-shop.de 2", "consumer_key", "REGULARS_SECRET_MY_SHOP_DE_2_CONSUMER_KEY"),
        ("Кав'ярня", "key", "REGULARS_SECRET_KAV_YARNYA_KEY"),
        ("Straße", "key", "REGULARS_SECRET_STRASSE_KEY"),
    ],
)
def test_the_variable_is_named_after_the_shop(shop: str, name: str, variable: str) -> None:
    assert environment_variable(shop, name) == variable


def test_what_is_set_is_kept_apart_by_shop_and_workspace(desk: DeskKeyring) -> None:
    ours = secrets_over(desk)
    ours.set("a", "key", SecretStr(SECRET))
    ours.set("b", "key", SecretStr("other"))
    assert ours.get("a", "key").get_secret_value() == SECRET
    assert ours.credentials("b", ["key"]) == {"key": SecretStr("other")}
    assert Secrets(desk, service="regulars-else", environ={}).find("a", "key") is None


def test_a_variable_wins_over_the_keyring(desk: DeskKeyring) -> None:
    secrets_over(desk).set("a", "key", SecretStr("old"))
    desk.locked = True
    assert secrets_over(desk, REGULARS_SECRET_A_KEY=SECRET).get("a", "key").get_secret_value() == SECRET
    desk.locked = False
    assert secrets_over(desk, REGULARS_SECRET_A_KEY="").get("a", "key").get_secret_value() == "old"


def test_setting_what_a_variable_would_hide_is_refused(desk: DeskKeyring) -> None:
    with pytest.raises(MisconfiguredError, match="REGULARS_SECRET_A_KEY"):
        secrets_over(desk, REGULARS_SECRET_A_KEY=SECRET).set("a", "key", SecretStr("new"))
    assert desk.kept == {}


def test_a_missing_secret_is_told_with_both_remedies(desk: DeskKeyring) -> None:
    with pytest.raises(MisconfiguredError, match=r"regulars shop rotate a.*REGULARS_SECRET_A_KEY"):
        secrets_over(desk).get("a", "key")


def test_deleting_is_harmless_twice_but_not_when_it_failed(desk: DeskKeyring) -> None:
    ours = secrets_over(desk)
    ours.set("a", "key", SecretStr(SECRET))
    ours.delete("a", "key")
    ours.delete("a", "key")
    assert desk.kept == {}
    ours.set("a", "key", SecretStr(SECRET))
    desk.locked = True
    with pytest.raises(MisconfiguredError, match="cannot write"):
        ours.delete("a", "key")


@pytest.mark.parametrize(
    "text", ["", " ", f"{SECRET}\n", f" {SECRET}", f"{SECRET}\x00", f"{SECRET}\udcff", SECRET * 1000]
)
def test_what_cannot_be_a_secret_is_refused_and_not_shown(desk: DeskKeyring, text: str) -> None:
    def told(act: object) -> str:
        assert callable(act)
        try:
            act()
        except MisconfiguredError as error:
            return f"{error} {error!r} {traceback.format_exc()}"
        pytest.fail("this must be refused")

    shown = told(lambda: secrets_over(desk).set("a", "key", SecretStr(text)))
    assert desk.kept == {}
    desk.kept["regulars-test:a", "key"] = text
    shown += told(lambda: secrets_over(desk).get("a", "key"))
    if text:
        shown += told(lambda: secrets_over(desk, REGULARS_SECRET_A_KEY=text).get("a", "key"))
    assert SECRET not in shown


def test_a_locked_keyring_is_told_in_words_without_its_own(desk: DeskKeyring) -> None:
    desk.locked = True
    for act in (
        lambda: secrets_over(desk).set("a", "key", SecretStr(SECRET)),
        lambda: secrets_over(desk).get("a", "key"),
    ):
        try:
            act()
        except MisconfiguredError as error:
            assert "REGULARS_MASTER_KEY" in str(error)
            assert SECRET not in f"{error!r} {traceback.format_exc()}"
        else:
            pytest.fail("a locked keyring must be told")


def test_a_machine_without_a_keyring_says_so(desk: DeskKeyring) -> None:
    with pytest.raises(MisconfiguredError, match="NoKeyringError"):
        secrets_over(fail.Keyring()).get("a", "key")


def test_nothing_secret_shows_in_repr_or_logs(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    environ = {"REGULARS_MASTER_KEY": MASTER, "REGULARS_SECRET_B_KEY": SECRET}
    with caplog.at_level(logging.DEBUG):
        ours = Secrets(choose_keyring(settings, environ=environ), service="regulars-test", environ=environ)
        ours.set("a", "key", SecretStr(SECRET))
        found = ours.credentials("a", ["key"]) | ours.credentials("b", ["key"])
    shown = f"{ours} {ours!r} {found} {ours.backend_name} {caplog.text}"
    assert SECRET not in shown
    assert MASTER not in shown
    assert found["key"].get_secret_value() == SECRET


@pytest.mark.parametrize("machine", [fail.Keyring(), null.Keyring()])
def test_a_machine_that_has_no_keyring_gets_ours(
    settings: Settings, machine: KeyringBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", machine)
    assert isinstance(choose_keyring(settings, environ={}), FileKeyring)


def test_a_persons_keyring_is_used_until_ours_was_asked_for(
    settings: Settings, desk: DeskKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", desk)
    assert choose_keyring(settings, environ={}) is desk
    ours = choose_keyring(settings, environ={"REGULARS_MASTER_KEY": MASTER})
    assert isinstance(ours, FileKeyring)
    ours.set_password("a", "b", SECRET)
    later = choose_keyring(settings, environ={})
    with pytest.raises(MisconfiguredError, match="needs a master key"):
        later.get_password("a", "b")


def test_a_keyring_that_is_named_and_not_there_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    with pytest.raises(MisconfiguredError, match="PYTHON_KEYRING_BACKEND"):
        choose_keyring(settings, environ={})
