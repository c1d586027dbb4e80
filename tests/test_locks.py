"""What is installed: everything that pyproject.toml asks for is locked, as it was tried, with its hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OF_TORCH = {"timm", "torchvision"}
"""Extras that fit one build of torch alone."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
LOCKS = {path.name: path.read_text("utf-8") for path in (ROOT / "requirements").glob("*.txt")}
WAY_OUT = "run tools/lock.py"


def pinned(text: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


PINS = {name: pinned(text) for name, text in LOCKS.items()}
PLAY, TEST = PINS["play.txt"], PINS["test.txt"]


@pytest.mark.parametrize(
    ("what", "asked", "locked"),
    [
        ("a show", PROJECT["project"]["dependencies"], PLAY),
        ("the build", PROJECT["dependency-groups"]["build"] + PROJECT["build-system"]["requires"], PLAY),
        ("the extra test", EXTRAS["test"], TEST),
        ("the extra cuda", EXTRAS["cuda"], PINS["cuda.txt"]),
        *(
            (f"the extra {name}", asked, PLAY | PINS["extras.txt"])
            for name, asked in EXTRAS.items()
            if name not in OF_TORCH | {"test", "cuda"}
        ),
    ],
)
def test_everything_that_is_asked_for_is_locked(what: str, asked: list[str], locked: dict[str, str]) -> None:
    for line in asked:
        wanted = Requirement(line)
        version = locked.get(canonicalize_name(wanted.name))
        assert version is not None, f"{what} needs {wanted.name}, which is not locked; {WAY_OUT}"
        assert wanted.specifier.contains(version, prereleases=True), f"{what} needs {line}, {version} is locked"


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_locked_is_what_was_tried_and_has_hashes(name: str) -> None:
    tried = pinned((ROOT / "constraints.txt").read_text("utf-8"))
    for package, version in PINS[name].items():
        assert tried.get(package, version) == version.partition("+")[0], f"{package}; {WAY_OUT}"
    for block in re.split(r"\n(?=[^\s#])", LOCKS[name])[1:]:
        assert re.search(r"\n    --hash=sha256:[0-9a-f]{64}", block), block


def test_tests_run_with_all_that_a_show_is_played_with() -> None:
    assert PLAY.items() | PINS["extras.txt"].items() <= TEST.items(), WAY_OUT
