"""Alembic without an ini file: the migrations live in this package and run on a connection given to them."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from regulars_mapping import MisconfiguredError


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("regulars_store") / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision, inside the connection's transaction."""
    command.upgrade(_config(connection), "head")


def check_version(connection: Connection) -> None:
    """Raises MisconfiguredError with the remedy when the tables are not those of this version."""
    found = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(_config())
    if found == script.get_current_head():
        return
    if found is None:
        raise MisconfiguredError("the store has no tables yet; run: regulars init")
    if found in {revision.revision for revision in script.walk_revisions()}:
        raise MisconfiguredError("the store is older than this version of Regulars; run: regulars init")
    raise MisconfiguredError("the store was made by a newer version of Regulars; install that version")
