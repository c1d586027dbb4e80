"""What only one operating system has: named behind one door, never needed on import."""

from __future__ import annotations

import ast
import builtins
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from installation import systems
from installation.errors import DeviceError

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "installation"

OF_ONE_SYSTEM = frozenset(
    {"fcntl", "grp", "msvcrt", "posix", "pwd", "pty", "resource", "syslog", "termios", "tty", "winreg"}
)
"""Modules of the standard library that not every system has."""

OF_ONE_OS = frozenset(
    {"O_CLOEXEC", "O_NONBLOCK", "getuid", "pidfd_open", "pipe2", "sched_getaffinity", "waitid", "mkfifo", "getgid"}
)
"""What `os` has on some systems."""

LINUX = ("house/child.py", "house/supervisor.py", "soak/", "benchmarks/")
"""Made of Linux's own, and says so before anything starts; what it needs it names where it runs."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_needs_on_import_what_one_system_has(path: Path) -> None:
    tree = ast.parse(path.read_text())
    outside = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    named = {alias.name for node in outside if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in outside if isinstance(node, ast.ImportFrom)}
    assert not named & OF_ONE_SYSTEM
    place = path.relative_to(PACKAGE).as_posix()
    if place == "systems.py" or place.startswith(LINUX):
        return
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    assert not used & OF_ONE_OS, "use installation.systems"


HIDING = """
import builtins, os, sys
hidden, real = {hidden!r}, builtins.__import__
def without(name, globals=None, *rest, **more):
    if name.partition(".")[0] in hidden and str((globals or {{}}).get("__name__")).startswith("installation"):
        raise ImportError(name)
    return real(name, globals, *rest, **more)
builtins.__import__ = without
for name in ("sched_getaffinity", "getloadavg", "pidfd_open", "pipe2", "getuid", "setpriority", "waitid"):
    if hasattr(os, name):
        delattr(os, name)
sys.argv = ["installation", *sys.argv[1:]]
from installation.commands.cli import main
main()
"""


def test_the_command_line_works_where_what_linux_has_is_missing(tmp_path: Path) -> None:
    code = HIDING.format(hidden=sorted(OF_ONE_SYSTEM - {"msvcrt", "winreg"}))
    score, desk = ROOT / "scores" / "first_light.yaml", ROOT / "scores" / "desks" / "midi.yaml"
    for words in (("--help",), ("check", str(score), str(desk))):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_lock_keeps_a_second_one_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("wb") as one, path.open("wb") as other:
        systems.lock(one)
        with pytest.raises(BlockingIOError):
            systems.lock(other)
    with path.open("wb") as later:
        systems.lock(later)


def test_without_a_list_of_processors_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert systems.cores() == (os.cpu_count() or 1)


def test_windows_own_locks_are_used_where_there_are_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Msvcrt:
        LK_NBLCK = 3
        taken: list[int] = []  # noqa: RUF012  one for the test

        def locking(self, number: int, mode: int, size: int) -> None:
            assert (mode, size) == (3, 1)
            if self.taken:
                raise PermissionError(13, "Permission denied")
            self.taken.append(number)

    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "fcntl":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt())
    with (tmp_path / "lock").open("wb") as file:
        systems.lock(file)
        with pytest.raises(BlockingIOError):
            systems.lock(file)


def test_what_is_made_of_linux_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    systems.require_linux("the house", "play")
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(DeviceError, match="the house needs Linux; play"):
        systems.require_linux("the house", "play")


def test_a_user_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "gallery")
    assert systems.user_name() == "gallery"
