"""One frozen settings object: ``regulars.toml`` of a workspace, overridden by ``REGULARS_*`` variables."""

import difflib
import json
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from regulars_agent._file_keyring import COST, COSTS
from regulars_agent._setting_sections import (
    AgentSettings,
    BatchSettings,
    HookSettings,
    HttpSettings,
    IdentitySettings,
    LeaseSettings,
    MoneySettings,
    PullSettings,
    RatingSettings,
    ReminderSettings,
    RiskSettings,
    Section,
    StopListSettings,
)
from regulars_agent._topic_settings import TopicKey, TopicSettings
from regulars_mapping import MisconfiguredError

__all__ = [
    "AgentSettings",
    "BatchSettings",
    "HttpSettings",
    "LeaseSettings",
    "PullSettings",
    "RiskSettings",
    "Settings",
    "load_settings",
    "unknown_variables",
    "write_default_settings",
]

SETTINGS_FILE = "regulars.toml"
PREFIX = "REGULARS_"
_MAX_FILE_BYTES = 1024 * 1024
_MAX_TOLD = 5
_BELONGING_ELSEWHERE = (
    "REGULARS_MASTER_KEY",
    "REGULARS_SECRET_",
    "REGULARS_DEMO",
    "REGULARS_DIRECTORY",
    "REGULARS_OWNER_PASSWORD",
    "REGULARS_SANDBOX_",
    "REGULARS_SITE_",
    "REGULARS_TEST_",
)
_PASSWORD_OPTIONS = frozenset({"password", "sslpassword", "passfile"})


class Settings(BaseSettings):
    """Everything that can be set about a workspace. Frozen; made by ``load_settings``.

    Building one by hand reads neither files nor the environment: what is not given has its default.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        validate_default=True,
        env_prefix=PREFIX,
    )

    directory: Path
    """The workspace: absolute; where the settings file, the secrets and an SQLite store live."""
    keyring_service: str = Field(
        "regulars",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Name of this workspace in the keyring; another one for each workspace of a machine.",
    )
    keyring_cost: int = Field(
        COST,
        description="What it costs to try a master key on the encrypted keyring file, chosen when that is\n"
        "made: scrypt's N, a power of two from 1024 to 262144. Twice that takes twice the memory and time.",
    )
    store_url: SecretStr = Field(
        SecretStr("sqlite:///regulars.sqlite3"),
        description="Where the customer base is kept: an SQLite file (a relative path starts at this\n"
        "directory) or postgresql://user@host/database. A password never stands here: give the whole\n"
        "address in REGULARS_STORE_URL, or keep the password in ~/.pgpass.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least important messages to log: DEBUG, INFO, WARNING or ERROR."
    )
    topics: dict[TopicKey, TopicSettings] = Field(
        {},
        max_length=100,
        description="What newsletters are about, each topic a section of its own at the end of this file:\n"
        "[topics.news] with title, and least and most: times that a person shall and may hear of it in so\n"
        "many days (30).",
    )
    batches: BatchSettings = BatchSettings()
    pull: PullSettings = PullSettings()
    http: HttpSettings = HttpSettings()
    lease: LeaseSettings = LeaseSettings()
    risk: RiskSettings = RiskSettings()
    money: MoneySettings = MoneySettings()
    rating: RatingSettings = RatingSettings()
    agent: AgentSettings = AgentSettings()
    identity: IdentitySettings = IdentitySettings()
    reminders: ReminderSettings = ReminderSettings()
    stoplist: StopListSettings = StopListSettings()
    hooks: HookSettings = HookSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @field_validator("directory")
    @classmethod
    def _absolute(cls, directory: Path) -> Path:
        return directory.expanduser().resolve()

    @field_validator("keyring_cost")
    @classmethod
    def _known_cost(cls, given: int) -> int:
        if given not in COSTS:
            raise ValueError(f"it is no power of two from {COSTS[0]} to {COSTS[-1]}")
        return given

    @field_validator("store_url")
    @classmethod
    def _usable_url(cls, given: SecretStr, info: ValidationInfo) -> SecretStr:
        url = _parsed_url(given)
        if url.get_backend_name() == "sqlite":
            url = _absolute_sqlite(url, info.data.get("directory", Path()))
        elif url.get_backend_name() != "postgresql":
            raise ValueError("it names a database that is not served; write sqlite:///… or postgresql://…")
        return SecretStr(url.render_as_string(hide_password=False))

    @property
    def settings_file(self) -> Path:
        """Where these settings were read from."""
        return self.directory / SETTINGS_FILE

    @property
    def secrets_file(self) -> Path:
        """The encrypted keyring of machines that have none; alone in its private directory."""
        return self.directory / "secrets" / "keyring.json"

    @property
    def store_file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        url = make_url(self.store_url.get_secret_value())
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @property
    def queue_file(self) -> Path:
        """Where the agent's wake-ups wait: beside an SQLite store, else in the workspace. Never the store."""
        beside = self.store_file
        return (
            beside.with_name(f"{beside.stem}.queue.sqlite3") if beside else self.directory / "queue.sqlite3"
        )

    @property
    def store_place(self) -> str:
        """The store in words for people: its file, or host and database without user or password."""
        url = make_url(self.store_url.get_secret_value())
        port = f":{url.port}" if url.port else ""
        return str(self.store_file or f"PostgreSQL at {url.host or 'this machine'}{port}, {url.database}")


