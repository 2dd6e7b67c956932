"""Requests for a shop's key that wait for the shop's answer: small files, one a request, in a private folder.

Files, since whichever process of the site the shop reaches must find them, and since a file is renamed by one
process only: that makes a request good for one answer.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from regulars_agent._secrets import environment_variable
from regulars_mapping import MisconfiguredError

_ANSWERABLE = timedelta(minutes=15)
_FINISHABLE = timedelta(hours=1)
_MOST = 100
_ID = re.compile(r"[A-Za-z0-9_-]{20,80}")
_ASKED, _GRANTED = ".asked", ".granted"


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """Who asked for the key of which shop. ``digest`` is that of the token the answer must carry."""

    id: str
    name: str
    url: str
    who: str
    digest: str = field(repr=False)
    options: Mapping[str, str]
    at: datetime


class KeyRequests:
    """The requests in a folder, which is made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, request: KeyRequest) -> None:
        """Keep a request. Raises MisconfiguredError when too many wait, or the folder cannot be written."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if sum(1 for _ in self._files()) >= _MOST:
                raise MisconfiguredError(
                    "Too many requests for keys wait for an answer. Try again in an hour."
                )
            # Written whole before it has its name: nobody reads half of it.
            made = self._path(request.id, ".new")
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump({**asdict(request), "at": request.at.isoformat()}, file)
            made.rename(self._path(request.id, _ASKED))
        except OSError as error:
            raise MisconfiguredError(
                f"{self._folder} cannot be written ({type(error).__name__}). Let the site's user write there."
            ) from error

    def asked(self, request: str, *, now: datetime) -> KeyRequest | None:
        """A request that can still be answered."""
        found = self._read(request, _ASKED)
        return found if found is not None and now - found.at <= _ANSWERABLE else None

    def claim(self, request: str) -> bool:
        """Take a request as answered; of many who try, one does."""
        try:
            self._path(request, _ASKED).rename(self._path(request, _GRANTED))
        except OSError:
            return False
        return True

    def granted(self, request: str, *, now: datetime) -> KeyRequest | None:
        """A request that was answered and can still be finished."""
        found = self._read(request, _GRANTED)
        return found if found is not None and now - found.at <= _FINISHABLE else None

    def answered(self, request: str) -> bool:
        """Whether a key has come for a request, finished or not."""
        return self._path(request, _GRANTED).exists()

    def drop(self, request: str) -> None:
        """Forget a request. Harmless twice."""
        for state in (_ASKED, _GRANTED):
            with suppress(OSError):
                self._path(request, state).unlink()

    def ended_by(self, name: str) -> list[KeyRequest]:
        """The requests for a shop whose secrets would lie where those of ``name`` do."""
        place = environment_variable(name, "")
        return [one for one in self._all() if environment_variable(one.name, "") == place]

    def overdue(self, *, now: datetime) -> list[KeyRequest]:
        """The requests that can no longer be finished."""
        return [one for one in self._all() if now - one.at > _FINISHABLE]

    def _all(self) -> Iterator[KeyRequest]:
        for file in list(self._files()):
            found = self._read(file.stem, file.suffix)
            if found is not None:
                yield found

    def _files(self) -> Iterator[Path]:
        return (file for file in self._folder.glob("*.*") if file.suffix in {_ASKED, _GRANTED})

    def _path(self, request: str, state: str) -> Path:
        return self._folder / f"{request}{state}"

    def _read(self, request: str, state: str) -> KeyRequest | None:
        if not _ID.fullmatch(request):
            return None
        try:
            kept = json.loads(self._path(request, state).read_text("utf-8"))
            return KeyRequest(**{**kept, "at": datetime.fromisoformat(kept["at"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
