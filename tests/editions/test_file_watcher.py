"""Files that are read anew when they were saved."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from installation.editions.file_watcher import COARSE_SECONDS, FileWatcher, as_device_error
from installation.errors import DeviceError, ScoreError


def save(file: Path, text: str) -> None:
    """As editors do: a new file takes the old one's name."""
    other = file.with_suffix(".part")
    other.write_text(text)
    other.replace(file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "score.yaml"
    file.write_text("first")
    return file


def test_what_was_saved_is_read_once_it_rests(file: Path) -> None:
    with FileWatcher(lambda: [file], file.read_text, poll=None) as watch:
        watch.look()
        watch.look()
        assert watch.take() is None
        save(file, "second")
        watch.look()
        assert watch.take() is None
        watch.look()
        read = watch.take()
        assert read is not None
        assert read.value == "second"
        watch.look()
        assert watch.take() is None


def test_a_half_saved_file_is_not_read_before_it_is_whole(file: Path) -> None:
    with FileWatcher(lambda: [file], file.read_text, poll=None) as watch:
        for text in ("s", "sec", "second"):
            file.write_text(text)
            watch.look()
        watch.look()
        read = watch.take()
        assert read is not None
        assert read.value == "second"


def test_a_mistake_is_told_and_mended_by_the_next_saving(file: Path) -> None:
    def read_or_refuse() -> str:
        if "mistake" in file.read_text():
            raise ScoreError("score.yaml:3: no")
        return file.read_text()

    with FileWatcher(lambda: [file], read_or_refuse, poll=None) as watch:
        for text in ("a mistake", "mended"):
            save(file, text)
            watch.look()
            watch.look()
            read = watch.take()
            assert read is not None
            assert (read.value, str(read.error or "")) == (("mended", ""), (None, "score.yaml:3: no"))[
                text == "a mistake"
            ]


def test_a_file_that_is_gone_for_a_moment_does_no_harm(file: Path) -> None:
    with FileWatcher(lambda: [file], lambda: file.read_text() if file.exists() else "gone", poll=None) as watch:
        file.unlink()
        watch.look()
        file.write_text("back")
        watch.look()
        watch.look()
        read = watch.take()
        assert read is not None
        assert read.value == "back"


def test_what_no_file_can_be_read_from_is_told_and_mended_by_the_next_saving(file: Path) -> None:
    """A folder in the file's place, a link that leads to itself, a file of nobody's."""
    with FileWatcher(lambda: [file], file.read_text, poll=None) as watch:
        ways: tuple[Callable[[], None], ...] = (file.mkdir, lambda: file.symlink_to(file))
        for put_in_its_place in ways:
            file.unlink()
            put_in_its_place()
            watch.look()
            watch.look()
            read = watch.take()
            assert read is not None
            assert isinstance(read.error, DeviceError)
            file.rmdir() if file.is_dir() else file.unlink()
            file.write_text("mended")
            watch.look()
            watch.look()
            read = watch.take()
            assert read is not None
            assert read.value == "mended"


@pytest.mark.parametrize(
    "error", [OverflowError("date value out of range"), TypeError("bfloat16"), ValueError("5000 digits"), KeyError("x")]
)
def test_what_nobody_foresaw_is_told_and_what_played_plays_on(file: Path, error: Exception) -> None:
    def reads() -> str:
        if "9999" in file.read_text():
            raise error
        return file.read_text()

    with FileWatcher(lambda: [file], reads, poll=None) as watch:
        for text in ("until: 9999-12-31", "mended"):
            save(file, text)
            watch.look()
            watch.look()
            read = watch.take()
            assert read is not None
            assert (read.value is None) == (text != "mended")
        assert type(error).__name__ in str(as_device_error(error))


def test_a_second_save_within_one_step_of_a_coarse_clock_is_read_too(file: Path) -> None:
    now = [0.0]
    with FileWatcher(lambda: [file], file.read_text, poll=None, steady=lambda: now[0]) as watch:
        for text in ("save 1", "save 2", "save 3"):
            file.write_text(text)
            os.utime(file, (1.8e9, 1.8e9))  # as FAT has it: two seconds are one moment
            for _ in range(2):
                now[0] += COARSE_SECONDS
                watch.look()
            now[0] += 0.1
            watch.look()
            read = watch.take()
            assert read is not None, text
            assert read.value == text
        now[0] += 10 * COARSE_SECONDS
        watch.look()
        watch.look()
        assert watch.take() is None


def test_a_save_that_comes_while_the_one_before_is_read_is_read_too(file: Path) -> None:
    def read_while_another_saves() -> str:
        text = file.read_text()
        if text == "one editor":
            save(file, "the other")
        return text

    with FileWatcher(lambda: [file], read_while_another_saves, poll=None) as watch:
        save(file, "one editor")
        for _ in range(4):
            watch.look()
        read = watch.take()
        assert read is not None
        assert read.value == "the other"


def test_of_two_editors_the_last_one_wins(file: Path) -> None:
    with FileWatcher(lambda: [file], file.read_text, poll=None) as watch:
        save(file, "one editor")
        watch.look()
        save(file, "the other")
        watch.look()
        watch.look()
        read = watch.take()
        assert read is not None
        assert read.value == "the other"


def test_it_works_on_its_own_thread(file: Path) -> None:
    with FileWatcher(lambda: [file], file.read_text, poll=0.001) as watch:
        save(file, "second")
        while (read := watch.take()) is None:
            pass
    assert read.value == "second"
    watch.close()


def test_a_thousand_savings_leave_nothing_behind(file: Path) -> None:
    class Value:
        pass

    with FileWatcher(lambda: [file], Value, poll=None) as watch:
        for number in range(1000):
            file.write_text("x" * (number % 7 + 1) + str(number))
            watch.look()
            watch.look()
            assert watch.take() is not None
        gc.collect()
        assert [one for one in gc.get_objects() if type(one) is Value] == []
