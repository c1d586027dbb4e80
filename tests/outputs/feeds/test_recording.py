"""A recording: what was live, with the pictures and the sound of each frame at its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from installation.errors import DeviceError
from installation.outputs.feeds.recording import Recording
from installation.rig import sync_code
from installation.sound.sound_file import RATE

SIZE = (160, 90)
FPS = Fraction(25)
EVENING = datetime(2026, 12, 24, 20, 15, 0)
FOLDER = "2026-12-24T20-15-00"


@contextmanager
def recording(folder: Path, *, has_sound: bool = False) -> Iterator[tuple[Recording, list[str]]]:
    told: list[str] = []
    with Recording(folder, FPS, EVENING, told.append, has_sound=has_sound) as found:
        yield found, told


def coded(number: int) -> bytes:
    return np.repeat(sync_code.draw(number, SIZE)[..., None], 4, 2).tobytes()


def numbers_in(path: Path) -> list[int | None]:
    found: list[int | None] = []
    with av.open(str(path)) as film, suppress(av.error.InvalidDataError):  # the last picture may be half written
        found += (sync_code.read(frame.to_ndarray(format="gray").astype(np.uint8)) for frame in film.decode(video=0))
    return found


def test_a_recording_has_every_frame_and_the_one_before_where_one_was_dropped(tmp_path: Path) -> None:
    with recording(tmp_path) as (evening, _), evening.open_film("left", SIZE) as film:
        for number in (7, 8, 9, 12, 13):
            film.take(number, coded(number))
    assert numbers_in(tmp_path / FOLDER / "left.mp4") == [7, 8, 9, 9, 9, 12, 13]
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["left.mp4"]


def test_a_film_that_breaks_off_stays_and_the_next_has_another_name(tmp_path: Path) -> None:
    with recording(tmp_path) as (evening, _):
        for _ in range(2):
            with evening.open_film("left", SIZE) as film:
                film.take(0, coded(0))
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["left-2.mp4", "left.mp4"]


def test_a_film_that_breaks_off_can_be_watched_as_far_as_it_goes(tmp_path: Path) -> None:
    def until_it_breaks(evening: Recording) -> None:
        with evening.open_film("left", SIZE) as film:
            for number in range(600):
                film.take(number, coded(number))
            film.give_up()
            for number in range(600, 800):
                film.take(number, coded(number))

    with recording(tmp_path) as (evening, _), pytest.raises(DeviceError, match="ffmpeg stopped"):
        until_it_breaks(evening)
    assert numbers_in(tmp_path / FOLDER / "left.mp4")[:60] == list(range(60))


def test_sound_is_heard_at_the_frame_that_it_was_heard_with(tmp_path: Path) -> None:
    """A click in frame 30 of a sound that begins at frame 10; the film begins at frame 20."""
    samples = RATE // 25
    with recording(tmp_path, has_sound=True) as (evening, told):
        for number in range(10, 60):
            if number in (40, 41):
                continue  # skipped: silence
            mix = np.zeros((samples, 2), np.float32)
            if number == 30:
                mix[: samples // 2] = 0.5
            evening.hear(number, {"house": mix, "front": np.zeros_like(mix)})
        with evening.open_film("left", SIZE) as film:
            for number in range(20, 60):
                film.take(number, coded(number))
    path = tmp_path / FOLDER / "left.mp4"
    assert told == []
    assert numbers_in(path)[:3] == [20, 21, 22]
    with av.open(str(path)) as film_file:
        heard = np.concatenate([frame.to_ndarray() for frame in film_file.decode(audio=0)], axis=1)[0]
    loud = np.flatnonzero(np.abs(heard) > 0.2) / RATE
    assert loud.min() == pytest.approx(10 / 25, abs=0.01)
    assert loud.max() == pytest.approx(10.5 / 25, abs=0.01)
    assert [one.name for one in (tmp_path / FOLDER).iterdir()] == ["left.mp4"]


def test_sound_that_cannot_be_joined_is_kept_beside_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with recording(tmp_path, has_sound=True) as (evening, _):
        evening.hear(0, {"house": np.zeros((RATE // 25, 2), np.float32)})
        with evening.open_film("left", SIZE) as film:
            film.take(0, coded(0))
        monkeypatch.setattr("installation.outputs.feeds.recording.SOUND", ("-c:a", "no-such-codec"))
    assert sorted(one.name for one in (tmp_path / FOLDER).iterdir()) == ["left.mp4", "sound.wav"]
    assert numbers_in(tmp_path / FOLDER / "left.mp4") == [0]
    assert soundfile.info(str(tmp_path / FOLDER / "sound.wav")).samplerate == RATE


def test_a_folder_that_cannot_be_made_ends_the_start_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DeviceError, match=r"--record: .* cannot be made: Not a directory; name another"):
        Recording(tmp_path / "file", FPS, EVENING, print, has_sound=False)
