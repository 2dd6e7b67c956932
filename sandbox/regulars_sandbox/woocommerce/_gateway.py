"""The way into a shop: what nginx and WordPress do with a request before and after WooCommerce sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox.woocommerce._auth import ApiKey, Authenticator, refuse_permission
from regulars_sandbox.woocommerce._companion import companion_status
from regulars_sandbox.woocommerce._core import Call, Reply
from regulars_sandbox.woocommerce._errors import ShopError, no_route, not_modelled, rest_error
from regulars_sandbox.woocommerce._fields import wanted
from regulars_sandbox.woocommerce._query import parse_query
from regulars_sandbox.woocommerce._schema import Endpoint, routes, validate
from regulars_sandbox.woocommerce._site import COMPANION, Site
from regulars_sandbox.woocommerce._storefront import CART

__all__ = ["Gateway", "Handler"]

Handler = Callable[[Call], Reply]

_LONGEST_TARGET = 8 * 1024
_LARGEST_BODY = 16 * 1024 * 1024
_READS = frozenset({"GET", "HEAD"})
_BASE_HEADERS = (("Content-Type", "application/json; charset=UTF-8"), ("X-Robots-Tag", "noindex"))
# Sent to whoever is logged in, which with a good key every caller is.
_NO_CACHE = (
    ("Expires", "Wed, 11 Jan 1984 05:00:00 GMT"),
    ("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"),
)
# Either makes the visitor somebody, whose cart need not be empty.
_VISITOR_HEADERS = frozenset({"cart-token", "cookie"})
_FOREIGN = ("/wc/v1", "/wc/v2", "/wc-analytics", "/wc/store", "/wp/v2", "/wc-admin", "/wc/private")
_REFUSALS = {
    "list": ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "view": ("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource."),
    "create": ("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
    "edit": ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
}


class Gateway:
    """Authenticates, finds the endpoint, checks arguments and permissions, and writes the answer out."""

    def __init__(
        self,
        authenticator: Authenticator,
        handlers: Mapping[tuple[str, str], Handler],
        site: Site,
        index: Callable[[str], Any],
        cart: Callable[[], Reply],
    ) -> None:
        self._authenticator, self._handlers = authenticator, handlers
        self._site, self._index_at, self._cart = site, index, cart

    def respond(self, request: Request, home: str) -> Response:
        """The shop's answer; ``home`` is the URL the shop is configured with."""
        if len(request.target) > _LONGEST_TARGET:
            return _nginx(414, "414 Request-URI Too Large")
        if len(request.body) > _LARGEST_BODY:
            return _nginx(413, "413 Request Entity Too Large")
        where = urlsplit(home)
        home = f"{'https' if request.secure else where.scheme}://{where.netloc}{where.path}"
        visit = _Visit(request, home, self._site.link)
        if visit.path is not None and self._site.plain_permalinks:
            return _nginx(404, "404 Not Found")
        try:
            return self._visit(visit)
        except ShopError as error:
            return _written(visit, Reply(error.payload, status=error.status))

    def _visit(self, visit: _Visit) -> Response:
        request, query = visit.request, visit.query
        if "rest_route" in query and not visit.path:
            if query["rest_route"] == "/":
                return self._index(visit)
            # With plain permalinks WooCommerce does not take the request for its own: nobody is let in.
            raise refusal("list", None)
        if visit.path is None:
            raise not_modelled("anything but the REST API")
        visit.key = self._authenticator.identify(request, query, visit.home)
        refused = refuse_permission(visit.key, visit.method)
        if refused:
            raise refused
        if not self._site.served(visit.path):
            raise no_route()
        if visit.path in {"/", "", "/wc/v3"}:
            return self._index(visit)
        if visit.path == CART and visit.method in _READS:
            return self._guest_cart(visit)
        if visit.path == f"{COMPANION}/status" and visit.method in _READS:
            visit.allow = ("GET",)
            return _written(visit, Reply(companion_status()))
        return self._dispatch(visit)

    def _index(self, visit: _Visit) -> Response:
        if visit.method not in _READS:
            raise no_route()
        if not self._site.open_index:
            raise rest_error(401, "rest_cannot_access", "Only authenticated users can access the REST API.")
        visit.allow = ("GET",)
        index = self._index_at(visit.path or "")
        around = index.pop("_links", None)
        index = wanted(visit.query.get("_fields")).of(index)
        return _written(visit, Reply(index if around is None else {**index, "_links": around}))

    def _guest_cart(self, visit: _Visit) -> Response:
        if visit.key is not None or _VISITOR_HEADERS & visit.request.headers.keys():
            raise not_modelled("the cart of anybody but a new guest")
        reply = self._cart()
        return _written(visit, replace(reply, payload=wanted(visit.query.get("_fields")).of(reply.payload)))

    def _dispatch(self, visit: _Visit) -> Response:
        path = visit.path or ""
        if path.startswith(_FOREIGN):
            raise not_modelled(f"the routes below /{path.split('/')[1]}/{path.split('/')[2]}")
        if visit.method == "OPTIONS":
            raise not_modelled("OPTIONS")
        method = "GET" if visit.method == "HEAD" else visit.method
        endpoint, numbers = _endpoint(method, path)
        handler = self._handlers.get((method, endpoint.template))
        if handler is None:
            raise not_modelled(f"{visit.method} {path}")
        if visit.key is not None and visit.key.powerful:
            visit.allow = endpoint.allowed
        arguments = validate(endpoint.arguments, {**visit.query, **_body(visit.request), **numbers})
        key = _permitted(visit.key, method, endpoint)
        reply = _handled(handler, Call(visit.method, visit.home, path, key, visit.query, arguments), visit)
        return _written(visit, reply)


