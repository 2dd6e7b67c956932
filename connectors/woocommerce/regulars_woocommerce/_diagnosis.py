"""Telling apart what looks the same from outside: why a shop takes us for a stranger, where its API is.

A key that the shop does not know, a header that is dropped on the way and HTTPS that the shop does not see
get one and the same 401. A read signed in its query tells them apart and shows no secret, unlike the key and
the secret in the query, which the shop would repeat in ``Link``: the query holds the key's name and a
signature that counts once, and the shop signs with the scheme by which it believes to be called.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from regulars_connectors import Answer, ClosedError, Finding, Noise, Severity
from regulars_mapping import RegularsError
from regulars_woocommerce._client import Params, WooClient, code_of, message_of, refusal, unproven

AUTH_OPTION: Final = "auth"
IN_QUERY: Final = "query"
HOME_OPTION: Final = "home_url"
_LEAST: Final[Params] = {"per_page": 1, "_fields": "id"}
_NOISES: Final = {
    Noise.MARK: (
        "A byte order mark stands before the shop's data; it is read past.",
        "A PHP file of a plug-in, the theme or wp-config.php was saved with it: save it as UTF-8 without.",
    ),
    Noise.BEFORE: (
        "Text stands before the shop's data, such as PHP's warnings; it is read past.",
        "Have them logged, not shown: WP_DEBUG_DISPLAY false in wp-config.php, display_errors off.",
    ),
    Noise.AFTER: (
        "Text stands after the shop's data, such as a cache's comment; it is read past.",
        "Have the cache leave /wp-json/ alone: a kept answer is an old one.",
    ),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, and the options with which the shop let us in all the same, where it did."""

    finding: Finding
    options: Mapping[str, str] = field(default_factory=dict)


def why_unknown(client: WooClient, *, home: str) -> Diagnosis:
    """Why a request with the key was taken for a stranger's. ``home`` is what the shop calls itself.

    At most two requests. Raises what they raise.
    """
    where = home.partition("://")[2]
    called = client.url.partition("://")[0]
    for scheme in ("https", "http") if called == "https" else ("http",):
        tried = f"{scheme}://{where}"
        answer = client.signed("orders", _LEAST, home=tried)
        if _let_in(answer):
            found = _https_unseen() if scheme != called else _header_dropped()
            return Diagnosis(found, _options(client, tried))
        if "ignature" not in message_of(answer):
            break
    return Diagnosis(_not_taken(answer))


def why_unsigned(client: WooClient, refused: Answer, *, home: str) -> Diagnosis | None:
    """What is wrong where the shop computes another signature: over HTTPS it may not see that it is HTTPS,
    over HTTP another address was given than it calls itself. None where that is not it. One request at most.
    """
    if "ignature" not in message_of(refused):
        return None
    # Called over HTTP, a shop signs with http even where it calls itself https.
    tried = f"http://{home.partition('://')[2]}"
    if not _let_in(client.signed("orders", _LEAST, home=tried)):
        return None
    if client.url.startswith("http://"):
        return Diagnosis(_signed_elsewhere(tried), {HOME_OPTION: tried})
    return Diagnosis(_https_unseen(), _options(client, tried))


def _options(client: WooClient, home: str) -> dict[str, str]:
    return {AUTH_OPTION: IN_QUERY} | ({} if home == client.url else {HOME_OPTION: home})


def _let_in(answer: Answer) -> bool:
    """Whether the shop took the signature, even where the key may not read or its user may see nothing."""
    if unproven(answer):
        return "permissions" in message_of(answer)
    return answer.status < 400 or (answer.status == 403 and bool(code_of(answer)))


def _header_dropped() -> Finding:
    return _problem(
        "Authorization header",
        "The key is right, but the Authorization header does not reach the shop: the web server or a proxy "
        "before it drops it.",
        "Under Apache, save Settings → Permalinks once, or add to .htaccess: SetEnvIf Authorization "
        '"(.*)" HTTP_AUTHORIZATION=$1. Under nginx with PHP-FPM or a proxy, have the header passed on.',
    )


