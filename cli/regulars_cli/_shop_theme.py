"""The folder with which a Shopify theme shows each customer their discount: an app's theme extension."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from regulars_mapping import MisconfiguredError

_HERE: Final = Path(__file__).resolve().parent
# The wheel carries these files beside this module; a checkout has them in their own home.
_INSTALLED: Final = _HERE / "shopify"
_CHECKOUT: Final = _HERE.parents[1] / "plugin" / "shopify"
_KINDS: Final = frozenset({".css", ".example", ".js", ".json", ".liquid", ".md", ".toml"})
_OWNERS: Final = ".toml"
"""What Shopify's command line and the owner write into; it stays as it is."""


@dataclass(frozen=True, slots=True)
class ThemeFolder:
    """What was written where, each by its path inside, and what stayed as the owner has it."""

    folder: Path
    written: list[str]
    kept: list[str]


def write_theme_extension(folder: Path) -> ThemeFolder:
    """Write the extension, or bring an older one up to date; settings files that are there stay.

    Raises MisconfiguredError where the folder cannot be written.
    """
    made = ThemeFolder(folder, [], [])
    try:
        for path, content in sorted(_files()):
            place = folder / path
            if place.suffix == _OWNERS and place.exists():
                made.kept.append(path)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            made.written.append(path)
    except OSError as error:
        raise MisconfiguredError(
            f"{folder} cannot be written: {error.strerror}. Give another place with --output."
        ) from error
    return made


def _files() -> Iterator[tuple[str, bytes]]:
    """The extension's files, each with its path inside."""
    root = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    for file in root.rglob("*"):
        inside = file.relative_to(root)
        ours = not any(part.startswith(".") or part == "node_modules" for part in inside.parts)
        # That one is filled in by whoever deploys from a checkout, and is theirs.
        if ours and file.is_file() and file.suffix in _KINDS and file.name != "shopify.app.toml":
            yield inside.as_posix(), file.read_bytes()
