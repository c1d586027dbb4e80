"""Files that somebody else wrote: ordinary ones are read, everything else is refused in words and never waited for."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.files import SAMPLED_BYTES, WHOLE_BYTES, digest_of, read_regular, why_missing, write_atomically


def refusal(path: Path, max_bytes: int = 100) -> str:
    with pytest.raises(OSError, match=r".") as done:
        read_regular(path, max_bytes)
    return str(done.value.strerror)


def test_an_ordinary_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "score.yaml"
    file.write_bytes(b"x" * 100)
    assert read_regular(file, 100) == b"x" * 100
    assert refusal(file, 99) == "100 bytes are too many: 99 at most"


def test_a_large_file_is_told_from_others_by_samples_and_a_small_one_by_every_byte(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.touch()

    def digest(size: int, at: int) -> str:
        os.truncate(film, 0)
        os.truncate(film, size)
        with film.open("r+b") as file:
            file.seek(at)
            file.write(b"x")
        return digest_of(film)

    large = WHOLE_BYTES + 1
    assert len({digest(large, 0), digest(large, large // 2), digest(large, large - 1), digest(large + 1, 0)}) == 4
    assert digest(large, SAMPLED_BYTES) == digest(large, SAMPLED_BYTES + 1), "what lies between is not read"
    assert digest(20, 9) == hashlib.sha256(b"\0" * 9 + b"x" + b"\0" * 10).hexdigest()


def test_what_is_no_ordinary_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "this is not an ordinary file"
    assert refusal(Path("/dev/zero")) == "this is not an ordinary file"
    assert refusal(tmp_path) == "this is a folder: name a file in it"
    assert "NUL" in refusal(Path("a\0b"))


def test_a_missing_file_is_told_with_the_reason(tmp_path: Path) -> None:
    assert refusal(tmp_path / "sea.yaml") == "there is no such file"
    (tmp_path / "link.yaml").symlink_to("gone.yaml")
    assert refusal(tmp_path / "link.yaml") == "this is a link to gone.yaml, which does not exist"


def test_a_name_from_another_system_that_only_looks_the_same_is_told(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "Süd.cube")).write_text("")
    told = why_missing(tmp_path / unicodedata.normalize("NFC", "Süd.cube"))
    assert r"the file on disk is called 'Su\u0308d.cube'" in told
    assert told.endswith(r"rename it to 'S\xfcd.cube'")


def test_a_device_or_pipe_is_written_into_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DeviceError, match="cannot be written"):
        write_atomically(pipe, b"nobody reads")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(pipe, b"report")
        assert os.read(reader, 100) == b"report"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    write_atomically(Path("/dev/null"), b"report")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(DeviceError, match="No space left"):
        write_atomically(Path("/dev/full"), b"report")
    assert Path("/dev/full").is_char_device()