def _https_unseen() -> Finding:
    return _problem(
        "HTTPS",
        "The key is right, but the shop does not see that it is called over HTTPS: a proxy before it ends "
        "the encryption, and WooCommerce takes keys over HTTPS only.",
        "Have the proxy send X-Forwarded-Proto, and add to wp-config.php: if (($_SERVER["
        "'HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') { $_SERVER['HTTPS'] = 'on'; }",
    )


def _signed_elsewhere(home: str) -> Finding:
    return _problem(
        "address",
        f"The key is right, but over plain HTTP the shop takes signatures over {home} only, by the host of "
        "its Settings → General and the scheme it is called by.",
        f"Set the option {HOME_OPTION}={home}.",
    )


def _not_taken(answer: Answer) -> Finding:
    message = message_of(answer)
    if "ignature" in message:
        return _problem(
            "Authorization header",
            "The shop knows the key, but the Authorization header does not reach it, and it does not take a "
            "signature either: the secret is wrong, or the shop's address is another than it believes.",
            "Copy the key and the secret again. Have the web server pass the Authorization header on.",
        )
    if "onsumer key" in message:
        return _problem(
            "key",
            "The shop does not know the key.",
            "Check it for a typing error, or make a new one under WooCommerce → Settings → Advanced → REST "
            "API, and give the new secret with it.",
        )
    return _problem("key", str(refusal(answer, "orders")))


def misplaced_api(client: WooClient) -> Finding | None:
    """What is wrong where ``/wp-json/`` answers no data: plain permalinks, or a path that is not let through.

    None where the site is no WordPress, or is closed as a whole. One request.
    """
    try:
        answer = client.public("/", {"rest_route": "/", "_fields": "namespaces"})
    except RegularsError:
        return None
    index = answer.data
    if answer.status >= 400 or not isinstance(index, dict) or not isinstance(index.get("namespaces"), list):
        return None
    if "wc/v3" not in index["namespaces"]:
        return without_woocommerce()
    if "/index.php>" in answer.headers.get("Link", "/index.php>"):
        return _problem(
            "permalinks",
            "The shop's permalinks are plain, and WooCommerce takes no keys then.",
            "Choose any other form than Plain under Settings → Permalinks, and save.",
        )
    return _problem(
        "permalinks",
        "WordPress answers, but not under /wp-json/: its web server or a plug-in does not let that path "
        "through, or has given it another name.",
        "Save Settings → Permalinks once. If that does not help, let /wp-json/ through in the web server's "
        "settings and in security plug-ins.",
    )


def barred(answer: Answer, path: str) -> Finding | None:
    """What stands before the shop and refuses us, where the shop itself has not spoken."""
    if answer.status not in {401, 403, 406} or code_of(answer):
        return None
    return _problem("firewall", str(refusal(answer, path)))


def noisy(noise: Noise) -> Finding:
    """What stood around the shop's data. It works, but tells of something else that is wrong."""
    message, remedy = _NOISES[noise]
    return Finding(Severity.WARNING, "noise", message, remedy)


def closed(error: ClosedError) -> Finding:
    """A shop that answers 503."""
    wait = error.retry_after
    until = "" if wait is None else f", and asks to be left alone for {max(1, round(wait / 60))} minutes"
    return _problem(
        "maintenance",
        "The shop is closed for maintenance, as while WordPress or a plug-in is updated, or is overloaded"
        f"{until}.",
        "Check again later. Where it stays so, an update broke off: delete the file .maintenance in "
        "WordPress's folder.",
    )


def without_woocommerce() -> Finding:
    """A WordPress that has no shop."""
    return _problem(
        "WooCommerce",
        "This WordPress site has no WooCommerce API.",
        "Check the URL, and that WooCommerce is installed and switched on.",
    )


def _problem(subject: str, message: str, remedy: str = "") -> Finding:
    return Finding(Severity.PROBLEM, subject, message, remedy)
