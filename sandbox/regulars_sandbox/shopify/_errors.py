"""The answers of a shop that are no success, and the double's own "not modelled"."""

from __future__ import annotations

from typing import Any

__all__ = [
    "Refusal",
    "access_denied",
    "bad_request",
    "invalid_id",
    "not_modelled",
    "user_error",
]

_DOCUMENTATION = "https://shopify.dev/api/usage/access-scopes"


class Refusal(Exception):  # noqa: N818 - an answer of the shop, not a failure of the double
    """A top-level GraphQL error: its message and what stands under ``extensions``."""

    def __init__(self, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.extensions = extensions


def not_modelled(what: str) -> Refusal:
    """The double's refusal: nothing known shows how a shop answers ``what``, so nothing may rely on it."""
    message = (
        f"The sandbox does not model {what}. "
        "Find out how a real shop answers and teach the sandbox, or do not rely on it."
    )
    return Refusal(message, code="NOT_MODELLED")


def access_denied(name: str, scope: str) -> Refusal:
    """What a field says to an app without the scope; null spreads up to the next nullable field."""
    message = f"Access denied for {name} field. Required access: `{scope}` access scope."
    needed = f"`{scope}` access scope."
    return Refusal(message, code="ACCESS_DENIED", documentation=_DOCUMENTATION, requiredAccess=needed)


def bad_request(message: str) -> Refusal:
    """What an argument says that the schema lets through and the service does not."""
    return Refusal(message, code="BAD_REQUEST")


def invalid_id(text: str) -> Refusal:
    """What an id says that is no global id."""
    return Refusal(f"Invalid global id '{text}'", code="argumentLiteralsIncompatible")


def user_error(field: list[str] | None, message: str, code: str | None = None, **more: Any) -> dict[str, Any]:
    """An entry of a payload's ``userErrors``: the mutation was understood and had no effect."""
    return {"field": field, "message": message, "code": code, "extraInfo": None, "elementIndex": None} | more
