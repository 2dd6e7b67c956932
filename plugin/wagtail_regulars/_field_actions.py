"""A field of a customer's record: written by hand, given back to the shops, and how it came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateInput

from regulars_agent import FieldVersion, field_history, properties, set_field
from regulars_mapping import PROPERTY, Property, PropertyType
from wagtail_regulars._actions import CustomerAction, PerhapsWhy
from wagtail_regulars._card_profile import HALVES, NAME, in_words
from wagtail_regulars._moments import showable
from wagtail_regulars._permissions import may_see_all
from wagtail_regulars._record_wording import CHOSEN, COMPANY_PARTS, FIELDS, field_label
from wagtail_regulars._wording import Words
from wagtail_regulars._workspace import workspace
from wagtail_regulars.mirror.models import Shop

_LONGEST = 1_000
_BACK = "back"
_COMPANY, _ARCHIVED = "company", "archived"
_BY_HAND = "by hand"
_HELP: dict[str, Words] = {
    "birth_date": gettext_lazy("As in 1990-05-17, or --05-17 without the year."),
    "phone": gettext_lazy("With its country, as in +380 67 123 45 67."),
    "language": gettext_lazy("As in uk or en-GB."),
    "preferred_hour": gettext_lazy("As in 18:00."),
}
_YES_NO = [("", "–"), ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]


class FieldForm(PerhapsWhy):
    """One value or several, or what the shops say again."""

    def __init__(
        self, *arguments: Any, asked: Mapping[str, forms.Field], written: bool, **keywords: Any
    ) -> None:
        super().__init__(*arguments, **keywords)
        back = forms.BooleanField(
            label=gettext_lazy("Take back what was written by hand"),
            help_text=gettext_lazy("Then what the shops say counts again."),
            required=False,
        )
        why = self.fields.pop("why")
        self.fields.update({**asked, **({_BACK: back} if written else {}), "why": why})


class _OneField(CustomerAction):
    @cached_property
    def field(self) -> str:
        """Which field of the record."""
        name = str(self.kwargs["field"])
        if name not in (NAME, *FIELDS) and self.defined is None:
            raise Http404(_("There is no such field."))
        return name

    @cached_property
    def defined(self) -> Property | None:
        """The owner's own field, if it is one."""
        name = str(self.kwargs["field"])
        return properties(workspace()).get(name.removeprefix(PROPERTY)) if name.startswith(PROPERTY) else None

    @property
    def label(self) -> str:
        """What the field is called."""
        return self.defined.title if self.defined else str(field_label(self.field))

    @property
    def parts(self) -> Sequence[str]:
        """The fields of the record behind it."""
        return HALVES if self.field == NAME else (self.field,)