def load_settings(directory: Path, *, environ: Mapping[str, str]) -> Settings:
    """The settings of the workspace in ``directory``; a variable that is set and not empty wins.

    Raises MisconfiguredError where there is no workspace, and for every value that cannot be used, with the
    file or variable, the key and the remedy; never with the value.
    """
    path = directory.expanduser().resolve() / SETTINGS_FILE
    written = _written(path)
    _refuse_password(written.get("store_url"), path)
    given = _from_environment(environ)
    values = {**written, **given} | {
        name: {**written[name], **given[name]}
        for name in written.keys() & given.keys()
        if isinstance(written[name], dict) and isinstance(given[name], dict)
    }
    try:
        return Settings(**{**values, "directory": path.parent})
    except ValidationError as error:
        wrong = [(tuple(map(str, item["loc"])), item["type"], item["msg"]) for item in error.errors()]
    said = [
        _said(keys, kind, message, _place(keys, given, environ) or str(path)) for keys, kind, message in wrong
    ]
    raise MisconfiguredError("\n".join(said[:_MAX_TOLD]))


def write_default_settings(directory: Path) -> Path:
    """Make ``directory`` a workspace: a private directory with a commented ``regulars.toml``.

    Answers the file's path. Raises MisconfiguredError when there is one already or none can be written.
    """
    path = directory.expanduser().resolve() / SETTINGS_FILE
    text = "\n".join(_template(f"regulars-{secrets.token_hex(4)}"))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
    except FileExistsError:
        said = f"holds a workspace already ({path.name}); it was" if path.exists() else "is a file; it was"
        raise MisconfiguredError(f"{path.parent} {said} left as it is. Choose another directory.") from None
    except OSError as error:
        raise MisconfiguredError(
            f"The workspace {path.parent} cannot be made: {error.strerror}. Choose one that you may write."
        ) from error
    return path


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The ``REGULARS_*`` variables that mean nothing: most likely misspelt."""
    known = {_variable(path) for path, _ in _leaves()} | {_variable((name,)) for name, _ in _sections()}
    ours = (name for name in environ if name.upper().startswith(PREFIX))
    return tuple(sorted(name for name in ours if name.upper() not in known and not _elsewhere(name.upper())))


class _Environment(EnvSettingsSource):
    """The variables of a given mapping; ``REGULARS_HTTP_TRIES`` is ``tries`` of section ``http``."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(Settings, env_nested_delimiter="_", env_nested_max_split=1)
        self.env_vars = {name.lower(): value for name, value in environ.items() if value}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {name: value for name, value in environ.items() if name.upper() != _variable(("directory",))}
    try:
        return _Environment(known)()
    except SettingsError:
        names = ", ".join(_variable((name,)) for name, _ in _sections() if environ.get(_variable((name,))))
    raise MisconfiguredError(
        f"{names or PREFIX + '*'}: the value is no JSON object. Set one variable a key instead, "
        f"for example {_variable(('http', 'tries'))}=5."
    )


