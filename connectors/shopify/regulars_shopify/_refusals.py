"""What an answer that is no success means for the loop. Nothing that Shopify says in prose is repeated: its
messages quote what was sent."""

import re
from collections.abc import Mapping
from typing import Any, Final

from regulars_connectors import Answer, RefusedKeyError, UnansweredError, UnreachableError
from regulars_mapping import MisconfiguredError, PermanentError, RegularsError, RetryError

_SCOPE: Final = re.compile(r"`([a-z_]{3,60})` access scope")
_CODE: Final = re.compile(r"[A-Za-z_]{1,60}")
_PASSING: Final = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
_SHORTEST_WAIT: Final = 0.1
_UNKNOWN_WAIT: Final = 2.0


class ThrottledError(RetryError):
    """The bucket is empty: nothing was done, and the wait is known."""


class TooCostlyError(PermanentError):
    """A request of this size is refused for ever; a smaller page may do."""


class DeniedError(MisconfiguredError):
    """The app lacks a scope. ``scope`` is Shopify's word for it, empty when it does not say."""

    def __init__(self, message: str, *, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


def raise_for_status(answer: Answer, home: str) -> None:
    """Raise what a refusal by HTTP means; nothing for success."""
    if answer.status < 400:
        return
    words = {
        401: "Shopify does not accept this access token. Copy it again from the app in the shop's admin: it "
        "begins with shpat_ and is shown once. Of an app in the Dev Dashboard give client id and client "
        "secret instead. A connected shop's: regulars shop rotate.",
        402: "The shop is frozen: its bill at Shopify is open.",
        403: "Shopify refuses this app. Check that it is installed and what it may do.",
        404: f"There is no shop at {home}, or not this version of its API. Check the shop's URL.",
        423: "Shopify has locked this shop. Its owner must ask Shopify why.",
    }
    if answer.status == 404:
        raise UnreachableError(words[404])
    if answer.status == 401:
        raise RefusedKeyError(words[401])
    if answer.status in words:
        raise MisconfiguredError(words[answer.status])
    raise PermanentError(f"Shopify refused a request it should have understood (HTTP {answer.status}).")


def raise_for_errors(data: Any, *, document: str, write: bool) -> None:
    """Raise what the ``errors`` of an answer mean; data that came beside them is not whole."""
    if not isinstance(data, Mapping) or ("data" not in data and "errors" not in data):
        raise _unreadable(write=write)
    errors = data.get("errors")
    if not errors:
        if not isinstance(data.get("data"), Mapping):
            raise _unreadable(write=write)
        return
    listed = [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
    if write and any(_is_inside(error) for error in listed):
        raise UnansweredError("Shopify answered a write half. Whether it was done is not known.")
    codes = {_code(error): error for error in reversed(listed)}
    raise _meaning(codes, data, document, write=write)


def _is_inside(error: Mapping[str, Any]) -> bool:
    # An error of a mutation's own field refused it; one below says that its result could not be told.
    path = error.get("path")
    return isinstance(path, list) and len(path) > 1


def _meaning(
    codes: Mapping[str, Mapping[str, Any]], data: Mapping[str, Any], document: str, *, write: bool
) -> RegularsError:
    if "THROTTLED" in codes:
        return ThrottledError(
            "The shop's allowance of API points is used up. It will be asked again.",
            retry_after=_refill(data),
        )
    if "MAX_COST_EXCEEDED" in codes:
        return TooCostlyError(f"One request ({document}) costs more points than Shopify ever allows.")
    if "ACCESS_DENIED" in codes:
        return _denied(codes["ACCESS_DENIED"], document)
    if "SHOP_INACTIVE" in codes:
        return MisconfiguredError("The shop is not active at Shopify any more.")
    if _PASSING & codes.keys():
        return _failed_inside(write=write)
    said = ", ".join(sorted(filter(None, codes))) or "no code given"
    return PermanentError(f"Shopify refused the request {document} ({said}).")


def _failed_inside(*, write: bool) -> RetryError:
    if write:
        return UnansweredError("Shopify failed inside. Whether the write was done is not known.")
    return RetryError("Shopify failed inside. It will be asked again.")


def _unreadable(*, write: bool) -> RetryError:
    if write:
        return UnansweredError("Shopify answered a write with nothing. Whether it was done is not known.")
    return RetryError("Shopify answered no data. It will be asked again.")


def _code(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _denied(error: Mapping[str, Any], document: str) -> DeniedError:
    extensions = error.get("extensions")
    texts = [
        error.get("message"),
        extensions.get("requiredAccess") if isinstance(extensions, Mapping) else "",
    ]
    scopes = [found[1] for text in texts if isinstance(text, str) and (found := _SCOPE.search(text))]
    scope = scopes[0] if scopes else ""
    if scope:
        message = (
            f"The app may not {document.replace('_', ' ')}: it lacks the scope {scope}. Grant it that scope."
        )
    else:
        message = (
            f"The app may not {document.replace('_', ' ')}. Grant it the scopes that `regulars shop check` "
            "names, and ask Shopify for access to protected customer data (names and addresses)."
        )
    return DeniedError(message, scope=scope)


def _refill(data: Mapping[str, Any]) -> float:
    """Seconds until the bucket holds what was asked for."""
    try:
        cost = data["extensions"]["cost"]
        status = cost["throttleStatus"]
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        wait = missing / float(status["restoreRate"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return _UNKNOWN_WAIT
    return max(_SHORTEST_WAIT, wait) if wait < 10**6 else _UNKNOWN_WAIT
