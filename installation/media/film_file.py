"""Films, and folders of numbered pictures: their facts, and their frames one by one, read by PyAV (extra `clips`).

A frame has a number, at the film's own rate. A number gives the same picture in a show, a still and an export, whatever
was read before.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installation.errors import MediaError
from installation.files import Stamp, is_special, samples_of, stamp_of, why_missing
from installation.owner import Owner

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

INSTALL = "install the extra with `pip install installation[clips]`"

KEPT_FRAMES = 48
"""Decoded frames of one film in memory. When a film plays backwards, each seek decodes half as many."""

KEPT_BYTES = 2**29
"""The most memory for these frames: large frames are fewer."""

MAX_PX = 2**26
"""The largest frame: 8192x8192, more than any film codec has."""

ONLY_FILES = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mxf,mpegts,mpeg,mpegvideo,dv,gif,ogg,flv,asf,image2",
}
"""Allowed formats: films, but no playlists, which would make the library open other files, local or on the network."""

NEAR_FRAMES = 60
"""The reader decodes on to a frame up to this far ahead; beyond, it seeks."""

PICTURES = ("*.png", "*.jpg", "*.jpeg", "*.tif", "*.tiff", "*.exr", "*.webp")


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """The facts that a score needs about a film: a digest, its size when upright, its rate and number of frames."""

    digest: str
    width: int
    height: int
    fps: Fraction
    frames: int

    @property
    def seconds(self) -> float:
        return float(self.frames / self.fps)


def film_facts(path: Path, fps: Fraction | None = None) -> FilmFacts:
    """The facts of a film. They are cached until somebody saves the film.

    `fps` is the rate of a folder of pictures. Raises MediaError, also for a missing codec.
    """
    return _facts(path, fps, stamp_of(path))


@lru_cache(maxsize=1024)
def _facts(path: Path, fps: Fraction | None, _stamp: Stamp | None) -> FilmFacts:
    with FilmReader(path, fps) as reader:
        first = reader.frame(0)
        width, height = (first.height, first.width) if reader.turns % 2 else (first.width, first.height)
        return FilmFacts(_digest(path), width, height, reader.fps, reader.count)


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    for file in _pictures(path) if path.is_dir() else [path]:
        found.update(f"{file.name} ".encode())
        for sample in samples_of(file):
            found.update(sample)
    return found.hexdigest()


def _pictures(folder: Path) -> list[Path]:
    """The pictures of a folder in the order of their names: all pictures of its most frequent type."""
    kinds = [sorted(folder.glob(kind)) for kind in PICTURES]
    return max(kinds, key=len)


class FilmReader(Owner):
    """Owns an opened film and its last read frames. Raises MediaError if it cannot open or read the film."""

    def __init__(self, path: Path, fps: Fraction | None = None) -> None:
        self._path = path
        self._container = self._opened(path, fps)
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self.fps = Fraction(fps or self._stream.average_rate or self._stream.base_rate or 25)
        self._first = self._stream.start_time or 0
        self._tick = self._stream.time_base or Fraction(1, 1000)
        self.count = self._counted()
        self.turns = 0
        self._kept: OrderedDict[int, av.VideoFrame] = OrderedDict()
        self._frames: Any = None
        self._next = 0

    def _opened(self, path: Path, fps: Fraction | None) -> InputContainer:
        try:
            # Imported here, so that a show without films needs no extra.
            import av
        except ImportError:
            raise MediaError(f"film {path.name!r}: films need PyAV; {INSTALL}") from None
        if not path.exists():
            raise MediaError(f"film {path.name!r} cannot be read: {why_missing(path)}")
        if is_special(path):
            raise MediaError(f"film {path.name!r} cannot be read: this is not an ordinary file")
        try:
            if path.is_dir():
                pictures = _pictures(path)
                if not pictures:
                    raise MediaError(f"folder {path.name!r} has no pictures")
                options = ONLY_FILES | {"pattern_type": "glob", "framerate": str(fps or 25)}
                container = av.open(str(path / f"*{pictures[0].suffix}"), format="image2", options=options)
            else:
                container = av.open(f"file:{path}", options=dict(ONLY_FILES))
        except MediaError:
            raise
        except Exception as error:  # a foreign file may make the library fail in any way
            raise MediaError(f"{path.name!r} is not a film that can be read: {_words(error)}") from None
        if why := _why_not(container):
            container.close()
            raise MediaError(f"{path.name!r} is not a film{why}")
        return container

    def _counted(self) -> int:
        if self._path.is_dir():
            return len(_pictures(self._path))
        stream = self._stream
        if stream.frames:
            return int(stream.frames)
        seconds = Fraction(stream.duration * self._tick) if stream.duration else None
        if seconds is None and self._container.duration:
            seconds = Fraction(self._container.duration, 1_000_000)
        return max(int(seconds * self.fps), 1) if seconds else 1

    def frame(self, number: int) -> av.VideoFrame:
        """The decoded frame with this number; beyond the end, the last one. Raises MediaError for a damaged film."""
        number = min(max(number, 0), self.count - 1)
        found = self._kept.get(number)
        if found is not None:
            return found
        try:
            return self._read(number)
        except Exception as error:  # as above
            self._frames = None
            raise MediaError(f"film {self._path.name!r} is damaged near frame {number}: {_words(error)}") from None

    def _read(self, number: int) -> av.VideoFrame:
        if self._frames is None or not self._next <= number <= self._next + NEAR_FRAMES:
            self._seek(max(number - KEPT_FRAMES // 2, 0) if number < self._next else number)
        last = None
        for frame in self._frames:
            last, own = frame, self._number_of(frame)
            self._keep(own, frame)
            self._next = own + 1
            if own >= number:
                break
        else:
            self._frames = None  # the film ended earlier than its header says
        if last is None:
            last = self._kept[max(self._kept)] if self._kept else None
        if last is None:
            raise StopIteration(f"there is no frame {number}")
        self.turns = round((getattr(last, "rotation", 0) or 0) / 90) % 4
        self._keep(number, last)
        return last

    def _seek(self, number: int) -> None:
        """Seek a frame: decoding begins at the nearest key frame before it."""
        time = self._first + int(number / self.fps / self._tick)
        self._container.seek(time, stream=self._stream)
        self._frames = self._container.decode(self._stream)
        self._next = number

    def _number_of(self, frame: av.VideoFrame) -> int:
        if frame.pts is None:
            return self._next
        return round((frame.pts - self._first) * self._tick * self.fps)

    def _keep(self, number: int, frame: av.VideoFrame) -> None:
        self._kept[number] = frame
        self._kept.move_to_end(number)
        frame_bytes = 3 * frame.width * frame.height  # an estimate for decoded frames
        while len(self._kept) > min(KEPT_FRAMES, max(KEPT_BYTES // frame_bytes, 2)):
            self._kept.popitem(last=False)

    def close(self) -> None:
        self._kept.clear()
        self._frames = None
        self._container.close()


def _why_not(container: InputContainer) -> str:
    """The mistake in an opened film, as the end of a sentence; empty for none."""
    if not container.streams.video:
        return ": there is no picture in it"
    stream = container.streams.video[0]
    if stream.codec_context is None:
        return " that can be read: this machine does not know its codec"
    if stream.width * stream.height > MAX_PX:
        return f" that can be read: {stream.width}x{stream.height} are too many pixels; scale it down"
    return ""


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
