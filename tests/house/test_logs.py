"""Logs that can be read by people and machines, and that never fill the disk."""

from __future__ import annotations

import errno
import io
import json
import logging
import time
from datetime import datetime
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.house.logs import log_to

LOGGER = logging.getLogger("tests.house")


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_record_is_one_line_for_machines_and_one_for_people(tmp_path: Path) -> None:
    with log_to(tmp_path / "logs", "player"):
        LOGGER.warning("output %s is\nlate", "left", extra={"frame": 17})
    (line,) = (tmp_path / "logs" / "player.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert record.pop("time").endswith("+00:00")
    assert record == {"level": "warning", "where": "tests.house", "message": "output left is\nlate", "frame": 17}
    readable = (tmp_path / "logs" / "player.log").read_text()
    assert "WARNING tests.house: output left is" in readable
    when = datetime.fromisoformat(" ".join(readable.split()[:2]))
    assert when.utcoffset() is not None
    assert abs(when.timestamp() - time.time()) < 60


def test_a_traceback_stays_on_the_line(tmp_path: Path) -> None:
    with log_to(tmp_path, "player"):
        try:
            raise OSError("no cable")
        except OSError:
            LOGGER.exception("window failed")
    (line,) = (tmp_path / "player.jsonl").read_text().splitlines()
    assert 'raise OSError("no cable")' in json.loads(line)["traceback"]


def test_logs_rotate_and_never_take_more_than_their_share_of_the_disk(tmp_path: Path) -> None:
    with log_to(tmp_path, "player", file_bytes=1000, files=3):
        for number in range(200):
            LOGGER.info("frame %d", number)
    assert len(list(tmp_path.iterdir())) == 6
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 6000
    assert "frame 199" in (tmp_path / "player.log").read_text()


def test_a_full_disk_is_told_once_and_does_not_end_the_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "player.log").symlink_to("/dev/full")
    with log_to(tmp_path, "player"):
        for number in range(1000):
            LOGGER.info("frame %d", number)
    assert capsys.readouterr().err.count("No space left on device") == 1
    assert "frame 999" in (tmp_path / "player.jsonl").read_text()


class FullDisk(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_again_is_told_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with log_to(tmp_path, "player"):
        handler = logging.getLogger().handlers[-1]
        assert isinstance(handler, logging.StreamHandler)
        room = handler.stream
        for stream in (FullDisk(), FullDisk(), room, FullDisk(), room):
            handler.stream = stream
            LOGGER.info("a frame")
    told = capsys.readouterr().err
    assert told.count("No space left on device; the log continues here until that file can be written again") == 2
    assert told.count("player.log has recovered") == 2


def test_a_folder_that_cannot_be_written_is_said_before_the_show(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeviceError, match="name a folder for logs"), log_to(tmp_path / "file" / "logs", "player"):
        pass


def test_nothing_is_logged_after_the_block(tmp_path: Path) -> None:
    with log_to(tmp_path, "player"):
        LOGGER.info("in")
    LOGGER.info("out")
    assert "out" not in (tmp_path / "player.log").read_text()


def test_a_player_that_resumes_logs_as_soon_as_the_disk_allows_it(tmp_path: Path) -> None:
    folder = tmp_path / "disk" / "logs"
    folder.parent.write_text("not mounted yet")
    with log_to(folder, "player", patient=True):
        LOGGER.warning("first")
        folder.parent.unlink()
        folder.mkdir(parents=True)
        LOGGER.warning("second")
    assert (folder / "player.log").read_text().endswith("second\n")


def test_what_ends_a_show_stands_at_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), log_to(tmp_path, "player"):
        raise ZeroDivisionError("no such frame")
    (line,) = (tmp_path / "player.jsonl").read_text().splitlines()
    assert "ZeroDivisionError: no such frame" in json.loads(line)["traceback"]


def test_a_mistake_that_ends_a_show_stands_in_its_log_too(tmp_path: Path) -> None:
    with pytest.raises(DeviceError), log_to(tmp_path, "player"):
        raise DeviceError("there is no display")
    assert "ERROR installation.house.logs: ended: there is no display" in (tmp_path / "player.log").read_text()
