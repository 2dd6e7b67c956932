"""What every answer of the storefront's API carries: that nobody keeps it, and which pages may read it."""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from regulars_agent import Storefront, StorefrontShop, Workspace
from regulars_mapping import RegularsError
from wagtail_regulars._tokens import Shopper
from wagtail_regulars._workspace import workspace

Answer = Callable[..., HttpResponse]
PREFLIGHT_SECONDS = 600


def storefront() -> Storefront:
    """The storefront of this process's workspace."""
    return _storefront_of(workspace())


@lru_cache(maxsize=1)
def _storefront_of(opened: Workspace) -> Storefront:
    return Storefront(opened)


def guarded(answer: Answer) -> Answer:
    """The same answer, uncachable, and readable for the pages of the shops.

    A shopper's answer can be read by pages of the shopper's own shop alone; what names nobody, by those of
    any shop.
    """

    @wraps(answer)
    def guarded_answer(request: HttpRequest, **given: Any) -> HttpResponse:
        response = answer(request, **given)
        uncachable(response, "Authorization", "Origin")
        origin = request.headers.get("Origin", "")
        if origin and origin in _origins(getattr(request, "auth", None)):
            response["Access-Control-Allow-Origin"] = origin
        return response

    return guarded_answer


def uncachable(response: HttpResponse, *vary: str) -> None:
    """Nobody but this browser may have the response, and even it may not keep it."""
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    patch_vary_headers(response, vary)


def preflight() -> HttpResponse:
    """What a browser is told before it asks with a token."""
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = "GET"
    response["Access-Control-Allow-Headers"] = "Authorization"
    response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def _origins(shopper: object) -> frozenset[str]:
    if isinstance(shopper, Shopper):
        return shopper.shop.origins
    try:
        shops: Mapping[str, StorefrontShop] = storefront().shops()
    except RegularsError:
        # The store is away; then no page of another origin needs to read why.
        return frozenset()
    return frozenset().union(*(shop.origins for shop in shops.values()))
