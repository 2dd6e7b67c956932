"""The wheel: what an owner installs holds every file of every package, where the checkout has it."""

import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

HOME = Path(__file__).resolve().parents[2]
BUILD = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"][
    "wheel"
]


def files_of(folder: Path, under: str) -> set[str]:
    return {
        f"{under}/{file.relative_to(folder).as_posix()}"
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
    }


def test_nothing_is_put_elsewhere_in_the_wheel_that_a_package_needs_in_its_place() -> None:
    for moved in BUILD["force-include"]:
        assert not any(Path(moved).is_relative_to(package) for package in BUILD["packages"]), moved


@pytest.mark.network
def test_the_wheel_holds_every_file_of_every_package(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(tmp_path),
        str(HOME),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    wanted = {name for package in BUILD["packages"] for name in files_of(HOME / package, Path(package).name)}
    for source, target in BUILD["force-include"].items():
        wanted |= files_of(HOME / source, target)
    with ZipFile(wheel) as archive:
        missing = wanted - set(archive.namelist())
    assert missing == set()
