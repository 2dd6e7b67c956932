"""What a window does besides showing pages: its console, and whom it asks."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

_OURS = {"localhost", "127.0.0.1"}
_TIMEOUT = 20_000


@dataclass
class Watched:
    """A window; ``complaints`` of its pages, and addresses of ``strangers`` that they asked."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} at {message.location}")

    def asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname not in _OURS:
            self.strangers.append(request.url)

    def answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} for {response.url}")


def watch(context: BrowserContext) -> Watched:
    """Listen to everything in this window from now on."""
    watched = Watched(context)
    context.set_default_timeout(_TIMEOUT)
    context.on("console", watched.heard)
    context.on("weberror", lambda error: watched.complaints.append(str(error.error)))
    context.on("request", watched.asked)
    context.on("response", watched.answered)
    return watched