class SetField(_OneField):
    """A field written by hand."""

    form_class = FieldForm
    section = "profile"
    told = gettext_lazy("What you write outranks what the shops say, until you take it back.")
    done = gettext_lazy("It is written down.")

    def get_page_title(self) -> str:
        """The field."""
        return _("Change: %(field)s") % {"field": self.label}

    def get_context_data(self, **keywords: Any) -> dict[str, Any]:
        """The form, and the word on its button."""
        return {**super().get_context_data(**keywords), "deed": _("Write down")}

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the fields of this one."""
        if self.field == _COMPANY:
            asked = {part: _text(label) for part, label in COMPANY_PARTS.items()}
        else:
            asked = {part: self._asked(part) for part in self.parts}
        written = any(self._standing(part) is not None for part in self.parts)
        return {**super().get_form_kwargs(), "asked": asked, "written": written}

    def get_initial(self) -> dict[str, Any]:
        """What stands there now."""
        if self.field == _COMPANY:
            return dict(self._standing(_COMPANY) or {})
        return {part: self._now(part) for part in self.parts}

    def _now(self, part: str) -> Any:
        if hasattr(self.customer, part):
            return getattr(self.customer, part)
        value = self._standing(part)
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def _standing(self, part: str) -> Any:
        versions = field_history(workspace(), self.customer.pk, part).versions
        return next((one.value for one in versions if one.source == _BY_HAND), None)

    def _asked(self, part: str) -> forms.Field:
        if self.defined is not None:
            return _typed(self.defined)
        if part == _ARCHIVED:
            return forms.ChoiceField(label=self.label, choices=_YES_NO[1:], initial="yes")
        if part in CHOSEN:
            choices = [("", "–"), *CHOSEN[part].items()]
            return forms.ChoiceField(label=field_label(part), choices=choices, required=False)
        return _text(field_label(part), help_text=_HELP.get(part, ""))

    def perform(self) -> None:
        """Write it, or give it back."""
        for part, value in self._wanted(self.values):
            given = None if self.values.get(_BACK) else value
            set_field(workspace(), self.customer.pk, part, given, who=self.who, why=self.values["why"])

    def _wanted(self, values: dict[str, Any]) -> list[tuple[str, Any]]:
        if self.field == _COMPANY:
            return [(_COMPANY, {part: values[part] for part in COMPANY_PARTS})]
        wanted = [(part, self._value(values[part])) for part in self.parts]
        if len(wanted) > 1 and not values.get(_BACK):
            # What nobody touched goes on following the shops.
            now = self.get_initial()
            wanted = [(part, value) for part, value in wanted if value != now[part]] or wanted
        return wanted

    def _value(self, value: Any) -> Any:
        if self.defined is not None and self.defined.type is not PropertyType.TEXT and value in ("", None):
            return None
        return value.isoformat() if hasattr(value, "isoformat") else value


def _text(label: Words, *, help_text: Words = "") -> forms.Field:
    return forms.CharField(label=label, max_length=_LONGEST, required=False, help_text=help_text)


def _typed(defined: Property) -> forms.Field:
    given: dict[str, Any] = {"label": defined.title, "required": False}
    if defined.type is PropertyType.DATE:
        return forms.DateField(widget=AdminDateInput, **given)
    if defined.type is PropertyType.YES_NO:
        return forms.ChoiceField(choices=_YES_NO, **given)
    if defined.type is PropertyType.CHOICE:
        return forms.ChoiceField(choices=[("", "–"), *((one, one) for one in defined.choices)], **given)
    if defined.type is PropertyType.NUMBER:
        return forms.CharField(max_length=_LONGEST, **given)
    return forms.CharField(max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 3}), **given)


@dataclass(frozen=True, slots=True)
class VersionView:
    """A value of a field, and who said so."""

    at: datetime
    field: Words
    value: str
    source: str
    why: str


class History(_OneField):
    """How a field came to be what it is."""

    may = may_see_all
    http_method_names = ("get", "head", "options")
    template_name = "wagtail_regulars/customers/history.html"

    def get_page_title(self) -> str:
        """The field."""
        return _("History: %(field)s") % {"field": self.label}

    def get_context_data(self, **keywords: Any) -> dict[str, Any]:
        """Every value, newest first, and the shops of which some could not be read."""
        found = [(part, field_history(workspace(), self.customer.pk, part)) for part in self.parts]
        shops = {str(shop.pk): shop.name for shop in Shop.objects.all()}
        versions = [_version(part, one, shops) for part, told in found for one in told.versions]
        return {
            **super().get_context_data(**keywords),
            "versions": sorted(versions, key=lambda one: one.at.replace(tzinfo=None), reverse=True),
            "several": len(self.parts) > 1,
            "unread": {shop: why for _part, told in found for shop, why in told.unread.items()},
        }


def _version(part: str, one: FieldVersion, shops: Mapping[str, str]) -> VersionView:
    if one.source == _BY_HAND:
        source = _("written by %(who)s") % {"who": one.who}
    else:
        shop, _colon, number = one.account.partition(":")
        named = {"shop": shops.get(shop, one.source), "id": number}
        source = named["shop"] if number.startswith("guest-") else _("%(shop)s, account %(id)s") % named
    value = _("given back to the shops") if one.value is None else in_words(part, one.value) or "–"
    return VersionView(showable(one.at), field_label(part), value, source, one.why)
