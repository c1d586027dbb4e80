"""The rooms' walls: which module may import what, as ARCHITECTURE.md says. One process per module, so nothing hides."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "installation"
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in PACKAGE.rglob("*.py") if path.stem != "__init__"
)

FORBIDDEN_WITHIN = {
    "installation.show": ("numpy", "torch", "moderngl", "glfw", "yaml", "pydantic"),
    "installation.score": ("torch", "moderngl", "glfw"),
    "installation.picture": ("installation.score", "installation.desk", "installation.outputs", "glfw"),
    "installation.outputs": ("installation.score", "installation.desk", "torch"),
    "installation.desk": ("torch", "moderngl", "glfw", "installation.picture", "installation.outputs"),
    "installation.atlas": ("moderngl", "glfw", "installation.score", "installation.desk", "installation.picture"),
    "installation.player": ("installation.studio",),
    "installation.cli": ("torch", "moderngl", "glfw"),
}
"""Room -> what no module of it may load, be it through others."""

FORBIDDEN_DIRECTLY = {
    "installation.show": ("time", "random", "socket"),
    "installation.picture": ("time", "random"),
}
"""Room -> what no module of it may name in an import; chance is a hash of seed and index, the clock is an argument."""

ALLOWED = {
    ("installation.show.clock", "time"),
}
"""Exceptions: the clock is the one impure door of the show."""

MAY_LOAD_TORCH = (
    "installation.atlas.",
    "installation.editing.",
    "installation.engine",
    "installation.picture.",
    "installation.rehearsal.",
    "installation.studio.",
    "installation.bench",
    "installation.editing.",
    "installation.engine",
    "installation.live",
    "installation.offline",
    "installation.player",
    "installation.production",
)
MAY_NAME_GLFW = ("installation.outputs.windows",)


def rules(table: dict[str, tuple[str, ...]], module: str) -> tuple[str, ...]:
    return tuple(name for room, names in table.items() if (module + ".").startswith(room + ".") for name in names)


def named_imports(module: str) -> set[str]:
    tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_module_names_only_what_its_room_may(module: str) -> None:
    named = named_imports(module)
    for name in rules(FORBIDDEN_DIRECTLY, module):
        if (module, name) not in ALLOWED:
            assert not any(f"{found}.".startswith(f"{name}.") for found in named), f"{module} imports {name}"
    if not module.startswith(MAY_NAME_GLFW):
        assert "glfw" not in named, f"{module} imports glfw; only outputs/windows may"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_loads_only_what_its_room_may(module: str) -> None:
    forbidden = rules(FORBIDDEN_WITHIN, module)
    if not module.startswith(MAY_LOAD_TORCH):
        forbidden += ("torch",)
    loaded = modules_loaded_by(module)
    for name in forbidden:
        assert not any(f"{found}.".startswith(f"{name}.") for found in loaded), f"importing {module} loads {name}"


def modules_loaded_by(module: str) -> list[str]:
    """The names in sys.modules of a fresh process that has imported `module` alone."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()
