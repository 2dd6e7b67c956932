"""Where a link leads that was sent to an account's e-mail: a page with one button, which proves whose it is.

Opening the page writes nothing, so that programs that look into mails prove nothing. What is wrong, over or
no longer good is answered alike, and no page names an account or an address.
"""

import hashlib
import logging
from functools import lru_cache
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from regulars_agent import OwnershipAsked, OwnershipLinks, Workspace
from regulars_mapping import RegularsError
from wagtail_regulars._api_guard import uncachable
from wagtail_regulars._workspace import workspace

MOST_A_MINUTE: Final = 30
"""Of one link, and of wrong ones from one address: more in a minute are told to wait."""
_MINUTE: Final = 60
_TEMPLATE: Final = "wagtail_regulars/ownership/confirm.html"

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)

_log = logging.getLogger(__name__)


# The link itself is the secret, known to the mail's reader alone: a page elsewhere cannot send the form
# without it, and a browser that came from a mail may keep no cookies.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_ownership(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link: GET shows its button, POST proves. 404 for every link that is not good, 429 for
    too many in a minute, 503 where the store is away."""
    try:
        links = _links_of(workspace())
        asked = links.look(token)
        if _too_many(request, token if asked else ""):
            return _page(request, "wait", status=429)
        if asked is not None and request.method == "POST":
            asked = links.confirm(token)
    except (RegularsError, ImproperlyConfigured) as error:
        _log.warning("a link of ownership could not be answered: %s", error)
        return _page(request, "away", status=503)
    if asked is None:
        return _page(request, "wrong", status=404)
    done = request.method == "POST" or asked.confirmed
    return _page(request, "confirmed" if done else "ask", asked)


def _page(
    request: HttpRequest, state: str, asked: OwnershipAsked | None = None, *, status: int = 200
) -> HttpResponse:
    shop = asked.shop if asked else ""
    response = render(request, _TEMPLATE, {"state": state, "shop": shop}, status=status)
    uncachable(response, "Accept-Language")
    # The address is the secret: nobody else may come to know it, and no page may be laid over the button.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["X-Frame-Options"] = "DENY"
    response["Content-Security-Policy"] = _POLICY
    if status in {429, 503}:
        response["Retry-After"] = str(_MINUTE)
    return response


def _too_many(request: HttpRequest, good: str) -> bool:
    """Whether a good link, or wrong ones from one address, came too often within a minute."""
    asker = good or str(request.META.get("REMOTE_ADDR", ""))
    key = "regulars-owner-" + hashlib.sha256(f"{bool(good)}{asker}".encode()).hexdigest()[:32]
    cache.add(key, 0, _MINUTE)
    try:
        return bool(cache.incr(key) > MOST_A_MINUTE)
    except ValueError:
        # It was forgotten in between, or there is no cache.
        return False


@lru_cache(maxsize=1)
def _links_of(opened: Workspace) -> OwnershipLinks:
    return OwnershipLinks(opened)
