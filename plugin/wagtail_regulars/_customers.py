"""The menu "Customers": the listing, the card of one customer, and the pages on which it is written on."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import IndexView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet

from regulars_agent import LONGEST_SEARCH, find_persons, person_card
from wagtail_regulars._actions import CustomerAction
from wagtail_regulars._card import Card, card_of
from wagtail_regulars._customer_table import DEFAULT_ORDERING, columns, customers, ordered
from wagtail_regulars._field_actions import History, SetField
from wagtail_regulars._grant_actions import Attach, Withdraw
from wagtail_regulars._identity_actions import Merge, Settle, Split, Undo
from wagtail_regulars._isolation import visible
from wagtail_regulars._permissions import (
    VIEW_CUSTOMERS,
    ViewOnlyPolicy,
    may_decide,
    may_edit,
    own_permissions,
    sees_contacts,
)
from wagtail_regulars._record_actions import Remind, Reminded, Restate, Stop, TakeBack, Talk
from wagtail_regulars._store_views import ReadsStore
from wagtail_regulars._workspace import workspace
from wagtail_regulars.mirror.models import Person

MOST_FOUND = 500
"""Customers that one search shows; whoever looks for one of more types another word."""
_ORDERS_SHOWN = 50
view_only = ViewOnlyPolicy(Person)


class CustomersIndex(ReadsStore, IndexView):
    """The listing: searched by name in either script, e-mail, phone in any spelling, order number, code."""

    any_permission_required = ("view",)
    is_searchable = True
    # Wagtail hands out a file of whatever its list of fields names, also where that names none.
    FORMATS = ()
    page_title = _("Customers")

    @cached_property
    def columns(self) -> Sequence[Any]:
        """The columns as this user may see them."""
        return columns(contacts=sees_contacts(self.request.user), url_of=self.get_inspect_url)

    def get_base_queryset(self) -> QuerySet[Any]:
        """Everybody."""
        return customers()

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By the chosen column."""
        return ordered(queryset, self.ordering)

    def get_search_form(self) -> Any:
        """The field to type into, no longer than what is looked for."""
        form = super().get_search_form()
        form.fields[self.search_kwarg].widget.attrs["maxlength"] = LONGEST_SEARCH
        return form

    @cached_property
    def is_searching(self) -> bool:
        """Whether anything is typed; what no form takes finds nobody, and does not stand for everybody."""
        return bool(self.request.GET.get(self.search_kwarg, "").strip())

    def search_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those whom the agent finds by this text."""
        return queryset.filter(pk__in=self.found) if self.is_searching else queryset

    @cached_property
    def found(self) -> list[str]:
        """The ids of those found."""
        return [person["id"] for person in find_persons(workspace(), self.search_query, limit=MOST_FOUND)]

    def get_context_data(self, *arguments: Any, **keywords: Any) -> dict[str, Any]:
        """The page, and whether the search found more than it shows."""
        context = super().get_context_data(*arguments, **keywords)
        cut = self.is_searching and len(self.found) == MOST_FOUND
        return {**context, "most_found": MOST_FOUND if cut else None}


class CustomerCard(ReadsStore, PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """One customer: profile, offers and why, what was written, orders of all shops, addresses, who is who.

    ``?orders=all`` shows every order; without it the newest.
    """

    model = Person
    permission_policy = view_only
    any_permission_required = ("view",)
    template_name = "wagtail_regulars/customers/card.html"
    page_title = _("Customer")
    header_icon = ""
    index_url_name = ""
    inspect_url_name = ""
    card: Card

    def get(self, request: HttpRequest, *arguments: Any, **keywords: Any) -> Any:
        """The card; an id that a merge has left behind leads to the customer of today."""
        wanted = unquote(self.kwargs["pk"])
        record = person_card(workspace(), wanted)
        if record is None:
            raise Http404(_("There is no such customer any more."))
        if record.person["id"] != wanted:
            return redirect(reverse(self.inspect_url_name, args=[quote(record.person["id"])]))
        most = None if request.GET.get("orders") == "all" else _ORDERS_SHOWN
        self.card = card_of(
            record, shops=record.shops, contacts=sees_contacts(request.user), most_orders=most
        )
        return super().get(request, *arguments, **keywords)

    def get_page_subtitle(self) -> str:
        """The customer's name; a title has no markup that would isolate it."""
        return visible(self.card.name)

    def get_breadcrumbs_items(self) -> list[Any]:
        """Home, customers, this one."""
        listing = {"url": reverse(self.index_url_name), "label": CustomersIndex.page_title}
        here = {"url": "", "label": self.get_page_title(), "sublabel": self.get_page_subtitle()}
        return [*self.breadcrumbs_items, listing, here]

    def get_context_data(self, **keywords: Any) -> dict[str, Any]:
        """The card, section by section."""
        user = self.request.user
        may = {"edit": self.card.open and may_edit(user), "decide": self.card.open and may_decide(user)}
        return {**super().get_context_data(**keywords), "card": self.card, "may": may}


class _CustomersMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(VIEW_CUSTOMERS)


_DEEDS: Sequence[tuple[str, str, type[CustomerAction]]] = (
    ("set_field", "set/<str:field>", SetField),
    ("history", "history/<str:field>", History),
    ("talk", "talk", Talk),
    ("take_back", "talk/<int:number>/back", TakeBack),
    ("remind", "reminder", Remind),
    ("reminded", "reminder/<int:number>/done", Reminded),
    ("stop", "stop", Stop),
    ("restate", "stop/<int:number>/<slug:word>", Restate),
    ("attach", "code", Attach),
    ("withdraw", "code/<slug:grant>/withdraw", Withdraw),
    ("merge", "merge", Merge),
    ("split", "split", Split),
    ("undo", "undo/<int:number>", Undo),
    ("settle", "suggestion/<slug:suggestion>/<slug:word>", Settle),
)


class CustomerViewSet(ModelViewSet):
    """Everything under the menu "Customers". There are no addresses for adding, editing or deleting."""

    model = Person
    name = "regulars_customers"
    url_prefix = "customers"
    icon = "group"
    menu_label = _("Customers")
    menu_name = "customers"
    menu_order = 150
    menu_item_class = _CustomersMenuItem
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    search_backend_name = None
    list_display = ("__str__",)
    list_per_page = 50
    ordering = DEFAULT_ORDERING
    index_view_class = CustomersIndex
    index_results_template_name = "wagtail_regulars/customers/index_results.html"
    inspect_view_class = CustomerCard
    inspect_template_name = CustomerCard.template_name
    permission_policy = view_only

    def get_urlpatterns(self) -> list[Any]:
        """The listing, the card, and what can be done from it."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<str:pk>/", self.inspect_view, name="inspect"),
            *(path(f"<str:pk>/{place}/", view.as_view(), name=name) for name, place, view in _DEEDS),
        ]

    def get_permissions_to_register(self) -> QuerySet[Any]:
        """The plugin's own; the mirror's models have none."""
        return own_permissions()

    def register_admin_url_finder(self) -> None:
        """None: there is nothing to edit."""
