"""Shopify's theme block, rendered by a Liquid engine as a shop would: with its locales and its settings."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liquid import Environment, Mode
from markupsafe import escape

EXTENSION = Path(__file__).parent.parent / "plugin/shopify/extensions/regulars-offer"
BLOCK = EXTENSION / "blocks/offer.liquid"
LANGUAGES = {"en": "en.default", "uk": "uk", "ru": "ru", "de": "de"}
_SCHEMA = re.compile(r"\{%-?\s*schema\s*-?%\}(.*?)\{%-?\s*endschema\s*-?%\}", re.DOTALL)
_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def template() -> str:
    """The block without its schema, which is no Liquid."""
    return _SCHEMA.sub("", BLOCK.read_text("utf-8"))


def schema() -> dict[str, Any]:
    """What the theme editor reads."""
    found = _SCHEMA.search(BLOCK.read_text("utf-8"))
    assert found is not None
    return dict(json.loads(found[1]))


def words(language: str, *, editor: bool = False) -> dict[str, str]:
    """A locale's texts by their dotted keys: those of shoppers, or those of the theme editor."""
    name = f"{LANGUAGES[language]}{'.schema' if editor else ''}.json"
    return dict(_flat("", json.loads((EXTENSION / "locales" / name).read_text("utf-8"))))


def _flat(prefix: str, tree: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        found += _flat(f"{prefix}{key}.", value) if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return found


def labels(**texts: Any) -> dict[str, Any]:
    """A customer with these labels of ours as metafields."""
    fields = {key: {"value": value, "type": "any"} for key, value in texts.items()}
    return {"id": 7, "metafields": {"regulars": fields}}


def rendered(customer: Mapping[str, Any] | None, *, language: str = "en", **around: Any) -> str:
    """The block as a page of the shop has it. ``around``: the block's ``settings`` that differ from their
    defaults, the page's ``path``, ``accounts`` (whether the shop has them) and ``editor``."""
    settings = {one["id"]: one.get("default") for one in schema()["settings"] if "id" in one}
    page = {
        "block": {"id": "b1", "settings": settings | around.get("settings", {}), "shopify_attributes": ""},
        "customer": customer,
        "shop": {"customer_accounts_enabled": around.get("accounts", True)},
        "routes": {"storefront_login_url": "/customer_authentication/login?return_to=%2F&locale=en"},
        "request": {
            "path": around.get("path", "/products/coffee"),
            "design_mode": around.get("editor", False),
        },
    }
    return _environment(language).from_string(template()).render(**page)


def _environment(language: str) -> Environment:
    # Unknown filters and broken tags are errors; names of nothing are empty, as in a shop.
    environment = Environment(tolerance=Mode.STRICT)
    texts = words(language)

    def translated(key: str, **values: Any) -> str:
        # Shopify escapes what is put into a text.
        return _GAP.sub(lambda gap: str(escape(values[gap[1]])), texts[key])

    environment.add_filter("t", translated)
    return environment


def page(block: str, *, language: str = "en", script: bool = True) -> str:
    """A page of a shop around the block, in a theme as plain as can be."""
    style = (EXTENSION / "assets/regulars-offer.css").read_text("utf-8")
    code = (EXTENSION / "assets/regulars-offer.js").read_text("utf-8")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Shop</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>body{{font:16px/1.5 sans-serif;margin:1rem}}{style}</style>"
        f"{f'<script>{code}</script>' if script else ''}</head><body><h1>Coffee</h1>"
        f'<div class="shopify-block">{block}</div></body></html>'
    )
