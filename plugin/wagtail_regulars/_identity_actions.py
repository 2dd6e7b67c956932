"""Saying who is who from a customer's card: merge, split, take back, and the answer to a suggestion."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars_agent import (
    LONGEST_SEARCH,
    Decided,
    accept_suggestion,
    merge_persons,
    refuse_suggestion,
    split_person,
    undo_decision,
)
from wagtail_regulars._actions import CustomerAction, IdentityAction, PerhapsWhy, Why
from wagtail_regulars._workspace import workspace
from wagtail_regulars.mirror.models import Account

_AS_SUGGESTED = "as suggested"


class MergeForm(Why):
    """Whom to merge with."""

    other = forms.CharField(
        label=gettext_lazy("The other customer"),
        max_length=LONGEST_SEARCH,
        help_text=gettext_lazy("Their e-mail or phone, or the id at the end of their card's address."),
    )
    field_order = ("other", "why")


class Merge(IdentityAction):
    """Two customers who are one person."""

    form_class = MergeForm
    deed = gettext_lazy("Merge with another customer")
    told = gettext_lazy("Both become one customer, with all of their accounts. It can be taken back.")
    done = gettext_lazy("They are one customer now.")

    def decide(self, *, dry_run: bool) -> Decided:
        """Merge them."""
        persons, why = [self.customer.pk, self.values["other"]], self.values["why"]
        return merge_persons(workspace(), persons, who=self.who, why=why, dry_run=dry_run)


class SplitForm(Why):
    """Which accounts are somebody else's."""

    accounts = forms.MultipleChoiceField(
        label=gettext_lazy("Accounts that are not theirs"), widget=forms.CheckboxSelectMultiple
    )
    field_order = ("accounts", "why")

    def __init__(self, *arguments: Any, accounts: list[tuple[str, str]], **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["accounts"].choices = accounts


def account_choices(person: str) -> list[tuple[str, str]]:
    """A customer's accounts, by id, in words."""
    rows = Account.objects.filter(person_id=person).select_related("shop").order_by("pk")
    return [(row.pk, _in_words(row)) for row in rows]


class Split(IdentityAction):
    """One customer who is two persons."""

    form_class = SplitForm
    deed = gettext_lazy("Split")
    told = gettext_lazy(
        "The chosen accounts become another customer, whatever links them. It can be taken back."
    )
    done = gettext_lazy("They are two customers now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the customer's accounts to choose from."""
        return {**super().get_form_kwargs(), "accounts": self.accounts}

    @cached_property
    def accounts(self) -> list[tuple[str, str]]:
        """Their accounts in words."""
        return account_choices(self.customer.pk)

    def decide(self, *, dry_run: bool) -> Decided:
        """Split them."""
        chosen, why = self.values["accounts"], self.values["why"]
        return split_person(workspace(), self.customer.pk, chosen, who=self.who, why=why, dry_run=dry_run)


class Undo(IdentityAction):
    """A decision taken back."""

    deed = gettext_lazy("Take a decision back")
    told = gettext_lazy("All that was decided with it is as if it had never been said. The journal keeps it.")
    done = gettext_lazy("The decision was taken back.")

    def decide(self, *, dry_run: bool) -> Decided:
        """Take it back."""
        number = self.kwargs["number"]
        return undo_decision(workspace(), number, who=self.who, why=self.values["why"], dry_run=dry_run)


class Settle(IdentityAction):
    """The answer to a suggestion."""

    form_class = PerhapsWhy

    def setup(self, request: Any, *arguments: Any, **keywords: Any) -> None:
        """Accepted or refused, as the address says."""
        super().setup(request, *arguments, **keywords)
        if keywords["word"] not in _SETTLING:
            raise Http404
        self.deed, self.told, self.done = _SETTLING[keywords["word"]]  # type: ignore[misc]  # of this page

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """What accepting would come to is shown first; a refusal changes nobody, and is done at once."""
        if self.kwargs["word"] == "refuse":
            return CustomerAction.form_valid(self, form)
        return super().form_valid(form)

    def perform(self) -> Any:
        """Record the answer, and carry it out."""
        if self.kwargs["word"] == "accept":
            return self.decide(dry_run=False)
        why = self.values["why"] or _AS_SUGGESTED
        return refuse_suggestion(workspace(), self.kwargs["suggestion"], who=self.who, why=why)

    def decide(self, *, dry_run: bool) -> Decided:
        """Make the two one."""
        given, why = self.kwargs["suggestion"], self.values["why"]
        return accept_suggestion(workspace(), given, who=self.who, why=why, dry_run=dry_run)


_SETTLING = {
    "accept": (
        gettext_lazy("They are the same person"),
        Merge.told,
        Merge.done,
    ),
    "refuse": (
        gettext_lazy("They are two persons"),
        gettext_lazy("They stay two customers, and are not suggested again."),
        gettext_lazy("They stay two customers."),
    ),
}


def _in_words(row: Any) -> str:
    kind = _("account %(id)s") % {"id": row.external_id} if row.registered else _("guest")
    return ", ".join(filter(None, (row.shop.name, kind, f"{row.given_name} {row.family_name}", row.email)))
