"""What regulars.toml and REGULARS_* variables may say, and how a mistake in them is told."""

import stat
import traceback
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from regulars_agent._settings import Settings, load_settings, unknown_variables, write_default_settings
from regulars_mapping import MisconfiguredError

PASSWORD = "hunter2-very-secret"


def written(directory: Path, text: str) -> Path:
    directory.mkdir(exist_ok=True)
    (directory / "regulars.toml").write_text(text)
    return directory


def refusal(directory: Path, **environ: str) -> str:
    with pytest.raises(MisconfiguredError) as caught:
        load_settings(directory, environ=environ)
    return str(caught.value)


def test_a_new_workspace_has_the_defaults_and_is_private(tmp_path: Path) -> None:
    path = write_default_settings(tmp_path / "shop")
    settings = load_settings(tmp_path / "shop", environ={})
    assert path == settings.settings_file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    plain = Settings(directory=tmp_path / "shop", keyring_service=settings.keyring_service)
    assert settings == plain
    assert settings.keyring_service != "regulars"
    assert settings.batches.pause == 0.002
    assert settings.lease.ttl == timedelta(seconds=600)


def test_the_commented_defaults_are_the_defaults(tmp_path: Path) -> None:
    path = write_default_settings(tmp_path)
    lines = path.read_text().splitlines()
    live = [line.removeprefix("# ") if " = " in line and line.count("=") == 1 else line for line in lines]
    text = "\n".join(line for line in live if not line.startswith("#"))
    assert text.count(" = ") >= 14
    path.write_text(text)
    settings = load_settings(tmp_path, environ={})
    assert settings == Settings(directory=tmp_path, keyring_service=settings.keyring_service)


def test_a_workspace_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    written(tmp_path, "[http]\ntries = 3\n")
    with pytest.raises(MisconfiguredError, match="holds a workspace already"):
        write_default_settings(tmp_path)
    assert load_settings(tmp_path, environ={}).http.tries == 3


def test_a_file_in_the_workspaces_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(MisconfiguredError, match="is a file"):
        write_default_settings(tmp_path / "file")
    assert "There is no workspace" in refusal(tmp_path / "file")


def test_a_directory_without_settings_is_no_workspace(tmp_path: Path) -> None:
    assert "regulars init" in refusal(tmp_path / "elsewhere")


def test_a_variable_wins_over_the_file_key_by_key(tmp_path: Path) -> None:
    written(tmp_path, 'log_level = "ERROR"\n[http]\ntries = 3\nread_timeout = 7.5\n')
    environ = {"REGULARS_HTTP_TRIES": "4", "REGULARS_LOG_LEVEL": "", "regulars_risk_max_deletions": "0"}
    settings = load_settings(tmp_path, environ=environ)
    assert (settings.http.tries, settings.http.read_timeout, settings.log_level) == (4, 7.5, "ERROR")
    assert settings.risk.max_deletions == 0


def test_the_process_environment_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_HTTP_TRIES", "9")
    written(tmp_path, "")
    assert load_settings(tmp_path, environ={}).http.tries == 5
    assert Settings(directory=tmp_path).http.tries == 5


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, ""), environ={})
    with pytest.raises(ValidationError):
        settings.log_level = "DEBUG"
    with pytest.raises(ValidationError):
        settings.http.tries = 1


def test_http_settings_become_the_connectors_options(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[http]\nread_timeout = 5\n"), environ={})
    options = settings.http.options(verify="/ca.pem")
    assert (options.read_timeout, options.tries, options.verify) == (5.0, 5, "/ca.pem")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[http]\ntries = 0", ["regulars.toml", "'http.tries'", "greater than or equal to 1"]),
        ("[http]\ntrys = 3", ["regulars.toml", "'http.trys'", "Did you mean 'http.tries'?"]),
        ("http = 3", ["regulars.toml", "'http'"]),
        ("[lease]\nseconds = nan", ["'lease.seconds'"]),
        ("[batches]\npause = inf", ["'batches.pause'"]),
        ('log_level = "LOUD"', ["'log_level'", "'DEBUG'"]),
        ('keyring_service = "a:b"', ["'keyring_service'"]),
        ("keyring_cost = 1000", ["'keyring_cost'", "no power of two"]),
        ("keyring_cost = 524288", ["'keyring_cost'", "from 1024 to 262144"]),
        ('[money]\ncurrency = "eur"', ["'money.currency'"]),
        ('[money]\ncurrency = "XXQ"', ["'money.currency'", "write a code such as UAH, EUR or USD"]),
        ('[money]\ncurrency = "XTS"', ["'money.currency'", "XTS is no currency that people pay with"]),
        ('[money]\ncurrency = "UAK"', ["'money.currency'", "did you mean UAH?"]),
        ('[money]\nzone = "Kyiv"', ["'money.zone'", "write one such as Europe/Kyiv"]),
        ('[money]\nzone = "../passwd"', ["'money.zone'", "no such time zone"]),
        ("[money]\ntax = true", ["'money.tax'", "'without' or 'with'"]),
        ('directory = "/"', ["'directory'", "Remove it"]),
        ('store_url = "mysql://host/x"', ["'store_url'", "sqlite:///"]),
        ('store_url = "sqlite://"', ["'store_url'", "plain file"]),
        ('store_url = "sqlite:///file:x?mode=memory&uri=true"', ["'store_url'", "plain file"]),
        ('store_url = "what"', ["'store_url'", "no database address"]),
        ("[http\ntries = 3", ["regulars.toml", "not valid TOML", "line 1"]),
        ("[http]\ntries = [3,", ["not valid TOML", "line 2"]),
        ("[http]\ntries = 0\nread_timeout = -1", ["'http.tries'", "'http.read_timeout'"]),
    ],
)
def test_a_wrong_value_in_the_file_is_told_with_file_key_and_remedy(
    tmp_path: Path, text: str, names: list[str]
) -> None:
    said = refusal(written(tmp_path, text))
    assert [name for name in names if name not in said] == []


