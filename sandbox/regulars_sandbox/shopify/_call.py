"""One operation being answered: who asks, and what is noted while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from regulars_sandbox.shopify._access import Caller
from regulars_sandbox.shopify._errors import access_denied

__all__ = ["Call", "Handler"]


@dataclass(slots=True)
class Call:
    """The context of one operation.

    ``counts`` holds the most rows each connection's field node returned, ``searches`` the warnings of
    searches, ``home`` the shop's URL.  ``whole`` gives every connection inside a record with all its rows.
    """

    caller: Caller
    handlers: Mapping[str, Handler]
    home: str = ""
    counts: dict[int, int] = field(default_factory=dict)
    searches: list[dict[str, Any]] = field(default_factory=list)
    whole: bool = False

    def allows(self, scopes: tuple[str, ...]) -> bool:
        """True when the app has one of the scopes; who may write may read."""
        granted = self.caller.scopes
        return any(
            scope in granted or (scope.startswith("read_") and f"write_{scope[5:]}" in granted)
            for scope in scopes
        )

    def require(self, scope: str, name: str) -> None:
        """Raise ACCESS_DENIED for ``name`` unless the app has the scope."""
        if not self.allows((scope,)):
            raise access_denied(name, scope)

    def counted(self, node: object, rows: int) -> None:
        """Note how many rows a connection returned."""
        known = self.counts.get(id(node), 0)
        self.counts[id(node)] = max(known, rows)


Handler = Callable[[Call, Mapping[str, Any]], Any]
