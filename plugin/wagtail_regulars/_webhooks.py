"""Where shops deliver their webhooks: verified, noted and answered at once; the agent does the rest."""

import logging
from functools import lru_cache

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from regulars_agent import LARGEST_DELIVERY, WebhookIntake, Workspace
from regulars_mapping import PermanentError, RegularsError
from wagtail_regulars._workspace import workspace

_log = logging.getLogger(__name__)


@never_cache
@csrf_exempt
@login_not_required
@require_POST
def receive_webhook(request: HttpRequest, shop: str) -> HttpResponse:
    """A delivery of this shop's. 200 once it is noted on the disk; 401 for a forgery and for an unknown shop,
    alike; 413 unread for what is too large; 503 where it cannot be noted now."""
    length = request.headers.get("Content-Length", "")
    if len(length) > len(str(LARGEST_DELIVERY)) or (length.isdecimal() and int(length) > LARGEST_DELIVERY):
        return _plain("This is larger than any webhook.", 413)
    try:
        # Not request.body, whose bound is the site's own for forms, and smaller.
        body = request.read(LARGEST_DELIVERY + 1)
        _intake_of(workspace()).receive(shop, request.headers, body)
    except PermanentError:
        return _plain("This is no webhook of ours.", 401)
    except (RegularsError, ImproperlyConfigured) as error:
        _log.warning("a webhook could not be noted: %s", error)
        return _plain("This cannot be noted at the moment.", 503)
    return _plain("OK", 200)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain")


@lru_cache(maxsize=1)
def _intake_of(opened: Workspace) -> WebhookIntake:
    return WebhookIntake(opened)
