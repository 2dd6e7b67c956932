"""StreamField blocks for a site's own pages."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from wagtail_regulars._element import endpoints


class OfferBlock(blocks.StructBlock):
    """The shopper's own discount. What is stored and rendered is the same for everybody."""

    heading = blocks.CharBlock(required=False, max_length=120, label=_("Heading"))

    def get_api_representation(self, value: Any, context: Any = None) -> dict[str, Any]:
        """The block's fields, and where a headless page asks for the offer."""
        return {**super().get_api_representation(value, context), **endpoints()}

    class Meta:
        icon = "tag"
        label = _("Personal discount")
        description = _("Shows each shopper who is logged in their own discount, and why.")
        template = "wagtail_regulars/storefront/offer_block.html"
        preview_template = "wagtail_regulars/storefront/offer_preview.html"
        preview_value: ClassVar = {"heading": _("Your discount")}
