"""The storefront of the small site: shops and keys behind it, and browsers that ask it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from sqlalchemy import Engine, event

from regulars_store import Store
from storefront_world import ENVIRON, TEA_KEY, ShoppingWorld, shopping_world
from wagtail_regulars import mint_token
from wagtail_regulars._workspace import close_workspace

OFFER = "/regulars/api/offer"
TOKEN = "/regulars/token"


def opened(store: Store, monkeypatch: pytest.MonkeyPatch) -> ShoppingWorld:
    """The shops in the store that the site reads, with their keys."""
    for name, value in {**ENVIRON, "REGULARS_STORE_URL": store.url}.items():
        monkeypatch.setenv(name, value)
    close_workspace()
    return shopping_world(store)


def token_of(account: str, **changes: Any) -> str:
    """A good token of an account of the tea shop."""
    return mint_token("tea", account, **{"key": TEA_KEY, "now": datetime.now(UTC), **changes})


def ask(token: str | None = None, *, origin: str = "", language: str = "", **headers: str) -> HttpResponse:
    """A page asks for the offer."""
    given = {"authorization": f"Bearer {token}"} if token is not None else {}
    given |= {"origin": origin} if origin else {}
    return Client().get(OFFER, {"language": language} if language else {}, headers={**given, **headers})


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements that the store is asked meanwhile."""
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        # What opens a transaction is no question.
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
