"""Outputs other than the screens: the rig's streams, the command line's streams, and the recording."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from installation.notices import Notices
from installation.outputs.feeds.cost import seconds_per_pixel, warning
from installation.outputs.feeds.feed import Feed, Receiver, SizePx
from installation.outputs.feeds.live_feeds import LiveFeeds
from installation.outputs.feeds.ndi_sender import open_ndi
from installation.outputs.feeds.network_stream import CODECS, open_network_stream
from installation.outputs.feeds.recording import FILM, Recording
from installation.outputs.feeds.virtual_camera import open_camera
from installation.outputs.films.formats import FilmFormat
from installation.owner import Owner
from installation.rig.streams import Stream
from installation.sound.sound_file import Samples

log = logging.getLogger(__name__)

FINISHING_SECONDS = 20.0
"""How long the end of a show waits for a film to be written."""

OWN_WAYS = ("ndi", "camera")
"""Kinds of streams that need no ffmpeg."""


class Broadcast(Owner):
    """Owns feeds and recording. Give the player its `feeds` as an optional sink; call `hear` and `step` after every
    frame.

    `sizes` are the outputs' sizes in pixels (width, height). With `record` all outputs are recorded in that folder.
    Streams and recording have sound if the show `has_sound`. Raises DeviceError if the folder cannot be written.
    """

    def __init__(
        self,
        streams: Sequence[Stream],
        record: Path | None,
        sizes: Mapping[str, SizePx],
        fps: Fraction,
        notices: Notices,
        *,
        has_sound: bool,
    ) -> None:
        self._notices, self._fps, self._has_sound = notices, fps, has_sound
        self._told: list[str] = []
        self._said: dict[str, str] = {}
        self._films: list[Feed] = []
        for one in streams:
            if one.output not in sizes:
                names = ", ".join(sizes)
                self._said[one.name] = f"stream {one.name}: no output {one.output!r} is shown here; there are {names}"
        with ExitStack() as cleanup:
            self.recording: Recording | None = None
            if record is not None:
                self.recording = cleanup.enter_context(
                    Recording(record, fps, datetime.now().astimezone(), self._tell_of_sound, has_sound=has_sound)
                )
            feeds = [(one.output, self._feed(one)) for one in streams]
            if self.recording is not None:
                feeds += [(output, self._filming(output, self.recording)) for output in sizes]
            self.feeds = cleanup.enter_context(LiveFeeds(feeds))
            threading.Thread(target=self._foretell, args=(streams, sizes), name="cost of feeds", daemon=True).start()
            self._cleanup = cleanup.pop_all()

    def hear(self, frame_number: int, mix: Mapping[str, Samples]) -> None:
        """Send and record the sound of a frame, by bus."""
        self.feeds.hear(frame_number, mix)
        if self.recording is not None:
            self.recording.hear(frame_number, mix)

    def step(self) -> None:
        """Put problems of streams and recordings into the notices, if they have changed."""
        told = [*self._said.values(), *self.feeds.missing, *self._lost()]
        if told != self._told:
            self._told = told
            self._notices.put("streams", *told)

    def as_json(self) -> dict[str, object]:
        """The pictures sent and dropped, and more, of every stream and recording."""
        return {name: asdict(one) for name, one in self.feeds.of_feeds().items()}

    def counts(self) -> Mapping[str, int]:
        """The pictures sent and dropped, with labels for the page."""
        told: dict[str, int] = {}
        for name, one in self.feeds.of_feeds().items():
            told |= {f"{name}: pictures sent": one.sent, f"{name}: pictures dropped": one.dropped}
        return told

    def _feed(self, stream: Stream) -> Feed:
        def opened(size_px: SizePx) -> AbstractContextManager[Receiver]:
            if stream.kind == "ndi":
                return open_ndi(stream, size_px, self._fps)
            if stream.kind == "camera":
                return open_camera(stream, size_px, self._fps)
            return open_network_stream(stream, size_px, self._fps, has_sound=self._has_sound)

        return Feed(f"stream {stream.name}", opened, is_patient=stream.is_listener)

    def _filming(self, output: str, recording: Recording) -> Feed:
        film = Feed(
            f"recording of {output}",
            lambda size_px: recording.open_film(output, size_px),
            closing_seconds=FINISHING_SECONDS,
        )
        self._films.append(film)
        return film

    def _lost(self) -> list[str]:
        way_out = "it repeats the picture before instead; record fewer outputs, or smaller ones"
        lost = (film.name for film in self._films if film.statistics().overrun)
        return [f"{name}: this machine cannot write all pictures; {way_out}" for name in lost]

    def _tell_of_sound(self, sentence: str) -> None:
        self._said["sound"] = sentence

    def _foretell(self, streams: Sequence[Stream], sizes: Mapping[str, SizePx]) -> None:
        """Warn early if this machine is too slow for all films. This runs in the background while the show plays."""
        pixels: defaultdict[FilmFormat, float] = defaultdict(float)
        packed = [(CODECS[one.codec], one.output) for one in streams if one.kind not in OWN_WAYS]
        packed += [(FILM, output) for output in sizes if self.recording is not None]
        for film, output in packed:
            width, height = sizes.get(output, (0, 0))
            pixels[film] += width * height * float(self._fps)
        processors = sum(count * (cost or 0.0) for film, count in pixels.items() for cost in [seconds_per_pixel(film)])
        if sentence := warning(processors):
            self._said["cost"] = sentence

    def close(self) -> None:
        for name, one in self.feeds.of_feeds().items():
            log.info("%s: %d pictures, %d dropped", name, one.sent, one.dropped)
        self._cleanup.close()
