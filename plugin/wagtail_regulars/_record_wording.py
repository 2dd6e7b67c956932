"""How the admin says what stands in the record: fields, statuses, talks, reminders, decisions."""

from django.utils.translation import gettext_lazy as _

from wagtail_regulars._wording import Words

FIELDS: dict[str, Words] = {
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "birth_date": _("Birth date"),
    "gender": _("Gender"),
    "language": _("Language"),
    "preferred_channel": _("Preferred channel"),
    "preferred_hour": _("Preferred hour"),
    "manager": _("Manager"),
    "kind": _("Kind"),
    "card_number": _("Card number"),
    "company": _("Company"),
    "contacts": _("Contacts"),
    "archived": _("Archived"),
}
_ASKED: dict[str, Words] = {"name": _("Name"), "address": _("Address")}
COMPANY_PARTS: dict[str, Words] = {
    "name": _("Company name"),
    "tax_id": _("Tax number"),
    "reg_number": _("Registration number"),
    "bank": _("Bank account"),
    "address": _("Registered address"),
    "hours": _("Opening hours"),
}
CHOSEN: dict[str, dict[str, Words]] = {
    "gender": {"f": _("woman"), "m": _("man")},
    "kind": {"person": _("person"), "company": _("company")},
    "preferred_channel": {
        "phone": _("phone call"),
        "email": _("e-mail"),
        "sms": _("SMS"),
        "whatsapp": "WhatsApp",
        "telegram": "Telegram",
        "viber": "Viber",
    },
}
"""The words of the fields that take one of a few."""
STATUSES_OF_RECORD: dict[str, Words] = {
    "entered": _("Complete"),
    "control": _("Incomplete"),
    "archived": _("Archived"),
}
OWNERSHIPS: dict[str, Words] = {
    "platform": _("The shop's platform has checked the e-mail."),
    "mail": _("A link sent to the e-mail was opened and confirmed."),
    "shop": _("This shop checks its e-mails, as its owner says."),
    "unknown": _("Not known: only this account's own purchases count for it."),
}
OF_A_GUEST: Words = _("A guest: nothing is given to them.")
TALKS: dict[str, Words] = {
    "note": _("Note"),
    "call": _("Call"),
    "mail": _("Mail"),
    "message": _("Message"),
    "visit": _("Visit"),
}
DIRECTIONS: dict[str, Words] = {"in": _("from them"), "out": _("to them"), "": ""}
REMINDERS: dict[str, Words] = {
    "call": _("Call"),
    "congratulate": _("Congratulate"),
    "other": _("Other"),
}
STOPS: dict[str, Words] = {
    "suggested": _("Suggested"),
    "confirmed": _("Confirmed"),
    "refused": _("Refused"),
    "lifted": _("Lifted"),
}
DECISIONS: dict[str, Words] = {
    "must_link": _("One person"),
    "cannot_link": _("Two persons"),
    "revoke": _("Taken back"),
}
FATES: dict[str, Words] = {
    "stands": _("stands"),
    "sleeps": _("sleeps: the shop has no such account now"),
    "revoked": _("was taken back"),
    "superseded": _("a newer one counts"),
}


def field_label(name: str) -> Words:
    """The word for a field of the record, or for what a complete record is asked for."""
    return FIELDS.get(name) or _ASKED.get(name) or name
