"""A file of lines on a disk that has its bad days. The system refuses for real: no file may grow beyond a limit."""

from __future__ import annotations

import logging
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installation.desk.journal.append_log import MAX_WAITING_BYTES, AppendLog

PATIENCE_SECONDS = 10.0


@contextmanager
def full_disk(limit_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond a size: the system fails every write that would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room_bytes", [0, 3, 8, 11])
def test_what_a_full_disk_refuses_follows_when_it_has_room_and_no_line_is_torn(tmp_path: Path, room_bytes: int) -> None:
    path = tmp_path / "log"
    with AppendLog(path) as log:
        log.write(b"first\n")
        with full_disk(6 + room_bytes):
            log.write(b"second\n")
            log.write(b"third\n")
        log.write(b"fourth\n")
    assert path.read_bytes() == b"first\nsecond\nthird\nfourth\n"
    assert (log.failed_writes > 0, log.lost_lines) == (True, 0)


def test_lines_that_wait_are_written_without_another_message(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with AppendLog(path) as log:
        with full_disk(0):
            log.write(b"last words\n")
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not path.stat().st_size:
            assert time.monotonic() < give_up
    assert path.read_bytes() == b"last words\n"


def test_a_patient_ledger_waits_for_a_disk_that_cannot_be_written_yet(tmp_path: Path) -> None:
    path = tmp_path / "not mounted yet" / "log"
    with AppendLog(path, patient=True) as log:
        log.write(b"first\n")
        path.parent.mkdir()
        log.write(b"second\n")
    assert path.read_bytes() == b"first\nsecond\n"


def test_a_disk_that_stays_full_for_weeks_loses_the_oldest_lines_and_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "log"
    line = b"x" * 65_535 + b"\n"
    with AppendLog(path) as log:
        with full_disk(0):
            for _ in range(MAX_WAITING_BYTES // len(line) + 3):
                log.write(line)
        log.write(b"end\n")
    assert log.lost_lines == 4
    assert path.read_bytes().endswith(b"end\n")


def test_a_failure_that_goes_on_is_told_once_and_once_when_it_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with AppendLog(tmp_path / "log") as log, caplog.at_level(logging.WARNING):
        with full_disk(0):
            for _ in range(20):
                log.write(b"line\n")
        log.write(b"line\n")
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_closed_ledger_leaves_no_thread_and_no_file(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    log = AppendLog(tmp_path / "log")
    log.write(b"line\n")
    log.close()
    log.close()
    assert (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == before


def renewed(log: AppendLog, path: Path, head: bytes) -> list[bytes]:
    """Have it begin anew; what the file held when it was to be kept."""
    kept: list[bytes] = []
    done = threading.Event()

    def keep() -> None:
        kept.append(path.read_bytes())
        done.set()

    log.compact(head, keep)
    assert done.wait(PATIENCE_SECONDS)
    return kept


def test_a_long_file_begins_anew_with_what_stands_for_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with AppendLog(path) as log:
        log.write(b"first\nsecond\n")
        assert renewed(log, path, b"both\n") == [b"first\nsecond\n"]
        log.write(b"third\n")
    assert path.read_bytes() == b"both\nthird\n"
    assert [one.name for one in tmp_path.iterdir()] == ["log"]


def test_lines_written_while_a_file_begins_anew_are_in_both(tmp_path: Path) -> None:
    path = tmp_path / "log"
    held = threading.Event()
    before: list[bytes] = []
    with AppendLog(path) as log:
        log.write(b"first\n")

        def keep() -> None:
            log.write(b"second\n")
            before.append(path.read_bytes())
            held.set()

        log.compact(b"begun\n", keep)
        assert held.wait(PATIENCE_SECONDS)
    assert before == [b"first\nsecond\n"]
    assert path.read_bytes() == b"begun\nsecond\n"


def test_a_disk_without_room_for_a_new_file_keeps_the_long_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with AppendLog(path) as log, full_disk(16):
        log.write(b"first\n")
        log.compact(b"longer than there is room\n", lambda: None)
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not log.failed_compactions:
            assert time.monotonic() < give_up
        log.write(b"second\n")
    assert path.read_bytes() == b"first\nsecond\n"
