"""The element that shows a shopper's offer. It names nobody, so that a page with it may be cached."""

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SCRIPT = "wagtail_regulars/storefront.js"


def offer_element(language: str = "") -> SafeString:
    """``<regulars-offer>`` and its script, the same for every visitor; needs no request.

    Without ``language`` (a language tag) the element takes that of the page around it. For Jinja2, make it a
    global of the environment.
    """
    attributes = {**endpoints(), "lang": language}
    written = format_html_join("", ' {}="{}"', ((name, text) for name, text in attributes.items() if text))
    return format_html(
        '<regulars-offer{}></regulars-offer><script type="module" src="{}"></script>',
        written,
        static(SCRIPT),
    )


def endpoints() -> dict[str, str]:
    """Where the element asks, by its attributes."""
    return {"endpoint": reverse("regulars_storefront:offer"), "token-endpoint": reverse("regulars_token")}
