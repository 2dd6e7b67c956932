"""Every version of Shopify's Admin schema, out of an npm package that carries them as data.

The package is fetched by npm's own ``pack`` and its archive is read here. It is neither installed nor run.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from graphql import GraphQLSchema, build_client_schema

NAME: Final = "@shopify/dev-mcp"
PINNED: Final = "1.16.0"
"""What the documents are judged by, so that nothing fails here because of what was published last night."""
PINNED_SHA512: Final = (
    "tqgRnK7sQhjew+htxtleTH23nXB5fZcsrhWgEkomsorGXvLOB2mh2upwZm8uzuTDNTZnqtLMe64yIwh6s2awtw=="
)
_SCHEMA: Final = re.compile(r"package/dist/data/admin_(\d{4}-\d{2}|unstable)\.json\.gz")
_SECONDS: Final = 120
_LONGEST_ARCHIVE: Final = 64 * 2**20
_LONGEST_SCHEMA: Final = 64 * 2**20
_MOST_UNPACKED: Final = 512 * 2**20
_MOST_MEMBERS: Final = 50_000
_MOST_VERSIONS: Final = 20


Scopes = Mapping[str, Sequence[str]]
"""By ``Type`` and ``Type.field``: any one of these lets in."""


class PackageError(Exception):
    """The package cannot be had, or is not what is expected."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """One version: its schema as introspection tells it, and which scopes let one read a type or a field."""

    version: str
    introspection: Mapping[str, Any] = field(repr=False)
    scopes: Scopes = field(repr=False)

    def schema(self) -> GraphQLSchema:
        return build_client_schema(dict(self.introspection), assume_valid=True)  # type: ignore[arg-type]


def newest() -> str:
    """The newest published version of the package."""
    return _npm("view", NAME, "version").strip()


def pack(version: str, folder: Path) -> Path:
    """The archive of a version of the package, put into an empty folder."""
    _npm("pack", "--ignore-scripts", "--pack-destination", str(folder), f"{NAME}@{version}")
    try:
        (archive,) = folder.glob("*.tgz")
    except ValueError as error:
        raise PackageError(f"npm packed {NAME} {version} into no file, or into several") from error
    if archive.stat().st_size > _LONGEST_ARCHIVE:
        raise PackageError(f"{NAME} {version} is longer than {_LONGEST_ARCHIVE} bytes")
    if version == PINNED and sha512(archive) != PINNED_SHA512:
        raise PackageError(f"{NAME} {version} is not the file that was pinned")
    return archive


def sha512(archive: Path) -> str:
    with archive.open("rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()


def read(archive: Path) -> Iterator[Shipped]:
    """The versions of the Admin schema in an archive, one at a time, as the archive has them."""
    unpacked = found = 0
    with tarfile.open(archive, "r|gz") as members:
        for number, member in enumerate(members, start=1):
            unpacked += member.size
            if number > _MOST_MEMBERS or unpacked > _MOST_UNPACKED:
                raise PackageError(f"{archive.name} holds more than can be looked through")
            named = _SCHEMA.fullmatch(member.name)
            content = members.extractfile(member) if named else None
            if named and content:
                found += 1
                if found > _MOST_VERSIONS:
                    raise PackageError(f"{archive.name} holds more than {_MOST_VERSIONS} schemas")
                yield _shipped(named[1], content.read())
    if not found:
        raise PackageError(f"{archive.name} holds no Admin schema where they used to be")


def _shipped(version: str, packed: bytes) -> Shipped:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            text = file.read(_LONGEST_SCHEMA + 1)
        if len(text) > _LONGEST_SCHEMA:
            raise PackageError(f"the schema {version} is longer than {_LONGEST_SCHEMA} bytes")
        told = json.loads(text)
        return Shipped(version, told["data"], _scopes(told["offline_scopes"]["items"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise PackageError(f"the schema {version} is told in another form: {error!r}") from error


def _scopes(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What is open to all is left out."""
    return {
        ".".join(filter(None, [row["typeName"], row.get("fieldName")])): row["offlineScopes"]
        for row in rows
        if row["offlineScopes"]
    }


def _npm(*arguments: str) -> str:
    try:
        return subprocess.run(
            ["npm", *arguments],
            check=True,
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", None) or error).strip()[-500:]
        raise PackageError(f"npm cannot be asked for {NAME}: {said}") from error
