"""``shop plugin``: a zip that WordPress takes, a folder that Shopify takes, and no secret in either."""

import io
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

import regulars_store as store
from command_line import MASTER_KEY, CommandLine
from regulars_agent import load_settings, open_workspace

PHP = shutil.which("php")
HOME = Path(__file__).parents[2] / "plugin"
EXTENSION = "extensions/regulars-offer/shopify.extension.toml"


@pytest.fixture
def shops(regulars: CommandLine) -> CommandLine:
    """A workspace that knows two shops of WooCommerce, one of Shopify and one of another platform."""
    regulars.begin()
    environ = {"REGULARS_MASTER_KEY": MASTER_KEY}
    workspace = open_workspace(load_settings(regulars.directory, environ=environ), environ=environ)
    with workspace.store.write() as connection:
        for name, platform in (
            ("tea", "woocommerce"),
            ("Мій чай", "woocommerce"),
            ("cake", "shopify"),
            ("pie", "saleor"),
        ):
            url = f"https://{platform}-{len(name)}.example.com"
            now = datetime(2026, 1, 1, tzinfo=UTC)
            store.add_shop(connection, name=name, platform=platform, url=url, options={}, now=now)
    workspace.close()
    return regulars


def test_the_zip_holds_the_plugin_in_its_folder_and_the_shops_name(shops: CommandLine) -> None:
    said = shops.done("shop", "plugin", "tea")
    assert "regulars-tea.zip is written." in said.out
    with ZipFile(shops.scratch / "regulars-tea.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert all(name.startswith("regulars/") for name in names)
        source = {
            f"regulars/{path.relative_to(HOME / 'wordpress' / 'regulars').as_posix()}"
            for path in (HOME / "wordpress" / "regulars").rglob("*.*")
        }
        assert set(names) == source | {"regulars/assets/storefront.js", "regulars/shop.php"}
        assert b"return 'tea';" in archive.read("regulars/shop.php")
        script = HOME / "wagtail_regulars" / "static" / "wagtail_regulars" / "storefront.js"
        assert archive.read("regulars/assets/storefront.js") == script.read_bytes()


def test_the_same_shop_gives_the_same_bytes(shops: CommandLine) -> None:
    shops.done("shop", "plugin", "tea", "--output", "one.zip")
    shops.done("shop", "plugin", "tea", "--output", "two.zip")
    assert (shops.scratch / "one.zip").read_bytes() == (shops.scratch / "two.zip").read_bytes()
    with ZipFile(shops.scratch / "one.zip") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_the_key_is_shown_only_when_asked_for_and_is_never_in_the_zip(shops: CommandLine) -> None:
    shown = shops.done("shop", "plugin", "tea", "--show-key", "--json").json
    key = shown["key"]
    assert len(key) >= 32
    assert sorted(shown) == ["bytes", "file", "key", "shop"]
    plain = shops.done("shop", "plugin", "tea")
    assert key not in plain.out + plain.err
    assert "key" not in shops.done("shop", "plugin", "tea", "--json").json
    assert key in shops.done("shop", "plugin", "tea", "--show-key").out
    with ZipFile(shops.scratch / "regulars-tea.zip") as archive:
        assert not [name for name in archive.namelist() if key.encode() in archive.read(name)]


@pytest.mark.skipif(PHP is None, reason="no PHP here: install php-cli to read the plugin as WordPress does")
def test_php_reads_the_shops_name_in_any_script(shops: CommandLine) -> None:
    assert PHP is not None
    file = shops.done("shop", "plugin", "Мій чай", "--json").json["file"]
    content = io.BytesIO((shops.scratch / file).read_bytes())
    with ZipFile(content) as archive:
        code = archive.read("regulars/shop.php").decode().removeprefix("<?php")
    done = subprocess.run(
        [PHP, "-n", "-r", f"define( 'ABSPATH', '/' ); echo ( static function () {{ {code} }} )();"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "Мій чай"


def test_a_shop_of_another_platform_and_one_that_is_not_known_get_none(shops: CommandLine) -> None:
    for name, words in (("pie", "is of saleor"), ("coffee", "coffee")):
        said = shops("shop", "plugin", name)
        assert said.code == 1
        assert words in said.err
    assert list(shops.scratch.glob("*.zip")) == []


def test_a_place_that_cannot_be_written_is_named(shops: CommandLine) -> None:
    said = shops("shop", "plugin", "tea", "--output", "nowhere/plugin.zip")
    assert said.code == 1
    assert "nowhere/plugin.zip cannot be written" in said.err and "--output" in said.err


def test_a_shopify_shop_gets_the_folder_of_a_theme_extension(shops: CommandLine) -> None:
    made = shops.done("shop", "plugin", "cake", "--json").json
    source = {
        path.relative_to(HOME / "shopify").as_posix()
        for path in (HOME / "shopify").rglob("*.*")
        if path.is_file()
    }
    assert (set(made["files"]), made["kept"]) == (source, [])
    folder = shops.scratch / "regulars-cake"
    for path in source:
        assert (folder / path).read_bytes() == (HOME / "shopify" / path).read_bytes()
    assert "shopify app deploy" in shops.done("shop", "plugin", "cake", "--output", "other").out
    assert shops("shop", "plugin", "cake", "--show-key").code == 2
    (shops.scratch / "file").write_text("")
    assert "file cannot be written" in shops("shop", "plugin", "cake", "--output", "file").err


def test_a_newer_theme_extension_leaves_the_owners_settings_alone(shops: CommandLine) -> None:
    shops.done("shop", "plugin", "cake")
    folder = shops.scratch / "regulars-cake"
    own = {name: folder / name for name in ("shopify.app.toml", EXTENSION)}
    for file in own.values():
        file.write_text("the owner's")
    (folder / "README.md").write_text("an older one")
    assert f"as they were: {EXTENSION}" in shops.done("shop", "plugin", "cake").out
    assert [file.read_text() for file in own.values()] == ["the owner's"] * 2
    assert (folder / "README.md").read_bytes() == (HOME / "shopify" / "README.md").read_bytes()