def _written(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
        if len(raw) > _MAX_FILE_BYTES:
            raise MisconfiguredError(f"{path} is larger than a settings file can be. Make it anew.")
        values = tomllib.loads(raw.decode())
    except (FileNotFoundError, NotADirectoryError):
        raise MisconfiguredError(
            f"There is no workspace in {path.parent}: {path.name} is missing. Make one with `regulars init`, "
            "or name the directory of yours."
        ) from None
    except OSError as error:
        raise MisconfiguredError(
            f"{path} cannot be read: {error.strerror}. Check its permissions."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MisconfiguredError(
            f"{path} is not valid TOML{_position(error, raw)}. Correct that line."
        ) from None
    if "directory" in values:
        raise MisconfiguredError(
            f"{path}: 'directory' is not set here, it is where the file lies. Remove it."
        )
    return values


def _position(error: ValueError, raw: bytes) -> str:
    # Only where, never what: the line may hold a secret that somebody put there by mistake.
    _, found, where = str(error).rpartition("(at line ")
    if found:
        return f" (line {where}"
    end = error.start if isinstance(error, UnicodeDecodeError) else len(raw.rstrip())
    line = raw.count(b"\n", 0, end) + 1
    return f" (line {line})"


def _parsed_url(given: SecretStr) -> URL:
    try:
        return make_url(given.get_secret_value())
    except (ArgumentError, ValueError):
        raise ValueError("it is no database address; write sqlite:///… or postgresql://…") from None


def _absolute_sqlite(url: URL, directory: Path) -> URL:
    if not url.database or url.database == ":memory:" or url.query:
        raise ValueError("an SQLite store is a plain file; write sqlite:///regulars.sqlite3")
    if "?" in url.database:
        raise ValueError("the path of an SQLite store cannot hold a question mark; choose another place")
    return url.set(database=str(directory / Path(url.database).expanduser()))


def _refuse_password(url: object, path: Path) -> None:
    try:
        parsed = make_url(url) if isinstance(url, str) else None
    except (ArgumentError, ValueError):
        return
    if parsed is not None and (parsed.password or _PASSWORD_OPTIONS & parsed.query.keys()):
        raise MisconfiguredError(
            f"{path}: 'store_url' holds a password, and secrets do not belong in a settings file. "
            f"Give the whole address in {_variable(('store_url',))}, or keep the password in ~/.pgpass."
        )


def _said(keys: tuple[str, ...], kind: str, message: str, place: str) -> str:
    key = ".".join(keys)
    if kind == "extra_forbidden":
        return f"{place}: there is no setting '{key}'.{_nearest(keys)} Correct or remove it."
    reason = message.removeprefix("Value error, ")
    return f"{place}: '{key}' cannot be used: {reason}. Correct it, or remove it to have the default."


def _place(keys: tuple[str, ...], given: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The variable that a value came from; '' when it came from the file."""
    inner: Any = given
    for key in keys:
        if isinstance(inner, Mapping) and key not in inner:
            return ""
        inner = inner[key] if isinstance(inner, Mapping) else inner
    # A section may be given whole, as JSON, in one variable.
    candidates = (_variable(keys[:depth]) for depth in range(len(keys), 0, -1))
    names = {name.upper() for name, value in environ.items() if value}
    return next((name for name in candidates if name in names), "")


def _nearest(keys: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(".".join(keys), [".".join(path) for path, _ in _leaves()], n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _variable(keys: tuple[str, ...]) -> str:
    return PREFIX + "_".join(keys).upper()


def _elsewhere(name: str) -> bool:
    return name.startswith(_BELONGING_ELSEWHERE)


def _sections() -> Iterator[tuple[str, Section]]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, Section):
            yield name, field.default


def _leaves() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every key that can be set, with its field; those of the file's top first, as TOML wants them."""
    sections = dict(_sections())
    for name, field in Settings.model_fields.items():
        if name not in sections and name != "directory":
            yield (name,), field
    for section, model in sections.items():
        for name, field in type(model).model_fields.items():
            yield (section, name), field


def _template(service: str) -> Iterator[str]:
    yield "# Settings of a Regulars workspace. A line behind # shows a default: remove the # to change it."
    yield f"# A variable wins over this file: {_variable(('http', 'tries'))}=3 is tries = 3 under [http]."
    yield "# Secrets never stand here; they live in the keyring or in variables of their own."
    section = ""
    for path, field in _leaves():
        if path[:-1] != ((section,) if section else ()):
            section = path[0]
            yield f"\n[{section}]"
        elif not section:
            yield ""
        yield from (f"# {line}" for line in str(field.description).splitlines())
        shown = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        chosen = path == ("keyring_service",)
        yield (
            f"{path[-1]} = {json.dumps(service)}"
            if chosen
            else f"# {path[-1]} = {json.dumps(shown, ensure_ascii=False)}"
        )
    yield ""
