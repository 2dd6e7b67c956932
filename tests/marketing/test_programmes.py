import pytest
from sqlalchemy import func, select

from purchases import NOW, tiers, welcome
from regulars_mapping import MisconfiguredError
from regulars_marketing import disable_programme, enable_programme, programmes, save_programme
from regulars_store import Store, tables


def rows(store: Store) -> int | None:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.programme))


def test_a_programme_is_read_back_as_it_was_saved(store: Store) -> None:
    with store.write() as connection:
        assert save_programme(connection, tiers(), who="owner", now=NOW) == 1
    with store.read() as connection:
        (found,) = programmes(connection)
    assert (found.key, found.version, found.enabled, found.programme) == ("regulars", 1, True, tiers())
    assert (found.at, found.who) == (NOW, "owner")


def test_a_welcome_is_kept_and_versioned_like_the_others(store: Store) -> None:
    with store.write() as connection:
        assert save_programme(connection, welcome(), who="owner", now=NOW) == 1
        assert save_programme(connection, welcome(), who="owner", now=NOW) == 1
        assert save_programme(connection, welcome(percent=5), who="owner", now=NOW) == 2
        (found,) = programmes(connection)
        assert (found.programme, found.stated.version) == (welcome(percent=5), 2)
        assert disable_programme(connection, "welcome", who="owner", now=NOW) == 3


def test_a_change_makes_a_new_version_and_keeps_the_old_row(store: Store) -> None:
    with store.write() as connection:
        save_programme(connection, tiers(), who="owner", now=NOW)
        assert save_programme(connection, tiers(title="New"), who="owner", now=NOW) == 2
        assert [found.programme.title for found in programmes(connection)] == ["New"]
    assert rows(store) == 2


def test_saving_the_same_again_makes_no_version(store: Store) -> None:
    with store.write() as connection:
        save_programme(connection, tiers(), who="owner", now=NOW)
        assert save_programme(connection, tiers(), who="clerk", now=NOW) == 1
    assert rows(store) == 1


def test_disabling_and_enabling_are_versions_of_their_own(store: Store) -> None:
    with store.write() as connection:
        save_programme(connection, tiers(), who="owner", now=NOW)
        assert disable_programme(connection, "regulars", who="owner", now=NOW) == 2
        assert disable_programme(connection, "regulars", who="owner", now=NOW) == 2
        assert [found.enabled for found in programmes(connection)] == [False]
        assert enable_programme(connection, "regulars", who="owner", now=NOW) == 3
        assert [(found.enabled, found.programme) for found in programmes(connection)] == [(True, tiers())]
    assert rows(store) == 3


def test_saving_a_disabled_programme_takes_it_up_again(store: Store) -> None:
    with store.write() as connection:
        save_programme(connection, tiers(), who="owner", now=NOW)
        disable_programme(connection, "regulars", who="owner", now=NOW)
        assert save_programme(connection, tiers(), who="owner", now=NOW) == 3


def test_disabling_what_is_not_there_says_so(store: Store) -> None:
    with store.write() as connection, pytest.raises(MisconfiguredError, match="no programme 'regular'"):
        disable_programme(connection, "regular", who="owner", now=NOW)


def test_programmes_come_by_key(store: Store) -> None:
    with store.write() as connection:
        for key in ("b", "a-1", "a"):
            save_programme(connection, tiers(key=key), who="owner", now=NOW)
        assert [found.key for found in programmes(connection)] == ["a", "a-1", "b"]
