"""Finding connectors by entry points, so that a third party's platform needs no change here."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from regulars_connectors._contract import Connector
from regulars_connectors._errors import UnknownPlatformError
from regulars_mapping import MisconfiguredError

GROUP = "regulars.connectors"


def platforms() -> tuple[str, ...]:
    """The names of the installed platforms, sorted."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


@cache
def connector_class(platform: str) -> type[Connector]:
    """The connector of a platform. Raises UnknownPlatformError with what is installed, or MisconfiguredError
    when the installed one cannot be used.

    Every installed distribution is looked through, so what was found is kept; what was not is sought anew.
    """
    found = [entry for entry in entry_points(group=GROUP) if entry.name == platform]
    if not found:
        installed = ", ".join(platforms()) or "none"
        message = f"There is no connector for the platform {platform!r}. Installed: {installed}."
        raise UnknownPlatformError(message)
    return _loaded(found[0])


def _loaded(entry: EntryPoint) -> type[Connector]:
    try:
        loaded = entry.load()
    except (ImportError, AttributeError) as error:
        message = f"The connector for {entry.name} ({entry.value}) cannot be loaded; install it again."
        raise MisconfiguredError(message) from error
    if not (isinstance(loaded, type) and issubclass(loaded, Connector)):
        raise MisconfiguredError(f"The connector for {entry.name} ({entry.value}) is no Connector.")
    return loaded
