"""What can be done from a customer's card: a page that asks, and the agent's service that does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin.auth import permission_denied
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from regulars_agent import BriefPerson, is_erased
from regulars_mapping import RegularsError
from wagtail_regulars._isolation import visible
from wagtail_regulars._permissions import may_decide, may_edit
from wagtail_regulars._store_views import ReadsStore
from wagtail_regulars._wording import money
from wagtail_regulars._workspace import workspace
from wagtail_regulars.mirror.models import Person

LONGEST_WHY = 1_000
CARD = "regulars_customers:inspect"


class Why(forms.Form):
    """The reason, which is kept with what is done."""

    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_WHY,
        widget=forms.TextInput,
        help_text=gettext_lazy("Kept with it, for whoever asks later."),
    )


class PerhapsWhy(forms.Form):
    """A reason that may be left out."""

    why = forms.CharField(label=gettext_lazy("Why"), max_length=LONGEST_WHY, required=False)


class CustomerAction(ReadsStore, WagtailAdminTemplateMixin, FormView):
    """A page that asks for what is needed and does one thing to a customer; then back to the card.

    ``deed`` names it, on the button too; ``told`` says what it does, ``done`` that it was done. A service's
    refusal stands beside the form in its own words. An empty form asks only whether to do it.
    """

    form_class: type[forms.Form] = forms.Form
    may: ClassVar[Callable[[Any], bool]] = may_edit
    template_name = "wagtail_regulars/customers/action.html"
    header_icon = "user"
    section = ""
    deed: ClassVar[str | Promise] = ""
    told: ClassVar[str | Promise] = ""
    done: ClassVar[str | Promise] = ""
    values: dict[str, Any]

    def dispatch(self, request: HttpRequest, *arguments: Any, **keywords: Any) -> Any:
        """Refused to whoever may not do it."""
        if not type(self).may(request.user):
            return permission_denied(request)
        return super().dispatch(request, *arguments, **keywords)

    def get(self, request: HttpRequest, *arguments: Any, **keywords: Any) -> HttpResponse:
        """The page that asks; of whoever stays erased there is nothing to ask."""
        return self._refusal() or super().get(request, *arguments, **keywords)

    def post(self, request: HttpRequest, *arguments: Any, **keywords: Any) -> HttpResponse:
        """Do it, or say why not."""
        return self._refusal() or super().post(request, *arguments, **keywords)

    def _refusal(self) -> HttpResponse | None:
        if not is_erased(workspace(), self.customer.pk):
            return None
        messages.error(self.request, _("They were erased: nothing can be written or decided about them."))
        return HttpResponseRedirect(reverse(CARD, args=[quote(self.customer.pk)]))

    def perform(self) -> Any:
        """Do it with ``values``, by one of the agent's services."""
        raise NotImplementedError

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Done, or refused with the service's reason beside the form."""
        self.values = form.cleaned_data
        try:
            self.perform()
        except (RegularsError, ImproperlyConfigured) as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, self.done)
        return HttpResponseRedirect(self.get_success_url())

    @property
    def who(self) -> str:
        """Under which name it is kept."""
        return _("%(user)s on the site") % {"user": self.request.user.get_username()}

    @cached_property
    def customer(self) -> Any:
        """Whom it is about."""
        found = Person.objects.filter(pk=unquote(self.kwargs["pk"])).first()
        if found is None:
            raise Http404(_("There is no such customer any more."))
        return found

    def get_success_url(self) -> str:
        """The card, where it shows what was done; whoever was merged leads on to the customer of today."""
        return reverse(CARD, args=[quote(self.account)]) + (
            f"#{self.section}-section" if self.section else ""
        )

    @cached_property
    def account(self) -> str:
        """An account of theirs, which stays when the person becomes another."""
        return str(self.customer.anchor)

    def get_page_title(self) -> str:
        """What is done."""
        return str(self.deed)

    def get_page_subtitle(self) -> str:
        """The customer's name."""
        return visible(str(self.customer))

    def get_breadcrumbs_items(self) -> list[Any]:
        """Home, customers, the card, this."""
        listing = {"url": reverse("regulars_customers:index"), "label": _("Customers")}
        card = {"url": reverse(CARD, args=[quote(self.customer.pk)]), "label": self.get_page_subtitle()}
        here = {"url": "", "label": self.get_page_title(), "sublabel": self.get_page_subtitle()}
        return [*self.breadcrumbs_items, listing, card, here]

    def get_context_data(self, **keywords: Any) -> dict[str, Any]:
        """The form, what it does, and the way back."""
        return {
            **super().get_context_data(**keywords),
            "deed": self.deed,
            "told": self.told,
            "card_url": reverse(CARD, args=[quote(self.customer.pk)]),
        }


@dataclass(frozen=True, slots=True)
class BriefView:
    """A customer as they are, or would be; ``sums``: what they bought."""

    name: str
    email: str
    phone: str
    accounts: int
    sums: Sequence[str]


def _briefly(persons: Sequence[BriefPerson]) -> Sequence[BriefView]:
    return [
        BriefView(
            name=f"{one.given_name} {one.family_name}".strip() or _("(no name)"),
            email=one.email,
            phone=one.phone,
            accounts=len(one.accounts),
            sums=[money(each.net, each.currency) for each in one.totals],
        )
        for one in persons
    ]


class IdentityAction(CustomerAction):
    """One about who is who: shown beforehand, and only then done."""

    may = may_decide
    section = "who"
    form_class = Why

    def decide(self, *, dry_run: bool) -> Any:
        """Decide it with ``values``, or rehearse that."""
        raise NotImplementedError

    def perform(self) -> Any:
        """Decide it."""
        return self.decide(dry_run=False)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """What it would come to; once that is confirmed, done."""
        if "confirmed" in self.request.POST:
            return super().form_valid(form)
        self.values = form.cleaned_data
        try:
            told = self.decide(dry_run=True)
        except (RegularsError, ImproperlyConfigured) as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        shown = {"rehearsed": told, "before": _briefly(told.before), "after": _briefly(told.after)}
        return self.render_to_response(self.get_context_data(form=form, **shown))
