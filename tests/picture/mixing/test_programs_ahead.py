"""Programs that there was no time for are compiled by another process, and taken up one by one when that has ended."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from installation.picture.mixing.programs_ahead import EVERY_FRAMES, ProgramsAhead


class Compiler:
    """Stands for the process."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.pid = 0
        self.ended = self.killed = False

    def __call__(self, command: tuple[str, ...], **_pipes: Any) -> Compiler:
        self.commands.append(command)
        return self

    def poll(self) -> int | None:
        return 0 if self.ended else None

    def kill(self) -> None:
        self.killed = True

    def wait(self) -> None:
        assert self.killed or self.ended


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Compiler:
    found = Compiler()
    monkeypatch.setattr(subprocess, "Popen", found)
    monkeypatch.setattr("os.setpriority", lambda *_: None)
    return found


def counted(taken: list[int]) -> Iterator[None]:
    for number in range(3):
        taken.append(number)
        yield


def test_programs_are_taken_up_once_they_are_compiled_and_one_at_a_time(compiler: Compiler) -> None:
    taken: list[int] = []
    with ProgramsAhead(counted(taken), compiled_for=[("grade", "grain")]) as ahead:
        assert json.loads(compiler.commands[0][-1]) == [["grade", "grain"]]
        for number in range(100):
            ahead.look(number)
        assert taken == []
        compiler.ended = True
        for number in range(100, 100 + 2 * EVERY_FRAMES):
            ahead.look(number)
        assert taken == [0, 1]
        for number in range(200, 400):
            ahead.look(number)
        assert taken == [0, 1, 2]


def test_a_show_that_ends_ends_the_process(compiler: Compiler) -> None:
    ahead = ProgramsAhead(counted([]), compiled_for=[])
    ahead.close()
    ahead.close()
    assert compiler.killed


def test_where_there_was_time_for_all_there_is_no_process(compiler: Compiler) -> None:
    with ProgramsAhead() as ahead:
        ahead.look(0)
    assert compiler.commands == []


def test_programs_that_the_player_before_compiled_are_taken_up_without_a_process(compiler: Compiler) -> None:
    taken: list[int] = []
    with ProgramsAhead(counted(taken)) as ahead:
        for number in range(2 * EVERY_FRAMES):
            ahead.look(number)
    assert taken == [0, 1]
    assert compiler.commands == []


def test_an_edit_waits_until_its_programs_are_compiled_and_drawn_with(compiler: Compiler) -> None:
    taken: list[int] = []
    with ProgramsAhead(counted(taken), compiled_for=[("grade",)]) as ahead:
        assert not ahead.step()
        assert taken == []
        compiler.ended = True
        assert [ahead.step() for _ in range(5)] == [False, False, False, True, True]
        assert taken == [0, 1, 2]
