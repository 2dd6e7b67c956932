"""Who is logged in on this Wagtail site, as a token for the storefront's API.

The setting ``REGULARS["account_of"]`` is the dotted path of a function ``account_of(user)``: it answers the
name of the shop in Regulars and the account's id in that shop, or None for a user who is no shopper. It must
only answer an account that this user has proven to own.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from regulars_mapping import RegularsError
from wagtail_regulars._api_guard import storefront, uncachable
from wagtail_regulars._tokens import mint_token

LIFETIME = timedelta(minutes=5)

_log = logging.getLogger(__name__)


@require_GET
def token(request: HttpRequest) -> HttpResponse:
    """A token for the user who is logged in: ``{"token": "…", "expires_in": 300}``; an empty one for others.

    For pages of this site alone: no other origin may read it.
    """
    minted = _token_for(getattr(request, "user", None))
    response = JsonResponse({"token": minted, "expires_in": int(LIFETIME.total_seconds()) if minted else 0})
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    uncachable(response, "Cookie")
    return response


def _token_for(user: Any) -> str:
    account_of = _account_of()
    if account_of is None or not getattr(user, "is_authenticated", False):
        return ""
    named = account_of(user)
    return "" if named is None else _minted(*named)


def _account_of() -> Callable[[Any], tuple[str, str] | None] | None:
    given = getattr(settings, "REGULARS", {}).get("account_of")
    return import_string(given) if given else None


def _minted(shop: str, account: str) -> str:
    front = storefront()
    try:
        known = front.shops().get(shop)
        if known is not None and known.key is not None:
            return mint_token(shop, account, key=known.key, now=front.now(), lifetime=LIFETIME)
        _log.warning("no token for shop %s: it is not connected, or has no storefront_key", shop)
    except RegularsError as error:
        _log.warning("no token for shop %s: %s", shop, error)
    # The page still works: it shows what everybody is shown.
    return ""
