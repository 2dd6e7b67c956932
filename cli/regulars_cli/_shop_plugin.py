"""``shop plugin``: what an owner installs so that the shop itself gives each shopper their discount."""

import io
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import typer
from rich.console import Console

import regulars_store as store
from regulars_agent import Workspace, storefront_key
from regulars_cli._plain import escape
from regulars_cli._session import Json, Session, session_of
from regulars_cli._shop_theme import ThemeFolder, write_theme_extension
from regulars_cli._shops import ShopName, shop_app
from regulars_mapping import MisconfiguredError

FOLDER: Final = "regulars"
_PLATFORM: Final = "woocommerce"
_THEMED: Final = "shopify"
_HERE: Final = Path(__file__).resolve().parent
# The wheel carries these files beside this module; a checkout has them in their own homes.
_INSTALLED: Final = _HERE / "wordpress" / FOLDER
_CHECKOUT: Final = _HERE.parents[1] / "plugin"
_KINDS: Final = frozenset({".php", ".txt", ".json", ".js", ".po", ".pot", ".mo"})
# Stored, and of one date: the same plugin is the same bytes wherever it is made.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16


def register(_: typer.Typer) -> None:
    """Add this command to those of shops."""
    shop_app.command()(plugin)


def plugin(
    context: typer.Context,
    name: ShopName,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Where to write it; without it, regulars-SHOP.zip or the folder regulars-SHOP here."
        ),
    ] = None,
    show_key: Annotated[
        bool, typer.Option("--show-key", help="Show the shop's storefront key, too; it is secret.")
    ] = False,
    json: Json = False,
) -> None:
    """Write what shows the discount in the shop: for WooCommerce the WordPress plugin, a zip to upload there;
    for Shopify the folder of a theme extension. It holds no key."""
    session = session_of(context)
    place = f"regulars-{name.replace(' ', '-')}"
    with session.workspace() as workspace:
        if _platform(workspace, name) == _THEMED:
            if show_key:
                raise typer.BadParameter("--show-key: Shopify's theme block needs no key")
            _answer_theme(session, name, write_theme_extension(output or Path(place)), json=json)
            return
        file = output or Path(f"{place}.zip")
        content = wordpress_plugin(workspace, name)
        key = storefront_key(workspace, name).get_secret_value() if show_key else None
    _write(file, content)
    said = {"shop": name, "file": str(file), "bytes": len(content)}

    def text(out: Console) -> None:
        out.print(escape(f"{file} is written. In WordPress: Plugins → Add New → Upload Plugin; activate it."))
        out.print(escape(f'Next, so that its discounts are used: regulars shop check "{name}"'))
        if key is None:
            out.print(
                "Pages that fetch the offer themselves need the storefront key, too: paste what --show-key "
                "shows into WooCommerce → Regulars."
            )
        else:
            out.print(escape(f"The key for WooCommerce → Regulars, which is secret: {key}"))

    session.answer(said if key is None else {**said, "key": key}, json=json, text=text)


def _answer_theme(session: Session, shop: str, made: ThemeFolder, *, json: bool) -> None:
    said = {"shop": shop, "folder": str(made.folder), "files": made.written, "kept": made.kept}

    def text(out: Console) -> None:
        out.print(escape(f"{made.folder} is written. Next, as its README.md says: shopify app deploy"))
        if made.kept:
            out.print(escape(f"These were there and are as they were: {', '.join(made.kept)}"))

    session.answer(said, json=json, text=text)


def _platform(workspace: Workspace, shop: str) -> str:
    with workspace.store.read() as connection:
        return store.shop_named(connection, shop).platform


def wordpress_plugin(workspace: Workspace, shop: str) -> bytes:
    """The plugin for this shop as a zip: the same bytes each time. It knows the shop's name, and no secret.

    Raises MisconfiguredError for an unknown shop and for one that is not of WooCommerce.
    """
    platform = _platform(workspace, shop)
    if platform != _PLATFORM:
        raise MisconfiguredError(
            f"Shop '{shop}' is of {platform}; there is something to install for WooCommerce and Shopify. "
            "Name such a shop: `regulars shop list` shows them."
        )
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as archive:
        for path, content in sorted([*_files(), ("shop.php", _preset(shop))]):
            entry = ZipInfo(f"{FOLDER}/{path}", _DATE)
            entry.create_system = 3
            entry.external_attr = _READABLE
            archive.writestr(entry, content)
    return made.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    """The plugin's files, each with its path inside."""
    root = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT / "wordpress" / FOLDER
    for file in root.rglob("*"):
        if file.is_file() and file.suffix in _KINDS:
            yield file.relative_to(root).as_posix(), file.read_bytes()
    yield "assets/storefront.js", _storefront_script().read_bytes()


def _storefront_script() -> Path:
    """The site's own script. Found without importing the site's package, which needs Django."""
    found = find_spec("wagtail_regulars")
    if found is None or not found.submodule_search_locations:
        raise MisconfiguredError("Regulars is installed without its site's files; install it again.")
    return Path(found.submodule_search_locations[0], "static", "wagtail_regulars", "storefront.js")


def _preset(shop: str) -> bytes:
    """The shop's name as PHP, for the settings page to begin with."""
    quoted = shop.replace("\\", "\\\\").replace("'", "\\'")
    return f"<?php\ndefined( 'ABSPATH' ) || exit;\n\nreturn '{quoted}';\n".encode()


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise MisconfiguredError(
            f"{file} cannot be written: {error.strerror}. Give another place with --output."
        ) from error
