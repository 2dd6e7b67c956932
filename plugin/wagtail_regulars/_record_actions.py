"""Writing from a customer's card: fields, talks, reminders, the stop-list. And how a field came about."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateInput

from regulars_agent import (
    InteractionKind,
    ReminderKind,
    add_interaction,
    add_reminder,
    add_stop,
    confirm_stop,
    finish_reminder,
    lift_stop,
    refuse_stop,
    take_back_interaction,
)
from wagtail_regulars._actions import LONGEST_WHY, CustomerAction, PerhapsWhy
from wagtail_regulars._record_wording import DIRECTIONS, REMINDERS, TALKS
from wagtail_regulars._workspace import workspace

_LONGEST_TALK = 10_000
_LONGEST_REMINDER = 2_000
_LONGEST_NAME = 200


def end_of(day: Any) -> datetime | None:
    """The moment before which that holds which holds through a day, by the site's clock; None for ever."""
    if day is None:
        return None
    after = datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())
    return after.astimezone(UTC)


class TalkForm(forms.Form):
    """What was said."""

    kind = forms.ChoiceField(label=gettext_lazy("How"), choices=list(TALKS.items()), initial="call")
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        choices=[("", gettext_lazy("(neither)")), *(each for each in DIRECTIONS.items() if each[0])],
        required=False,
    )
    text = forms.CharField(
        label=gettext_lazy("What was said"),
        max_length=_LONGEST_TALK,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class Talk(CustomerAction):
    """A talk written down."""

    form_class = TalkForm
    section = "talks"
    deed = gettext_lazy("Write down a talk")
    told = gettext_lazy("It is shown on the card, whichever of their accounts it was about.")
    done = gettext_lazy("It is written down.")

    def perform(self) -> Any:
        """Write it down."""
        kind = InteractionKind(self.values["kind"])
        given = {"kind": kind, "direction": self.values["direction"], "who": self.who}
        return add_interaction(workspace(), self.customer.pk, self.values["text"], **given)


class TakeBack(CustomerAction):
    """A talk that was written down by mistake."""

    form_class = PerhapsWhy
    section = "talks"
    deed = gettext_lazy("Take a talk back")
    told = gettext_lazy("It is no longer shown; the journal keeps it.")
    done = gettext_lazy("It was taken back.")

    def perform(self) -> Any:
        """Take it back."""
        return take_back_interaction(workspace(), self.kwargs["number"], who=self.who, why=self.values["why"])


class RemindForm(forms.Form):
    """Of what, and when."""

    kind = forms.ChoiceField(label=gettext_lazy("What to do"), choices=list(REMINDERS.items()))
    day = forms.DateField(label=gettext_lazy("Day"), widget=AdminDateInput)
    text = forms.CharField(
        label=gettext_lazy("About"),
        max_length=_LONGEST_REMINDER,
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    owner = forms.CharField(
        label=gettext_lazy("Who is to do it"),
        max_length=_LONGEST_NAME,
        required=False,
        help_text=gettext_lazy("Empty: anybody."),
    )


class Remind(CustomerAction):
    """A reminder made."""

    form_class = RemindForm
    section = "reminders"
    deed = gettext_lazy("Remind of them")
    told = gettext_lazy("Due at the hour that they prefer, or at the usual one.")
    done = gettext_lazy("You will be reminded.")

    def perform(self) -> Any:
        """Make it."""
        kind = ReminderKind(self.values["kind"])
        given = {"kind": kind, "text": self.values["text"], "owner": self.values["owner"], "who": self.who}
        return add_reminder(workspace(), self.customer.pk, self.values["day"], **given)


class Reminded(CustomerAction):
    """A reminder dealt with."""

    section = "reminders"
    deed = gettext_lazy("It is done")
    told = gettext_lazy("The reminder is no longer shown.")
    done = gettext_lazy("The reminder is done.")

    def perform(self) -> Any:
        """Finish it."""
        return finish_reminder(workspace(), self.kwargs["number"], who=self.who)


class StopForm(forms.Form):
    """Why, and until when."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=LONGEST_WHY)
    until = forms.DateField(
        label=gettext_lazy("Through"),
        widget=AdminDateInput,
        required=False,
        help_text=gettext_lazy("The last day; empty: until somebody lifts it."),
    )


class Stop(CustomerAction):
    """Somebody put on the stop-list."""

    form_class = StopForm
    section = "stops"
    deed = gettext_lazy("Put on the stop-list")
    told = gettext_lazy(
        "Nothing is offered to them any more; the next plan withdraws their codes in the shops."
    )
    done = gettext_lazy("They are on the stop-list.")

    def perform(self) -> Any:
        """Put them there."""
        until = end_of(self.values["until"])
        return add_stop(workspace(), self.customer.pk, self.values["reason"], until=until, who=self.who)


class Restate(CustomerAction):
    """A word about an entry of the stop-list."""

    form_class = PerhapsWhy
    section = "stops"

    def setup(self, request: Any, *arguments: Any, **keywords: Any) -> None:
        """Confirmed, refused or lifted, as the address says."""
        super().setup(request, *arguments, **keywords)
        if keywords["word"] not in _WORDS:
            raise Http404(_("There is no such page."))
        self.deed, self.told, self.done = _WORDS[keywords["word"]]  # type: ignore[misc]  # of this page

    def perform(self) -> Any:
        """Say it."""
        word, number = _SERVICES[self.kwargs["word"]], self.kwargs["number"]
        return word(workspace(), number, who=self.who, why=self.values["why"])


_SERVICES = {"confirm": confirm_stop, "refuse": refuse_stop, "lift": lift_stop}
_WORDS = {
    "confirm": (gettext_lazy("Confirm for the stop-list"), Stop.told, Stop.done),
    "refuse": (
        gettext_lazy("Refuse for the stop-list"),
        gettext_lazy("The orders that speak for it do so no more."),
        gettext_lazy("They are not on the stop-list."),
    ),
    "lift": (
        gettext_lazy("Lift from the stop-list"),
        gettext_lazy("What they have earned is offered to them again."),
        gettext_lazy("They are no longer on the stop-list."),
    ),
}
