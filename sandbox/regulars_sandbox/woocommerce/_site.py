"""The two indexes a shop gives without a key: of the site and of wc/v3."""

from __future__ import annotations

import re
from datetime import datetime

from regulars_sandbox.woocommerce._schema import routes
from regulars_sandbox.woocommerce._state import Record, Settings

__all__ = ["site_index"]

_NAMESPACES = (
    *("oembed/1.0", "wc/v3", "wc/v1", "wc/pos/v1/catalog", "jetpack/v4", "wc-admin", "wc-analytics"),
    *("wc/store", "wc/store/v1", "wc/private", "wc/v2", "wc-admin-email", "wc-telemetry"),
    *("wccom-site/v3", "wp-abilities/v1", "wp/v2", "wp-site-health/v1", "wp-block-editor/v1"),
)


def site_index(path: str, home: str, settings: Settings, now: datetime) -> Record:
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
        "namespaces": list(_NAMESPACES),
        "authentication": {"application-passwords": {"endpoints": {"authorization": authorize}}},
    }


def _routes() -> Record:
    found: dict[str, dict[str, object]] = {}
    for endpoints in routes().values():
        for endpoint in endpoints:
            found[endpoint.template] = {"namespace": "wc/v3", "methods": list(endpoint.allowed)}
    return {name: found[name] for name in sorted(found, key=lambda name: re.sub(r"\W", "", name))}
