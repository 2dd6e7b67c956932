"""Connecting, checking, rotating and removing shops."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy import select

import regulars_store as store
from agent_world import KEY, Front, a_history, credentials, served
from regulars_agent import (
    Workspace,
    check_name,
    check_new_shop,
    check_shop,
    connect_shop,
    credential_names,
    disconnect_shop,
    rotate_credentials,
)
from regulars_connectors import CheckReport
from regulars_mapping import MisconfiguredError
from regulars_sandbox import ApiKey, Request, Response, RunningServer
from regulars_store import tables

SECRETS = ("consumer_key", "consumer_secret")


@pytest.fixture
def shop() -> Iterator[tuple[Front, RunningServer]]:
    with served(a_history({1: 2000})) as made:
        yield made


def connect(
    workspace: Workspace, server: RunningServer, *, name: str = "tea", key: ApiKey = KEY, check: bool = True
) -> CheckReport | None:
    return connect_shop(
        workspace,
        platform="woocommerce",
        name=name,
        url=server.url,
        options={"certificates": str(server.certificate)},
        credentials=credentials(key),
        check=check,
    )


def secrets_of(workspace: Workspace, name: str = "tea") -> list[str | None]:
    found = [workspace.secrets.find(name, key) for key in SECRETS]
    return [secret.get_secret_value() if secret else None for secret in found]


def rows(workspace: Workspace) -> list[str]:
    with workspace.store.read() as connection:
        return list(connection.scalars(select(tables.shop.c.name)))


def test_a_connected_shop_is_known_with_what_its_check_learnt(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    report = connect(empty_workspace, shop[1])
    assert report is not None
    assert report.usable
    with empty_workspace.store.read() as connection:
        found = store.shop_named(connection, "tea")
    assert (found.zone, found.currency, found.country) == ("Europe/Kyiv", "UAH", report.country)
    assert secrets_of(empty_workspace) == [KEY.consumer_key, KEY.consumer_secret]


def test_a_shop_whose_check_finds_a_problem_leaves_nothing_behind(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    report = connect(empty_workspace, shop[1], key=ApiKey("ck_wrong", "cs_wrong"))
    assert report is not None
    assert not report.usable
    assert rows(empty_workspace) == []
    assert secrets_of(empty_workspace) == [None, None]


def test_a_check_that_raises_leaves_nothing_behind(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    with pytest.raises(MisconfiguredError, match="certificates were to be in"):
        connect_shop(
            empty_workspace,
            platform="woocommerce",
            name="tea",
            url=shop[1].url,
            options={"certificates": "nowhere.pem"},
            credentials=credentials(),
        )
    assert rows(empty_workspace) == []
    assert secrets_of(empty_workspace) == [None, None]


def test_a_check_that_is_broken_off_leaves_nothing_behind(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("regulars_woocommerce._check.check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        connect(empty_workspace, shop[1])
    assert rows(empty_workspace) == []
    assert secrets_of(empty_workspace) == [None, None]


def test_a_missing_secret_leaves_nothing_behind(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    with pytest.raises(MisconfiguredError, match="consumer_secret"):
        connect_shop(
            empty_workspace,
            platform="woocommerce",
            name="tea",
            url=shop[1].url,
            options={},
            credentials={"consumer_key": SecretStr("ck_agent")},
        )
    assert rows(empty_workspace) == []
    assert secrets_of(empty_workspace) == [None, None]


def test_an_unknown_platform_is_refused_before_anything_is_kept(empty_workspace: Workspace) -> None:
    with pytest.raises(MisconfiguredError):
        connect_shop(
            empty_workspace,
            platform="paper",
            name="tea",
            url="https://shop.example.com",
            options={},
            credentials=credentials(),
        )
    assert secrets_of(empty_workspace) == [None, None]


@pytest.mark.parametrize("name", ["tea house", "tea_house", "TEA-HOUSE"])
def test_a_name_too_like_another_is_refused_and_the_other_keeps_its_secrets(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer], name: str
) -> None:
    connect(empty_workspace, shop[1], name="tea-house")
    with served(a_history({})) as (_, other), pytest.raises(MisconfiguredError, match="too like"):
        connect(empty_workspace, other, name=name, key=ApiKey("ck_other", "cs_other"))
    assert rows(empty_workspace) == ["tea-house"]
    assert secrets_of(empty_workspace, "tea-house") == [KEY.consumer_key, KEY.consumer_secret]


def test_a_shop_is_connected_once(empty_workspace: Workspace, shop: tuple[Front, RunningServer]) -> None:
    connect(empty_workspace, shop[1])
    with pytest.raises(MisconfiguredError, match="is connected already, under the name tea"):
        connect(empty_workspace, shop[1], name="cake")
    assert rows(empty_workspace) == ["tea"]
    assert secrets_of(empty_workspace, "cake") == [None, None]


@pytest.mark.parametrize(
    "spelt", ["{}/", "{}//", "{}/wp-json/wc/v3", " {} ", "http{}"], ids=["/", "//", "API", "blanks", "http"]
)
def test_another_spelling_of_its_address_is_the_same_shop(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer], spelt: str
) -> None:
    connect(empty_workspace, shop[1], check=False)
    url = spelt.format(shop[1].url.removeprefix("https") if spelt.startswith("http") else shop[1].url)
    for again in (check_new_shop, connect_shop):
        with pytest.raises(MisconfiguredError, match="is connected already, under the name tea"):
            again(
                empty_workspace,
                platform="woocommerce",
                name="cake",
                url=url,
                options={},
                credentials=credentials(),
            )
    assert rows(empty_workspace) == ["tea"]
    assert secrets_of(empty_workspace, "cake") == [None, None]
    assert shop[0].seen == []


@pytest.mark.parametrize("option", ["checks_emails=perhaps", "settle_seconds=0", "settle_seconds=1e9"])
def test_a_shop_whose_options_mean_nothing_is_not_asked(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer], option: str
) -> None:
    name, _, value = option.partition("=")
    with pytest.raises(MisconfiguredError, match=f"option {name}"):
        connect_shop(
            empty_workspace,
            platform="woocommerce",
            name="tea",
            url=shop[1].url,
            options={name: value},
            credentials=credentials(),
        )
    assert (rows(empty_workspace), shop[0].seen) == ([], [])


def test_a_shop_may_be_added_without_a_check(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    assert connect(empty_workspace, shop[1], check=False) is None
    assert rows(empty_workspace) == ["tea"]
    assert shop[0].seen == []


def test_a_removed_shop_loses_its_secrets_and_comes_back_with_its_history(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    connect(empty_workspace, shop[1])
    with empty_workspace.store.read() as connection:
        before = store.shop_named(connection, "tea").id
    disconnect_shop(empty_workspace, "tea")
    assert secrets_of(empty_workspace) == [None, None]
    connect(empty_workspace, shop[1])
    with empty_workspace.store.read() as connection:
        assert store.shop_named(connection, "tea").id == before


def test_a_failed_check_does_not_bring_a_removed_shop_back(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    connect(empty_workspace, shop[1])
    disconnect_shop(empty_workspace, "tea")
    before = rows(empty_workspace)
    connect(empty_workspace, shop[1], key=ApiKey("ck_wrong", "cs_wrong"))
    assert rows(empty_workspace) == before
    assert secrets_of(empty_workspace) == [None, None]


def test_rotated_secrets_take_the_place_of_the_old(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    connect(empty_workspace, shop[1])
    new = shop[0].shop.add_key(ApiKey("ck_new", "cs_new"))
    shop[0].shop.revoke_key(KEY.consumer_key)
    assert rotate_credentials(empty_workspace, "tea", credentials(new)).usable
    assert secrets_of(empty_workspace) == ["ck_new", "cs_new"]
    assert check_shop(empty_workspace, "tea").usable


def test_the_old_secrets_stay_where_the_shop_refuses_the_new(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    connect(empty_workspace, shop[1])
    refused = ApiKey("ck_wrong", "cs_wrong")
    assert not rotate_credentials(empty_workspace, "tea", credentials(refused)).usable
    assert secrets_of(empty_workspace) == [KEY.consumer_key, KEY.consumer_secret]
    assert check_shop(empty_workspace, "tea").usable


def test_the_old_secrets_stay_where_the_check_raises(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    connect(empty_workspace, shop[1])
    assert shop[1].certificate is not None
    shop[1].certificate.unlink()
    with pytest.raises(MisconfiguredError, match="certificates"):
        rotate_credentials(empty_workspace, "tea", credentials(ApiKey("ck_new", "cs_new")))
    assert secrets_of(empty_workspace) == [KEY.consumer_key, KEY.consumer_secret]


def test_refused_secrets_of_a_shop_that_had_none_are_taken_out_again(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    connect(empty_workspace, shop[1])
    for key in SECRETS:
        empty_workspace.secrets.delete("tea", key)
    rotate_credentials(empty_workspace, "tea", credentials(ApiKey("ck_wrong", "cs_wrong")))
    assert secrets_of(empty_workspace) == [None, None]


def test_secrets_of_a_shop_that_is_not_there_are_not_kept(empty_workspace: Workspace) -> None:
    with pytest.raises(MisconfiguredError, match="there is no shop named tea"):
        rotate_credentials(empty_workspace, "tea", credentials())
    assert secrets_of(empty_workspace) == [None, None]


def test_nothing_is_waited_for_inside_a_transaction(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    """While a shop is being asked, others can write to the store."""
    connect(empty_workspace, shop[1])
    asked: list[Request] = []

    def write(request: Request) -> Response | None:
        with empty_workspace.store.write() as connection:
            store.mark_dirty(connection, "facts", ["p1"])
        asked.append(request)
        return None

    shop[0].before = write
    assert check_shop(empty_workspace, "tea").usable
    assert asked


def test_a_platform_names_the_secrets_it_needs() -> None:
    assert credential_names("woocommerce") == SECRETS
    with pytest.raises(MisconfiguredError):
        credential_names("paper")


def test_a_name_that_is_taken_is_said_to_be_just_that(
    empty_workspace: Workspace, shop: tuple[Front, RunningServer]
) -> None:
    connect(empty_workspace, shop[1], check=False)
    with pytest.raises(MisconfiguredError, match=r"There is a shop named tea already\. Choose"):
        check_name(empty_workspace, platform="woocommerce", name="tea")


@pytest.mark.parametrize("name", ["tea", "Чайна 2", "shop.example-com_1", "हिन्दी", "7", "a" * 64, "Tea Inc."])
def test_a_name_is_made_of_letters_and_digits_of_any_script(empty_workspace: Workspace, name: str) -> None:
    check_name(empty_workspace, platform="woocommerce", name=name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "-tea", "tea ", ".", "a" * 65, "a/b", "[b]", "a\nb", "\x1b[2J", "a\u202eb", "a:b", "\udcff"],
)
def test_any_other_name_is_refused(empty_workspace: Workspace, name: str) -> None:
    with pytest.raises(MisconfiguredError, match="cannot be a shop's name"):
        check_name(empty_workspace, platform="woocommerce", name=name)
