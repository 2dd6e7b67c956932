"""The small shop's world, backfilled once and then copied: what most tests of the agent begin with."""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent_world import Clock, Front, World, connected
from regulars_agent import Workspace
from regulars_sandbox import RunningServer
from store_copies import StoreCopy, copy_of, put_into

_FRESH = 20.0
"""Seconds for which a backfill counts as just done."""


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port for one server after another. Nobody is given it meanwhile: it is bound, but not listened to."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@dataclass(frozen=True)
class _Kept:
    at: float
    store: StoreCopy
    folder: Path


@dataclass
class WorldCopies:
    """Worlds of one shop at one address: a new shop each time, with the same past."""

    folder: Path
    """Where workspaces are kept."""
    port: int
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def world(self, workspace: Workspace, front: Front, server: RunningServer) -> World:
        """The same as ``connected``, for a workspace with an empty store and a shop that nobody changed."""
        assert server.port == self.port
        kind = workspace.store.dialect
        kept = self._kept.get(kind)
        if kept is None or time.monotonic() - kept.at > _FRESH:
            made = connected(workspace, front, server)
            self._keep(kind, workspace)
            return made
        return _copied(kept, workspace, front, server)

    def _keep(self, kind: str, workspace: Workspace) -> None:
        folder = self.folder / kind
        shutil.rmtree(folder, ignore_errors=True)
        at = time.monotonic()
        shutil.copytree(workspace.settings.directory, folder)
        self._kept[kind] = _Kept(at, copy_of(workspace.store), folder)


def _copied(kept: _Kept, workspace: Workspace, front: Front, server: RunningServer) -> World:
    directory, clock = workspace.settings.directory, workspace.clock
    assert isinstance(clock, Clock)
    assert server.certificate is not None
    shutil.copytree(kept.folder, directory, dirs_exist_ok=True)
    put_into(workspace.store, kept.store)
    bundle = directory / "shop.pem"
    bundle.write_bytes(server.certificate.read_bytes())
    return World(workspace, clock, server.url, bundle, front.shop, front, server)
