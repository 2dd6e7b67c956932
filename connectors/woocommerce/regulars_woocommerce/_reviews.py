"""Reviews of products, which a key may be kept from while it reads all else."""

from typing import Final

from regulars_connectors import Answer, ForbiddenKindError, UnreachableError
from regulars_mapping import MisconfiguredError
from regulars_woocommerce._client import Params, WooClient

LEAST_REVIEWS: Final[Params] = {"per_page": 1, "status": "all", "_fields": "id"}
REVIEWS_CLOSED: Final = (
    "The shop does not show reviews of products to this key, so they do not come in; all else does."
)
REVIEWS_REMEDY: Final = (
    "Make the key for an administrator or shop manager, or give its user the right to moderate comments. The "
    "reviews then come by themselves."
)
_LEAST_ORDERS: Final[Params] = {"per_page": 1, "_fields": "id"}


def reviews_closed(answer: Answer) -> bool:
    """Whether this is a refusal of reviews, of a key that was let in to all else a moment ago."""
    return answer.status in {401, 403, 406}


def told_apart(client: WooClient, error: MisconfiguredError) -> MisconfiguredError:
    """What it means that reviews were refused: a key that sees orders still is not one that was revoked.

    One request. Raises what it raises.
    """
    if isinstance(error, UnreachableError) or client.ask("GET", "orders", params=_LEAST_ORDERS).status >= 400:
        return error
    return ForbiddenKindError(f"{REVIEWS_CLOSED} {REVIEWS_REMEDY}")
