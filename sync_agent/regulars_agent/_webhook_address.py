"""Where webhooks may go: over HTTPS, where the platform delivers to, to the endpoint of their shop."""

import ipaddress
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from regulars_connectors import connector_class
from regulars_mapping import MisconfiguredError

_LONGEST: Final = 2_000
_INSIDE: Final = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "test", "invalid")
_ANYWAY: Final = "Where that is meant, as between sandboxes on one machine, add --anyway."


def usable_address(url: str, *, platform: str, shop: str, anyway: bool = False) -> str:
    """The address as it is. Raises MisconfiguredError for one that personal data must not be sent to, and,
    unless ``anyway``, for one that nothing of this shop would arrive at: of another endpoint, inside a
    network, or on a port that the platform does not deliver to."""
    parts = _safe(url)
    if not anyway:
        _check_endpoint(parts, shop)
        _check_reach(parts, platform)
    return url


def usable_hook_address(url: str, *, anyway: bool = False) -> str:
    """The address as it is, for messages of ours to somebody. Raises MisconfiguredError for one that is not
    HTTPS, but for this machine's own, and, unless ``anyway``, for one inside a network."""
    parts = _parts(url)
    if parts is None:
        raise MisconfiguredError(
            "Status changes are told over HTTPS: give the receiver's address, such as "
            "https://example.com/hook, without user, password or fragment."
        )
    host = parts.hostname or ""
    if not anyway and is_inside(host) and not is_this_machine(host):
        raise MisconfiguredError(
            f"{host} is an address inside a machine or a network. Where that is meant, add --anyway."
        )
    return url


def _safe(url: str) -> SplitResult:
    parts = _parts(url)
    if parts is None:
        raise MisconfiguredError(
            "Webhooks carry customers' data: give the https:// address of this site that the shop can reach, "
            "such as https://crm.example.com/regulars/webhooks/NAME"
        )
    return parts


def _parts(url: str) -> SplitResult | None:
    """The parts of an address that nobody listens in to; None for any other."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    plain = not (parts.username or parts.password or parts.fragment) and url.isprintable() and " " not in url
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host or ""))
    return parts if host and plain and safe and len(url) <= _LONGEST else None


def _check_endpoint(parts: SplitResult, shop: str) -> None:
    if unquote(parts.path).endswith(f"/webhooks/{shop}"):
        return
    endpoint = f"/webhooks/{quote(shop, safe='')}"
    raise MisconfiguredError(
        f"The site takes webhooks of {shop} at an address that ends in {endpoint}, such as "
        f"{parts.scheme}://{parts.netloc}/regulars{endpoint}; at the one given nothing would be noted. "
        f"{_ANYWAY}"
    )


def _check_reach(parts: SplitResult, platform: str) -> None:
    if is_inside(parts.hostname or ""):
        raise MisconfiguredError(
            f"{parts.hostname} is an address inside a machine or a network: a shop does not deliver there, "
            f"though it may say that it does. Give the site's public https:// address. {_ANYWAY}"
        )
    port, ports = parts.port or 443, connector_class(platform).webhook_ports
    if ports and port not in ports:
        raise MisconfiguredError(
            f"{platform} delivers to the ports {', '.join(map(str, sorted(ports)))} only, though it says of "
            f"{port} that the webhook is active. Put the site behind one of those. {_ANYWAY}"
        )


def is_inside(host: str) -> bool:
    """Whether a host, by name or number, is one that only a machine or a network itself knows."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        labels = host.rstrip(".").split(".")
        # The last part of a public name is never a number: 127.1 is an address in short.
        return len(labels) < 2 or labels[-1] in _INSIDE or labels[-1].isdigit()


def is_this_machine(host: str) -> bool:
    """Whether a host is the machine that asks."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
