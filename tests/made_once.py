"""What takes long to make, made once for all workers of a run."""

import fcntl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MadeOnce:
    """Makes files and folders in a folder that all workers of a run share."""

    folder: Path

    def __call__(self, name: str, make: Callable[[Path], object]) -> Path:
        """What has this name: made by whoever wants it first, while the others wait. Not to be changed."""
        path = self.folder / name
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                with tempfile.TemporaryDirectory(dir=self.folder) as place:
                    make(Path(place) / name)
                    (Path(place) / name).rename(path)
        return path
