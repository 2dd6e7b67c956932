"""Staged uploads: a form that another company's storage takes when it carries what the shop signed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._errors import not_modelled
from regulars_sandbox.shopify._state import Record

__all__ = ["StagedUploads"]

_PLACE = "/staged-uploads/"
_RESOURCE, _MIME = "BULK_MUTATION_VARIABLES", "text/jsonl"
_LARGEST = 16 * 1024 * 1024
_BOUNDARY = re.compile(r'multipart/form-data;.*boundary="?([^";]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'name="([^"]*)"')


@dataclass(slots=True)
class _Upload:
    parameters: Mapping[str, str] = field(repr=False)
    body: bytes | None = None


class StagedUploads:
    """``stagedUploadsCreate`` for the variables of bulk mutations, and the storage that takes them."""

    def __init__(self) -> None:
        self._uploads: dict[str, _Upload] = {}

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {"stagedUploadsCreate": self._create}

    def read(self, path: str) -> bytes | None:
        """What was uploaded under the path, None when nothing was."""
        found = self._uploads.get(path)
        return found.body if found else None

    def respond(self, request: Request) -> Response | None:
        """The answer to an upload, None for any other request."""
        if urlsplit(request.target).path != _PLACE:
            return None
        if request.method != "POST" or "x-shopify-access-token" in request.headers:
            return _refused(400, "InvalidArgument")
        parts = list(_parts(request))
        if not parts or parts[-1][0] != "file":
            # What comes behind the file is not read: the storage wants it last.
            return _refused(400, "InvalidArgument")
        told = {name: value.decode("utf-8", "replace") for name, value in parts[:-1]}
        upload = self._uploads.get(told.get("key", ""))
        if upload is None or any(told.get(name) != value for name, value in upload.parameters.items()):
            return _refused(403, "AccessDenied")
        if len(request.body) > _LARGEST:
            return _refused(400, "EntityTooLarge")
        upload.body = parts[-1][1]
        return _refused(201, "PostResponse")

    def _create(self, call: Call, arguments: Mapping[str, Any]) -> Record:
        targets = [self._target(call, given) for given in arguments["input"]]
        return {"stagedTargets": targets, "userErrors": []}

    def _target(self, call: Call, given: Mapping[str, Any]) -> Record:
        asked = (given["resource"], given["mimeType"], given.get("httpMethod"))
        if asked != (_RESOURCE, _MIME, "POST"):
            raise not_modelled("staged uploads other than the variables of bulk mutations by POST")
        key = f"tmp/1/bulk/{secrets.token_hex(16)}/{given['filename']}"
        parameters = {
            "Content-Type": _MIME,
            "success_action_status": "201",
            "acl": "private",
            "key": key,
            "policy": secrets.token_urlsafe(48),
            "x-goog-signature": secrets.token_hex(32),
        }
        self._uploads[key] = _Upload(parameters)
        told = [{"name": name, "value": value} for name, value in parameters.items()]
        return {"url": f"{call.home}{_PLACE}", "resourceUrl": None, "parameters": told}


def _parts(request: Request) -> Iterator[tuple[str, bytes]]:
    """The fields of a form in their order; none of what is no form."""
    found = _BOUNDARY.match(request.headers.get("content-type", ""))
    if found is None:
        return
    for piece in request.body.split(b"--" + found[1].encode())[1:-1]:
        head, _, body = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name:
            yield name[1].decode("utf-8", "replace"), body.removesuffix(b"\r\n")


def _refused(status: int, code: str) -> Response:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>".encode()
    return Response(status, (("Content-Type", "application/xml; charset=UTF-8"),), body)