class _Visit:
    """One request on its way through the gateway."""

    def __init__(self, request: Request, home: str, link: str) -> None:
        target = urlsplit(request.target)
        self.request, self.home, self.link = request, home, link
        self.query: dict[str, Any] = parse_query(target.query)
        path = unquote(target.path)
        inside = path.startswith("/wp-json") and path[8:9] in {"", "/"}
        self.path: str | None = (path[8:].rstrip("/") if path[8:] != "/" else "/") if inside else None
        self.method = request.method
        if request.method == "POST" and "_method" in self.query:
            self.method = str(self.query["_method"]).upper()
        self.key: ApiKey | None = None
        self.allow: tuple[str, ...] = ()


def refusal(action: str, key: ApiKey | None) -> ShopError:
    """What the anonymous (401) and the powerless (403) are told."""
    if action not in _REFUSALS:
        raise not_modelled(f"the refusal of {action}")
    code, message = _REFUSALS[action]
    return rest_error(401 if key is None else 403, code, message)


def _handled(handler: Handler, call: Call, visit: _Visit) -> Reply:
    try:
        return handler(call)
    except ShopError as error:
        if error.payload.get("code") == "wc_user_invalid_id":
            # WordPress asks the permissions of that very person, who is not there.
            visit.allow = ()
        elif error.status == 403:
            visit.allow = ("GET",)
        raise


def _permitted(key: ApiKey | None, method: str, endpoint: Endpoint) -> ApiKey:
    if key is not None and key.powerful:
        return key
    item = endpoint.template.endswith("(?P<id>[\\d]+)")
    action = {"GET": "view" if item else "list", "POST": "edit" if item else "create", "PUT": "edit"}
    raise refusal("batch" if endpoint.template.endswith("/batch") else action.get(method, "delete"), key)


def _endpoint(method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
    for endpoint in routes().get(method, ()):
        found = endpoint.pattern.match(path)
        if found:
            return endpoint, found.groupdict()
    raise no_route()


def _body(request: Request) -> dict[str, Any]:
    """The arguments in the body: JSON objects and forms count, anything else is passed over in silence."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not request.body:
        return {}
    if kind == "application/x-www-form-urlencoded":
        return parse_query(request.body.decode("utf-8", "replace"))
    if kind == "multipart/form-data":
        raise not_modelled("a multipart body")
    if kind != "application/json":
        return {}
    try:
        parsed = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise rest_error(
            400,
            "rest_invalid_json",
            "Invalid JSON body passed.",
            json_error_code=4,
            json_error_message="Syntax error",
        ) from None
    return parsed if isinstance(parsed, dict) else {}


def _written(visit: _Visit, reply: Reply) -> Response:
    allow = visit.allow if reply.allow is None else reply.allow
    headers: list[tuple[str, str]] = [*_BASE_HEADERS]
    headers += reply.headers.items()
    if "Link" not in reply.headers:
        headers.append(("Link", f'<{visit.home}{visit.link}>; rel="https://api.w.org/"'))
    status, payload = reply.status, reply.payload
    if visit.query.get("_envelope"):
        if status < 400:
            raise not_modelled("_envelope around a success")
        payload = {"body": payload, "status": status, "headers": {"Allow": ", ".join(allow)}}
        status, allow = 200, ()
    if allow:
        headers.append(("Allow", ", ".join(allow)))
    if visit.key is not None:
        headers += _NO_CACHE
    return Response(status, tuple(headers), orjson.dumps(payload))


def _nginx(status: int, title: str) -> Response:
    html = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Response(status, (("Content-Type", "text/html"),), html.encode())