@pytest.mark.parametrize(
    ("variable", "value", "names"),
    [
        ("REGULARS_HTTP_TRIES", "many", ["REGULARS_HTTP_TRIES", "'http.tries'"]),
        ("REGULARS_HTTP_TRYS", "3", ["REGULARS_HTTP_TRYS", "Did you mean 'http.tries'?"]),
        ("REGULARS_HTTP", "{", ["REGULARS_HTTP:", "no JSON object"]),
        ("REGULARS_HTTP", '{"tries": 0}', ["REGULARS_HTTP:", "'http.tries'"]),
        ("REGULARS_LOG_LEVEL", "x", ["REGULARS_LOG_LEVEL"]),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    tmp_path: Path, variable: str, value: str, names: list[str]
) -> None:
    said = refusal(written(tmp_path, "[http]\ntries = 3"), **{variable: value})
    assert [name for name in names if name not in said] == []
    assert "regulars.toml" not in said


def test_a_wrong_value_in_the_file_is_not_blamed_on_a_variable(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, "[http]\ntries = 0"), REGULARS_HTTP='{"max_wait": 3}')
    assert "regulars.toml: 'http.tries'" in said


def test_bytes_that_are_no_text_and_huge_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_bytes(b"\xff\xfe\x00")
    assert "not valid TOML" in refusal(tmp_path)
    (tmp_path / "regulars.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    assert "larger than" in refusal(tmp_path)


def test_the_store_is_a_file_of_the_workspace_unless_said_otherwise(tmp_path: Path) -> None:
    written(tmp_path, "")
    assert load_settings(tmp_path, environ={}).store_file == tmp_path / "regulars.sqlite3"
    elsewhere = {"REGULARS_STORE_URL": f"sqlite:///{tmp_path}/a%b c.sqlite3"}
    assert load_settings(tmp_path, environ=elsewhere).store_file == tmp_path / "a%b c.sqlite3"
    server = {"REGULARS_STORE_URL": f"postgresql://anna:{PASSWORD}@db.example.com:5433/base"}
    settings = load_settings(tmp_path, environ=server)
    assert settings.store_file is None
    assert settings.store_place == "PostgreSQL at db.example.com:5433, base"
    assert settings.store_url.get_secret_value() == server["REGULARS_STORE_URL"]


def test_a_password_in_the_settings_file_is_refused_without_being_shown(tmp_path: Path) -> None:
    for url in (f"postgresql://anna:{PASSWORD}@host/base", f"postgresql://host/base?password={PASSWORD}"):
        said = refusal(written(tmp_path, f'store_url = "{url}"'))
        assert "REGULARS_STORE_URL" in said
        assert PASSWORD not in said


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        (f'store_url = "postgresql://a:{PASSWORD}@h:notaport/x"', {}),
        (f'store_url = "mysql://a:{PASSWORD}@h/x"', {}),
        (f'store_url = {PASSWORD}"', {}),
        (f'http = "{PASSWORD}"', {}),
        (f'[http]\ntries = "{PASSWORD}"', {}),
        ("", {"REGULARS_STORE_URL": f"mysql://a:{PASSWORD}@h/x"}),
        ("", {"REGULARS_STORE_URL": f"postgresql://a:{PASSWORD}@h:port/x"}),
        ("", {"REGULARS_HTTP": PASSWORD}),
        ("", {"REGULARS_HTTP_TRIES": PASSWORD}),
    ],
)
def test_no_refusal_shows_the_value_in_message_or_traceback(
    tmp_path: Path, text: str, environ: dict[str, str]
) -> None:
    written(tmp_path, text)
    try:
        load_settings(tmp_path, environ=environ)
    except MisconfiguredError as error:
        assert PASSWORD not in str(error) + repr(error) + traceback.format_exc()
    else:
        pytest.fail("this must be refused")


def test_settings_show_no_password(tmp_path: Path) -> None:
    environ = {"REGULARS_STORE_URL": f"postgresql://anna:{PASSWORD}@db.example.com/base"}
    settings = load_settings(written(tmp_path, ""), environ=environ)
    shown = f"{settings} {settings!r} {settings.model_dump_json()} {settings.store_place}"
    assert PASSWORD not in shown
    with pytest.raises(ValidationError) as caught:
        Settings(directory=tmp_path, store_url=SecretStr(f"mysql://a:{PASSWORD}@h/x"))
    assert PASSWORD not in str(caught.value)


def test_misspelt_variables_are_named(tmp_path: Path) -> None:
    environ = {
        "REGULARS_HTP_TRIES": "1",
        "REGULARS_HTTP_TRIES": "1",
        "REGULARS_HTTP": "{}",
        "REGULARS_MASTER_KEY": "k",
        "REGULARS_SECRET_SHOP_KEY": "s",
        "PATH": "/bin",
    }
    assert unknown_variables(environ) == ("REGULARS_HTP_TRIES",)
