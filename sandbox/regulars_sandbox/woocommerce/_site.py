"""The two indexes a shop gives without a key: of the site and of wc/v3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from regulars_sandbox.woocommerce._schema import routes
from regulars_sandbox.woocommerce._state import Record, Settings

__all__ = ["COMPANION", "Site", "site_index"]

COMPANION = "/regulars/v1"

_NAMESPACES = (
    *("oembed/1.0", "wc/v3", "wc/v1", "wc/pos/v1/catalog", "jetpack/v4", "wc-admin", "wc-analytics"),
    *("wc/store", "wc/store/v1", "wc/private", "wc/v2", "wc-admin-email", "wc-telemetry"),
    *("wccom-site/v3", "wp-abilities/v1", "wp/v2", "wp-site-health/v1", "wp-block-editor/v1"),
)


@dataclass(slots=True)
class Site:
    """How the WordPress around a shop is set up; may change while it is served.

    ``plain_permalinks``: ``/wp-json/`` is not there, and ``?rest_route=`` takes no keys.  ``woocommerce``
    False: the plug-in is switched off.  ``open_index`` False: a security plug-in shows the indexes to nobody.
    ``companion`` True: our plug-in gives logged-in customers the discount of their labels.
    ``reviews`` False: a plug-in has taken the reviews of products away.
    No recording shows these five; they follow WordPress's documentation and that of such plug-ins.
    """

    plain_permalinks: bool = False
    woocommerce: bool = True
    open_index: bool = True
    companion: bool = False
    reviews: bool = True

    @property
    def link(self) -> str:
        """The path of the API, as every answer names it."""
        return "/index.php?rest_route=/" if self.plain_permalinks else "/wp-json/"

    def served(self, path: str) -> bool:
        """Whether anything answers at this path below the API."""
        if path.startswith(COMPANION):
            return self.companion and self.woocommerce
        if path.startswith("/wc/v3/products/reviews") and not self.reviews:
            return False
        return self.woocommerce or not path.startswith("/wc")


def site_index(path: str, home: str, settings: Settings, now: datetime, site: Site) -> Record:
    """The index at ``path``: the site's name, URL and zone, or the routes of wc/v3 that are described."""
    if path == "/wc/v3":
        return {
            "namespace": "wc/v3",
            "routes": _routes(),
            "_links": {"up": [{"href": f"{home}/wp-json/"}]},
        }
    offset = now.astimezone(settings.zone).utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0
    authorize = f"{home}/wp-admin/authorize-application.php"
    return {
        "name": settings.name,
        "url": home,
        "home": home,
        "gmt_offset": int(hours) if hours == int(hours) else hours,
        "timezone_string": settings.zone.key,
        "namespaces": [name for name in (*_NAMESPACES, COMPANION[1:]) if site.served(f"/{name}")],
        "authentication": {"application-passwords": {"endpoints": {"authorization": authorize}}},
    }


def _routes() -> Record:
    found: dict[str, dict[str, object]] = {}
    for endpoints in routes().values():
        for endpoint in endpoints:
            found[endpoint.template] = {"namespace": "wc/v3", "methods": list(endpoint.allowed)}
    return {name: found[name] for name in sorted(found, key=lambda name: re.sub(r"\W", "", name))}
