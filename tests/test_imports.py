"""The rooms' walls: which module may import what, as tests/rooms.py and ARCHITECTURE.md say."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.rooms import (
    CIRCLES,
    EVERYTHING,
    HALL,
    MAY_LOAD_TORCH,
    MAY_NAME_GLFW,
    NAMED_ALL_THE_SAME,
    NOT_LOADED,
    NOT_NAMED,
    ROOMS,
    table,
)

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "installation"
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in PACKAGE.rglob("*.py") if path.stem != "__init__"
)
PACKAGES = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}


def room_of(name: str) -> str:
    """The room of a module or package, such as `picture.decoding`; empty for the hall."""
    package = name if name in PACKAGES else name.rpartition(".")[0]
    return package.partition(".")[2]


@cache
def named_imports(module: str) -> frozenset[str]:
    """Every module and library that a module names, wherever in it the import stands."""
    tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    return frozenset(name for node in ast.walk(tree) for name in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            one = f"{node.module}.{alias.name}"
            yield one if one in PACKAGES or one in MODULES else node.module


def rules(table: dict[str, tuple[str, ...]], module: str) -> tuple[str, ...]:
    return tuple(name for room, names in table.items() if (module + ".").startswith(room + ".") for name in names)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_names_only_rooms_that_its_own_may_name(module: str) -> None:
    room = room_of(module)
    named = {room_of(name) for name in named_imports(module) if name.startswith("installation.")} - {room, ""}
    if not room:
        assert not named, f"{module} stands in the hall, which names no room"
    elif ROOMS[room] != (EVERYTHING,):
        assert named <= set(ROOMS[room]), f"{module} names {named - set(ROOMS[room])}; see tests/rooms.py"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_names_only_libraries_that_its_room_may(module: str) -> None:
    named = named_imports(module)
    for name in rules(NOT_NAMED, module):
        if (module, name) not in NAMED_ALL_THE_SAME:
            assert not any(f"{found}.".startswith(f"{name}.") for found in named), f"{module} imports {name}"
    if not module.startswith(MAY_NAME_GLFW):
        assert "glfw" not in named, f"{module} imports glfw; only outputs/windows may"


def test_the_table_knows_every_room_and_no_other() -> None:
    rooms = {room_of(module) for module in MODULES}
    assert rooms - {""} == set(ROOMS)
    assert {module.rpartition(".")[2] for module in MODULES if not room_of(module)} == set(HALL)


def test_no_room_is_allowed_what_it_does_not_name() -> None:
    named: dict[str, set[str]] = {room: set() for room in ROOMS}
    for module in MODULES:
        if room := room_of(module):
            named[room] |= {room_of(name) for name in named_imports(module) if name.startswith("installation.")}
    for room, allowed in ROOMS.items():
        if allowed != (EVERYTHING,):
            assert set(allowed) <= named[room], (
                f"{room} no longer names {set(allowed) - named[room]}: shorten the table"
            )


def test_arrows_between_rooms_run_one_way() -> None:
    arrows = {
        room: [other for other in allowed if (room, other) not in CIRCLES and other != EVERYTHING]
        for room, allowed in ROOMS.items()
    }
    assert list(TopologicalSorter(arrows).static_order())
    assert not {"benchmarks", "commands"} & {other for named in arrows.values() for other in named}


def test_the_architecture_shows_the_table() -> None:
    assert table() in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), f"ARCHITECTURE.md lacks:\n{table()}"


def must_not_load(module: str) -> tuple[str, ...]:
    """What a process that imports a module must not load, be it through others."""
    return rules(NOT_LOADED, module) + (() if module.startswith(MAY_LOAD_TORCH) else ("torch",))


@pytest.mark.parametrize("module", [module for module in MODULES if must_not_load(module)])
def test_a_module_loads_only_what_its_room_may(module: str) -> None:
    loaded = modules_loaded_by(module)
    for name in must_not_load(module):
        assert not any(f"{found}.".startswith(f"{name}.") for found in loaded), f"importing {module} loads {name}"


def modules_loaded_by(module: str) -> list[str]:
    """The names in sys.modules of a fresh process that has imported `module` alone."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()
