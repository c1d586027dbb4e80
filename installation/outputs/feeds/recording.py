"""A recording of a live show: every output as a film with its sound, in a new folder."""

from __future__ import annotations

import logging
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import NamedTuple

from installation.errors import DeviceError
from installation.files import take_name
from installation.outputs.feeds.feed import NICENESS
from installation.outputs.films.ffmpeg_pipe import FfmpegPipe, ffmpeg, raw_pictures
from installation.outputs.films.formats import FilmFormat
from installation.outputs.films.video_file import encoding
from installation.owner import Owner
from installation.sound.live_track import LiveTrack
from installation.sound.sound_file import Samples

log = logging.getLogger(__name__)

FILM = FilmFormat("H.264", ".mp4", "libx264", "mp4", ("-preset", "ultrafast", "-crf", "18"), "yuv420p", (2, 2))
"""Fast rather than small, because it is written during a show."""

READABLE_AT_ANY_TIME = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-g", "60")
"""After a power cut a film is playable up to its last two seconds."""

SOUND = ("-c:a", "aac", "-b:a", "320k")


class Recording(Owner):
    """Owns a folder under `folder`, named after the time `now`, and its sound track, if any.

    `open_film` opens the receiver of an output's pictures. Films have hidden names until the recording closes, and then
    get their part of the `sound`. Raises DeviceError if the folder cannot be made.
    """

    def __init__(
        self, folder: Path, fps: Fraction, now: datetime, tell: Callable[[str], object], *, has_sound: bool
    ) -> None:
        self.folder = folder / now.strftime("%Y-%m-%dT%H-%M-%S")
        self._fps = fps
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DeviceError(
                f"--record: {self.folder} cannot be made: {error.strerror}; name another folder"
            ) from error
        self._films: list[_Ended] = []
        self._guard = threading.Lock()
        self.sound: LiveTrack | None = None
        if has_sound:
            self.sound = LiveTrack(
                self.folder / ".sound.part", fps, lambda error: tell(f"the recording has no more sound: {error}")
            )

    @contextmanager
    def open_film(self, output: str, size_px: tuple[int, int]) -> Iterator[RecordedFilm]:
        """The receiver of an output's pictures, while the context is entered. Raises DeviceError."""
        path = next(one for one in self._names(output) if not one.exists() and not _hidden(one).exists())
        if misfit := FILM.misfit(size_px):
            raise DeviceError(f"{path}: {misfit}; give the output another")
        options = ("-an", *encoding(FILM), *READABLE_AT_ANY_TIME, "-r", str(self._fps), "-f", FILM.container)
        target = f"file:{_hidden(path)}"
        with FfmpegPipe(str(path), raw_pictures(size_px, self._fps), (*options, target), niceness=NICENESS) as pipe:
            film = RecordedFilm(pipe)
            try:
                yield film
                pipe.finish()
            finally:  # an interrupted film is kept as far as it goes
                pipe.close()
                if film.first is not None and _hidden(path).exists():
                    with self._guard:
                        self._films.append(_Ended(path, film.first))

    def hear(self, frame_number: int, mix: Mapping[str, Samples]) -> None:
        """Record the sound of a frame, by bus."""
        if self.sound is not None:
            self.sound.hear(frame_number, mix)

    def close(self) -> None:
        """Give all ended films their names, and then their sound. Close the feeds before."""
        films, self._films = self._films, []
        for film in films:
            take_name(_hidden(film.path), film.path)
        sound, self.sound = self.sound, None
        if sound is None:
            return
        sound.close()
        first = sound.first
        offsets = [(one.path, 0.0 if first is None else float((one.first - first) / self._fps)) for one in films]
        joined = [first is None or self._join(path, sound.path, offset) for path, offset in offsets]
        if all(joined):
            sound.path.unlink(missing_ok=True)
            return
        take_name(sound.path, self.folder / "sound.wav")
        log.warning("%s: not all films have their sound; it is in sound.wav beside them", self.folder)

    def _join(self, film: Path, sound: Path, offset: float) -> bool:
        """Add the sound from `offset` seconds on to a film; False if ffmpeg failed."""
        joined = _hidden(film)
        cut = ("-ss", f"{offset:.6f}") if offset >= 0 else ("-itsoffset", f"{-offset:.6f}")
        command = [
            *(ffmpeg(), "-y", "-nostdin", "-hide_banner", "-loglevel", "error", "-i", f"file:{film}"),
            *(*cut, "-i", f"file:{sound}", "-map", "0:v", "-map", "1:a", "-c:v", "copy", *SOUND),
            *("-shortest", "-f", "mp4", f"file:{joined}"),
        ]
        if subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode:
            joined.unlink(missing_ok=True)
            return False
        take_name(joined, film)
        return True

    def _names(self, output: str) -> Iterator[Path]:
        yield self.folder / f"{output}{FILM.suffix}"
        yield from (self.folder / f"{output}-{number}{FILM.suffix}" for number in count(2))


class _Ended(NamedTuple):
    """A written film and its first frame; it has its hidden name until the recording ends."""

    path: Path
    first: int


class RecordedFilm:
    """Takes pictures and writes them at the show's rate, repeating the last one for missing ones; see Receiver."""

    def __init__(self, pipe: FfmpegPipe) -> None:
        self._pipe = pipe
        self._last: tuple[int, bytes] | None = None
        self.first: int | None = None

    def take(self, frame_number: int, picture: bytes) -> None:
        if self._last is None:
            self.first = frame_number
        else:
            number, before = self._last
            for _ in range(number + 1, frame_number):
                self._pipe.write(before)
        self._pipe.write(picture)
        self._last = frame_number, picture

    def give_up(self) -> None:
        self._pipe.give_up()

    def hear(self, frame_number: int, sound: Samples) -> None:
        """Do nothing: all films of a recording share one sound track."""


def _hidden(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
