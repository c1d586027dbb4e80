"""What is installed from a wheel has all that a checkout has: shaders, scores, atlas, the console page."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from installation import __version__

PROJECT = Path(__file__).parents[1]
SHOWN = (
    "import installation, sys; print(installation.__file__); "
    "from installation.commands.cli import main; sys.exit(main())"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the player as a wheel installs it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("folder", ["shaders", "scores", "installation/desk/page/static"])
def test_everything_that_is_not_python_is_in_the_wheel(installed: Path, folder: str) -> None:
    in_wheel = installed / "installation" / folder.removeprefix("installation/")
    assert _files(in_wheel) == _files(PROJECT / folder)


def test_the_wheel_has_the_version_that_the_player_tells(installed: Path) -> None:
    assert [path.name for path in installed.glob("*.dist-info")] == [f"installation-{__version__}.dist-info"]


def test_the_installed_player_finds_its_own_score(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-c", SHOWN, "check"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(installed)}, check=True, capture_output=True, text=True
    )
    where, found = done.stdout.splitlines()
    assert Path(where).parents[1] == installed
    assert found == f"{installed}/installation/scores/first_light.yaml: no mistakes"


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
