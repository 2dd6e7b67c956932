"""The answers of a WooCommerce shop that are no success, and the double's own "not modelled"."""

from __future__ import annotations

__all__ = ["ShopError", "already_trashed", "no_route", "not_modelled", "rest_error"]


class ShopError(Exception):
    """An error answer: HTTP ``status`` and the JSON object that goes with it."""

    def __init__(self, status: int, payload: dict[str, object]) -> None:
        super().__init__(payload.get("code"))
        self.status = status
        self.payload = payload


def rest_error(status: int, code: str, message: str, **data: object) -> ShopError:
    """An error in the usual shape ``{code, message, data: {status, ...}}``."""
    return ShopError(status, {"code": code, "message": message, "data": {"status": status, **data}})


def not_modelled(what: str) -> ShopError:
    """The double's refusal: no recording shows how a shop answers ``what``, so nothing may rely on it."""
    message = (
        f"The sandbox does not model {what}: no recorded shop shows it. "
        "Record it from a real shop and teach the sandbox, or do not rely on it."
    )
    return rest_error(501, "not_modelled", message)


def no_route() -> ShopError:
    """What WordPress says to an unknown path and to a known path with a wrong method alike."""
    return rest_error(404, "rest_no_route", "No route was found matching the URL and request method.")


def already_trashed(post_type: str) -> ShopError:
    """The answer to trashing what lies in the trash."""
    return rest_error(410, "woocommerce_rest_already_trashed", f"The {post_type} has already been deleted.")
