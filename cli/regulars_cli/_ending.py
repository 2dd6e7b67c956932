"""How a command ends that cannot answer: words on standard error and, with ``--json``, its one document."""

import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

STOPPED = "Stopped. What was finished stays; the same command goes on from there."
INTERRUPTED, TERMINATED = 130, 143
ERRORS_FILE = "regulars-errors.log"
"""In the workspace: where unexpected errors happened, without what they held."""
_LONGEST_FILE = 1024 * 1024


class TerminatedError(SystemExit):
    """SIGTERM. A SystemExit, so that a child process which inherits the handler ends as quietly."""


@dataclass(slots=True)
class Ending:
    """One run of the command line, as far as its end needs to know it. ``directory`` is the workspace, once
    it is known; ``answered`` is whether standard output has its document already."""

    json: bool
    directory: Path | None = None
    debug: bool = False
    answered: bool = False

    @classmethod
    def of(cls, arguments: Sequence[str] | None) -> "Ending":
        """For these arguments, else the process's own."""
        given = list(sys.argv[1:] if arguments is None else arguments)
        words = given[: given.index("--")] if "--" in given else given
        return cls("--json" in words)

    def tell(self, problem: str, code: int, *, shown: bool = False) -> int:
        """Say why there is no answer; the code as given. ``shown`` where standard error says it already."""
        if not shown:
            sys.stderr.write(f"{problem.rstrip()}\n")
        if self.json and not self.answered:
            self.answered = True
            document = json.dumps({"problem": problem.strip(), "exit": int(code)}, indent=2)
            # Whoever closed the pipe does not read it.
            with suppress(BrokenPipeError):
                sys.stdout.write(document.replace("\x7f", "\\u007f") + "\n")
                sys.stdout.flush()
        return code

    def unexpected(self, error: BaseException, code: int) -> int:
        """An error of ours: a line that names its kind, and a file that says where it happened."""
        if self.debug:
            traceback.print_exception(error)
        kept = self._keep(error)
        where = f"Where it happened is in {kept}, without any data" if kept else "It was not kept"
        return self.tell(
            f"Something unexpected happened ({type(error).__name__}): a fault of Regulars or of the machine. "
            f"{where}; regulars --debug COMMAND shows all of it. What was finished stays.",
            code,
        )

    def _keep(self, error: BaseException) -> Path | None:
        """Add to the workspace's file, for its owner only; None where there is no workspace to write to."""
        if self.directory is None or not (self.directory / "regulars.toml").exists():
            return None
        path = self.directory / ERRORS_FILE
        try:
            anew = path.exists() and path.stat().st_size > _LONGEST_FILE
            flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if anew else os.O_APPEND)
            with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n{''.join(_places(error))}\n")
        except OSError:
            return None
        return path


def _places(error: BaseException) -> Iterator[str]:
    """Kinds of errors and lines of code, the cause first. Messages are left out: they quote data."""
    seen = set[int]()
    chain: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        chain.append(each)
        each = each.__cause__ or each.__context__
    for link in reversed(chain):
        yield f"{type(link).__module__}.{type(link).__qualname__}\n"
        yield from traceback.format_tb(link.__traceback__)
