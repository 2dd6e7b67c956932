"""Template tags for a site's own pages."""

from django import template
from django.utils.safestring import SafeString

from wagtail_regulars._element import offer_element

register = template.Library()


@register.simple_tag
def regulars_offer(language: str = "") -> SafeString:
    """``{% regulars_offer %}``: the shopper's offer, loaded by the browser; the page stays everybody's."""
    return offer_element(language)
