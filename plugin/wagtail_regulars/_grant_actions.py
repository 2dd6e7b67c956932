"""Codes, coupons and cards attached to a customer from the card, typed or scanned, and taken away."""

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from regulars_agent import LONGEST_CODE, attach_code, withdraw_grant
from wagtail_regulars._actions import CustomerAction
from wagtail_regulars._identity_actions import account_choices
from wagtail_regulars._workspace import workspace

# A scanner types what it reads and ends with Enter, which sends a form of one line; nothing may be corrected
# on the way. Some put spaces between groups of digits.
_SCANNED = {
    "autofocus": True,
    "autocomplete": "off",
    "autocapitalize": "none",
    "autocorrect": "off",
    "spellcheck": "false",
}


class AttachForm(forms.Form):
    """The code, and whose it becomes."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=2 * LONGEST_CODE,
        widget=forms.TextInput(attrs=_SCANNED),
        help_text=gettext_lazy(
            "Type it or scan it. Spaces, dashes and capital letters make no difference. The number of a "
            "customer card is written into the profile instead."
        ),
    )
    account = forms.ChoiceField(label=gettext_lazy("Account"))
    move = forms.BooleanField(
        label=gettext_lazy("Take it from whoever has it"),
        required=False,
        help_text=gettext_lazy("A personal code goes over in the shop with the next plan."),
    )
    unchecked = forms.BooleanField(
        label=gettext_lazy("The shop need not know it"),
        required=False,
        help_text=gettext_lazy("For what exists on paper only."),
    )

    def __init__(self, *arguments: Any, accounts: list[tuple[str, str]], **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["account"].choices = accounts


class Attach(CustomerAction):
    """A code, coupon or card attached."""

    form_class = AttachForm
    section = "grants"
    deed = gettext_lazy("Attach a code")
    told = gettext_lazy("It is shown among what they hold, with who attached it and when.")
    done = gettext_lazy("They hold it.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the customer's accounts to choose from."""
        return {**super().get_form_kwargs(), "accounts": self.accounts}

    @cached_property
    def accounts(self) -> list[tuple[str, str]]:
        """Their accounts in words."""
        return account_choices(self.customer.pk)

    def perform(self) -> Any:
        """Attach it."""
        how = {name: self.values[name] for name in ("move", "unchecked")}
        return attach_code(workspace(), self.values["account"], self.values["code"], **how, who=self.who)


class Withdraw(CustomerAction):
    """Something that was attached taken away."""

    section = "grants"
    deed = gettext_lazy("Withdraw it")
    told = gettext_lazy("It stays in the list as withdrawn. The shop's own coupon stays as it is.")
    done = gettext_lazy("They no longer hold it.")

    def perform(self) -> Any:
        """Take it away."""
        return withdraw_grant(workspace(), self.kwargs["grant"], who=self.who)
