"""A film's frame is the same picture whatever was asked before it."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from installation.errors import MediaError
from installation.media.film_file import KEPT_FRAMES, FilmReader, film_facts
from tests.media.films import FPS, STEP, save_film
from tests.media.pictures import plain, save


def grey(reader: FilmReader, number: int) -> float:
    return float(reader.frame(number).to_ndarray(format="rgb24").mean())


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return save_film(tmp_path / "film.mp4")


def test_a_film_tells_its_size_rate_and_length(film: Path) -> None:
    facts = film_facts(film)
    assert (facts.width, facts.height, facts.fps, facts.frames, facts.seconds) == (64, 36, Fraction(FPS), 50, 2.0)


@pytest.mark.parametrize(
    "numbers",
    [range(50), range(49, -1, -1), [40, 3, 3, 41, 0, 49], [10, 30, 11, 31, 12], [49, 0, 49]],
    ids=["forwards", "backwards", "here and there", "two places in turn", "from end to start"],
)
def test_a_frame_is_the_same_however_it_is_reached(film: Path, numbers: list[int]) -> None:
    with FilmReader(film) as reader:
        assert [grey(reader, number) for number in numbers] == pytest.approx([STEP * n for n in numbers], abs=2.5)
        assert len(reader._kept) <= KEPT_FRAMES


def test_beyond_its_end_a_film_stands_on_its_last_frame(film: Path) -> None:
    with FilmReader(film) as reader:
        assert grey(reader, 1000) == grey(reader, 49)


def test_a_folder_of_pictures_is_a_film_at_the_rate_that_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(8):
        save(folder / f"a{number:03d}.png", plain(20 * number, 20 * number, 20 * number))
    (folder / "notes.txt").write_text("not a picture")
    assert film_facts(folder, Fraction(12)).frames == 8
    assert film_facts(folder, Fraction(12)).fps == 12
    with FilmReader(folder, Fraction(12)) as reader:
        assert [grey(reader, number) for number in (7, 0, 3)] == [140, 0, 60]


def test_a_film_saved_anew_has_another_digest(film: Path) -> None:
    before = film_facts(film).digest
    save_film(film, 49)
    assert film_facts(film).digest != before


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"hello", "is not a film that can be read"), (None, "cannot be read")],
)
def test_what_is_no_film_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(MediaError, match=f"'a.mp4' {told}"):
        film_facts(tmp_path / "a.mp4")


def test_an_empty_folder_and_a_sound_are_no_films(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    with pytest.raises(MediaError, match="has no pictures"):
        film_facts(tmp_path / "frames")


PLAYLISTS = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXTINF:1,\nfilm.mp4\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile film.mp4\n",
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5555 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
)


@pytest.mark.parametrize("content", PLAYLISTS)
@pytest.mark.parametrize("name", ["list.mp4", "list.m3u8", "list.ffconcat", "list.sdp"])
def test_a_list_of_other_files_or_addresses_is_no_film(film: Path, content: str, name: str) -> None:
    path = film.with_name(name)
    path.write_text(content)
    with pytest.raises(MediaError, match=f"'{name}' is not a film that can be read"):
        film_facts(path)


def test_a_pipe_is_no_film_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film.mp4")
    with pytest.raises(MediaError, match="this is not an ordinary file"):
        film_facts(tmp_path / "film.mp4")


def test_a_film_that_was_cut_off_is_damaged_where_it_ends(film: Path) -> None:
    save_film(film, 200, gop=50)
    whole = film.read_bytes()
    film.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"not a film that can be read|damaged"), FilmReader(film) as reader:
        np.asarray([grey(reader, number) for number in range(0, 200, 20)])
