"""The schema's revisions."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text

from identity_scene import account_row, add_test_shops
from identity_world import Attributes
from regulars_mapping import MisconfiguredError
from regulars_store import Store, insert_rows, tables
from regulars_store.migrations.versions import _0005_record as record_revision

_UPGRADE = "import sys; from regulars_store import open_store; open_store(sys.argv[1]).upgrade()"


def test_the_revisions_make_exactly_the_tables_of_the_metadata(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, tables.metadata) == []


def test_an_upgraded_store_is_of_this_version_and_upgrading_again_changes_nothing(bare_store: Store) -> None:
    bare_store.upgrade()
    bare_store.upgrade()
    bare_store.check_version()


def test_a_store_without_tables_names_the_remedy(bare_store: Store) -> None:
    with pytest.raises(MisconfiguredError, match="regulars init"):
        bare_store.check_version()


def test_a_store_of_a_newer_version_is_refused(bare_store: Store) -> None:
    bare_store.upgrade()
    with bare_store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
    with pytest.raises(MisconfiguredError, match="newer version"):
        bare_store.check_version()


def test_reading_a_store_without_tables_names_the_remedy(bare_store: Store) -> None:
    with pytest.raises(MisconfiguredError, match="regulars init"), bare_store.read() as connection:
        connection.execute(tables.shop.select())


def test_two_processes_that_upgrade_at_once_take_turns(bare_store: Store) -> None:
    started = [subprocess.Popen([sys.executable, "-c", _UPGRADE, bare_store.url]) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]
    bare_store.check_version()


def test_accounts_of_an_older_store_get_their_aliases_and_wait_to_be_resolved(store: Store) -> None:
    with store.write() as connection:
        add_test_shops(connection)
        plain = account_row("1:1", Attributes("jdoe@gmail.com"))
        dotted = account_row("1:2", Attributes("j.doe@gmail.com"))
        # As they stood before there were aliases.
        insert_rows(connection, tables.account, [row | {"email_alias": ""} for row in (plain, dotted)])
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            record_revision._spell_aliases()
        aliases = select(tables.account.c.id, tables.account.c.email_alias).order_by(tables.account.c.id)
        assert [tuple(row) for row in connection.execute(aliases)] == [("1:1", ""), ("1:2", "jdoe@gmail.com")]
        assert list(connection.scalars(select(tables.dirty.c.key))) == ["1:2"]
