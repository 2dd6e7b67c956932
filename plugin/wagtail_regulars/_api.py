"""The storefront's JSON API: the offer of the shopper whom a token names, or what everybody is shown."""

import logging
from datetime import datetime
from typing import Annotated, ClassVar, Final

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Query, Schema
from ninja.decorators import decorate_view
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import Field

from regulars_agent import ShownOffer, anonymous_offer
from regulars_mapping import RegularsError
from wagtail_regulars._api_guard import guarded, preflight, storefront
from wagtail_regulars._tokens import Shopper, shopper_of

REFUSED: Final = "This token is not valid. Fetch a new one from the page's own server."
AWAY: Final = "The offer cannot be read at the moment. Try again in a minute."
_RETRY_AFTER = 60

_log = logging.getLogger(__name__)


class OfferAnswer(Schema):
    """What the shopper is shown: plain text, never to be read as HTML."""

    percent: str = Field(
        description="The discount that works now, as a decimal number; 0: none, or an amount."
    )
    amount: str = Field(description="The amount that works now, such as 100.00; empty: none, or a percent.")
    currency: str = Field(description="The currency of the amount (ISO 4217); empty without one.")
    level: str = Field(description="The name of the level reached; may be empty.")
    sentence: str = Field(description="The discount and its reason, or the invitation to log in.")
    next_step: str = Field(description="What gives more; may be empty.")
    terms: str = Field(description="What the discount is for, in words; empty where it is for everything.")
    code: str = Field(description="The code to type for the discount; empty where none is needed or there.")
    valid_until: datetime | None = Field(description="The end, UTC; null where there is none.")
    language: str = Field(description="The language of the texts: en, uk, ru or de.")


class Problem(Schema):
    """What went wrong, the same words for every cause."""

    detail: str


class _Anybody:
    """Who asks without a token."""


class ShopperToken(HttpBearer):
    """The token of the shopper; without one everybody is anonymous, with a bad one nobody is served."""

    openapi_bearerFormat: ClassVar[str] = "JWT"  # noqa: N815 - the specification's word

    def __call__(self, request: HttpRequest) -> Shopper | _Anybody:
        """Who asks. Raises HttpError 401 for a bad token."""
        scheme, _, token = request.headers.get(self.header, "").partition(" ")
        # Another scheme is that of a gate before the site, and says nothing of the shopper.
        return self.authenticate(request, token.strip()) if scheme.lower() == "bearer" else _Anybody()

    def authenticate(self, _request: HttpRequest, token: str) -> Shopper:
        """The shopper named by the token. Raises HttpError 401 for a bad one."""
        front = storefront()
        shopper = shopper_of(token, front.shops(), now=front.now())
        if shopper is None:
            raise HttpError(401, REFUSED)
        return shopper


api = NinjaAPI(
    title="Regulars storefront",
    version="1",
    description="What an identified shopper is offered. Answers are personal: never cache them.",
    urls_namespace="regulars_storefront",
    docs_url=None,
)


@api.get(
    "offer",
    auth=ShopperToken(),
    response={200: OfferAnswer, 401: Problem, 503: Problem},
    url_name="offer",
    summary="The shopper's offer",
    # Joined to the token's own entry: the token may be left out.
    openapi_extra={"security": [{}]},
)
@decorate_view(guarded)
def offer(request: HttpRequest, language: Annotated[str, Query()] = "") -> OfferAnswer:
    """The offer of the account that the token names.

    Who sends none, an account that is not known and one without an offer are all answered alike.
    ``language`` is a language tag; without one the shop's language is taken.
    """
    shopper = getattr(request, "auth", None)
    if isinstance(shopper, Shopper):
        return _answer(storefront().offer(shopper.shop, shopper.account, language=language))
    return _answer(anonymous_offer(language=language))


@api.api_operation(["OPTIONS"], "offer", auth=None, include_in_schema=False)
@decorate_view(guarded)
def may_ask(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - known by this name
    """The browser's question whether a page may ask with a token."""
    return preflight()


@api.exception_handler(RegularsError)
def away(request: HttpRequest, error: RegularsError) -> HttpResponse:
    """One answer for every trouble of ours; the log has the reason."""
    _log.warning("a storefront could not be answered: %s", error)
    response: HttpResponse = api.create_response(request, {"detail": AWAY}, status=503)
    response["Retry-After"] = str(_RETRY_AFTER)
    return response


def _answer(shown: ShownOffer) -> OfferAnswer:
    return OfferAnswer(
        percent=f"{shown.percent.normalize():f}",
        amount=shown.amount,
        currency=shown.currency,
        level=shown.level,
        sentence=shown.sentence,
        next_step=shown.next_step,
        terms=shown.terms,
        code=shown.code,
        valid_until=shown.valid_until,
        language=shown.language,
    )
