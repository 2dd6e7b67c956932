"""Connecting a WooCommerce shop from the admin: its owner approves this site in the shop, which sends a key.

The way there and back leads through the owner's browser; the key comes from the shop's server, past it.
"""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView
from wagtail.admin.auth import permission_required
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from regulars_agent import (
    LARGEST_BODY,
    Connecting,
    ask_for_key,
    finish_connecting,
    take_key,
)
from regulars_mapping import MisconfiguredError, PermanentError, RegularsError
from wagtail_regulars._workspace import workspace

CONNECT_SHOPS = "wagtail_regulars.connect_shops"
ASK, BACK, KEY = "regulars_connect_woocommerce", "regulars_connected_woocommerce", "regulars_woocommerce_key"
TITLE = gettext_lazy("Connect a WooCommerce shop")
_allowed = method_decorator([never_cache, permission_required(CONNECT_SHOPS)], name="dispatch")


class ShopForm(forms.Form):
    """What the owner types."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=64, help_text=gettext_lazy("How the shop is called here.")
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2_000,
        help_text=gettext_lazy("The shop's own address, such as https://shop.example.com"),
    )


@_allowed
class ConnectShop(WagtailAdminTemplateMixin, FormView):
    """The page that asks for the shop, and sends the owner there."""

    form_class = ShopForm
    template_name = "wagtail_regulars/connect/woocommerce.html"
    page_title = TITLE
    header_icon = "link"

    def form_valid(self, form: ShopForm) -> HttpResponse:
        """To the shop; what keeps from asking it stands beside the form."""
        try:
            return HttpResponseRedirect(self._approval(form.cleaned_data))
        except (RegularsError, ImproperlyConfigured) as error:
            form.add_error(None, str(error))
        except NoReverseMatch:
            form.add_error(None, _NO_ADDRESSES)
        return self.form_invalid(form)

    def _approval(self, shop: dict[str, str]) -> str:
        here = self.request.build_absolute_uri
        approval = ask_for_key(
            workspace(),
            name=shop["name"],
            url=shop["address"],
            who=str(self.request.user.pk),
            app_name="Regulars",
            return_url=here(reverse(BACK)),
            callback_url=lambda request, token: here(reverse(KEY, args=[request, token])),
        )
        return approval.url

    def get_context_data(self, **keywords: Any) -> dict[str, Any]:
        """The form, and whether a key could come at all."""
        return {**super().get_context_data(**keywords), "secure": self.request.is_secure()}


@_allowed
class ConnectedShop(WagtailAdminTemplateMixin, TemplateView):
    """The page the owner comes back to: whether the shop is connected, and what its check has found."""

    template_name = "wagtail_regulars/connect/woocommerce_back.html"
    page_title = TITLE
    header_icon = "link"

    def get_context_data(self, **keywords: Any) -> dict[str, Any]:
        """What came of it."""
        found, reason = self._outcome()
        return {
            **super().get_context_data(**keywords),
            "found": found,
            "reason": reason,
            "ask_url": reverse(ASK),
        }

    def _outcome(self) -> tuple[Connecting | None, str]:
        if self.request.GET.get("success") == "0":
            return None, _("The shop's owner did not approve. Nothing was connected.")
        try:
            request = self.request.GET.get("user_id", "")
            found = finish_connecting(workspace(), request, who=str(self.request.user.pk))
        except (RegularsError, ImproperlyConfigured) as error:
            return None, str(error)
        return found, "" if found.report is not None else _NO_KEY


@never_cache
@csrf_exempt
@login_not_required
@require_POST
def receive_key(request: HttpRequest, request_id: str, token: str) -> HttpResponse:
    """What a shop's server sends its key to. 200 alone makes it keep the key."""
    body = request.read(LARGEST_BODY + 1)
    try:
        take_key(workspace(), request_id, token, body)
    except PermanentError:
        return HttpResponse("This key was not asked for.", status=403, content_type="text/plain")
    except (RegularsError, ImproperlyConfigured) as error:
        reason = str(error) if isinstance(error, MisconfiguredError) else ""
        return HttpResponse(f"The key cannot be kept. {reason}", status=503, content_type="text/plain")
    return HttpResponse("OK", content_type="text/plain")


class ConnectMenuItem(MenuItem):
    """Shown to those who may connect shops."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this user may."""
        return bool(request.user.has_perm(CONNECT_SHOPS))


_NO_ADDRESSES = gettext_lazy(
    "The shop could not reach this site: its addresses for shops are missing. Add to the site's urls.py: "
    'path("regulars/", include("wagtail_regulars.storefront_urls"))'
)
_NO_KEY = gettext_lazy(
    "The shop has sent no key. It must be able to reach this site over HTTPS from where it runs, at the "
    "address you opened this page by. Begin anew."
)
