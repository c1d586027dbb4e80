"""The sink of all feeds: it reads each picture from the card once, one frame later, and only for a connected
receiver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack

from installation.outputs.feeds.feed import Feed, FeedStatistics
from installation.outputs.sink import OutputStatistics
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas, Readback
from installation.sound.mixing import mixdown
from installation.sound.sound_file import Samples


class LiveFeeds(Owner):
    """Gives every feed the pictures of its output. Owns the feeds and the readbacks.

    Reading a picture overlaps with the next frame, so every feed is one frame behind the screens.
    """

    def __init__(self, feeds: Iterable[tuple[str, Feed]] = ()) -> None:
        self._feeds: list[tuple[str, Feed]] = []
        self._readbacks: dict[str, tuple[Canvas, Readback]] = {}
        self._reading: tuple[int, frozenset[str]] | None = None
        with ExitStack() as cleanup:
            cleanup.callback(self._forget)
            for output, feed in feeds:
                self._feeds.append((output, cleanup.enter_context(feed)))
            self._cleanup = cleanup.pop_all()

    @property
    def missing(self) -> list[str]:
        """The feeds' present failures, in sentences."""
        return [feed.missing for _, feed in self._feeds if feed.missing]

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """See Sink."""
        self._hand_on()
        for output, feed in self._feeds:
            if output in canvases:
                feed.sized(canvases[output].size_px)
        wanted = frozenset(output for output, feed in self._feeds if feed.wants) & canvases.keys()
        for output in wanted:
            self._readback_of(output, canvases[output]).start()
        for output, feed in self._feeds:
            if output not in wanted:
                feed.skip()
        if wanted:
            self._reading = frame_number, wanted

    def hear(self, frame_number: int, mix: Mapping[str, Samples]) -> None:
        """Send the sound of a frame, by bus, to every feed."""
        sound = mixdown(mix)
        for _, feed in self._feeds:
            feed.hear(frame_number, sound)

    def statistics(self) -> Mapping[str, OutputStatistics]:
        """Empty, because feeds are not screens; see `of_feeds`."""
        return {}

    def of_feeds(self) -> Mapping[str, FeedStatistics]:
        """The statistics of every feed, by name."""
        return {feed.name: feed.statistics() for _, feed in self._feeds}

    def _hand_on(self) -> None:
        if self._reading is None:
            return
        (frame_number, read), self._reading = self._reading, None
        pictures = {output: self._readbacks[output][1].finish() for output in read}
        for output, feed in self._feeds:
            if output in pictures:
                feed.offer(frame_number, pictures[output])

    def _readback_of(self, output: str, canvas: Canvas) -> Readback:
        """The readback of an output's canvas; a new one if the canvas is new."""
        known = self._readbacks.get(output)
        if known is not None and known[0] is canvas:
            return known[1]
        if known is not None:
            known[1].close()
        self._readbacks[output] = canvas, canvas.readback()
        return self._readbacks[output][1]

    def _forget(self) -> None:
        while self._readbacks:
            self._readbacks.popitem()[1][1].close()

    def close(self) -> None:
        """Pass on the last picture, and end all feeds."""
        self._hand_on()
        self._cleanup.close()
