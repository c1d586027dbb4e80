"""One layer on one output from cut to cut: its shots as far as they are known ahead, and its key pictures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil
from operator import itemgetter

from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.supply.decode_queue import DecodeJob
from installation.picture.supply.key_pictures import is_cut
from installation.show.frame import Shot, View

MAX_GAP_FRAMES = 30
"""After more skipped frames than this a layer counts as new."""

MAX_SOFTNESS_STEP = 0.125
"""Softness changes by no more than this from frame to frame."""

FADE_FRAMES = 8
"""The length of a cross-fade between two scales. A hard step from native to 3/4 changes the picture six times as much
as a slow camera in a frame, which is visible; the first of several small steps changed it nearly as much."""


CATCH_UP_SHARE = 0.75
"""Late pictures catch up in fades of this share of their step: twice as fast would look like a jerk."""

Parts = tuple[tuple[DecodedPicture, float], ...]
"""Pictures and their weights, as in LayerPicture.parts."""


@dataclass(frozen=True, slots=True)
class KeyPicture:
    """A picture for frame `number`, which fades in over the `step` frames before. `quality` is 1 for native,
    supersampling.SAMPLES if it has more samples than pixels. If there is a picture `under` it, `share` is this one's
    opacity."""

    number: int
    step: int
    quality: float
    job: DecodeJob
    under: DecodeJob | None = None
    share: float = 1.0

    @property
    def begins(self) -> int:
        """The first frame in which it may be visible."""
        return self.number if self.step == 1 else self.number - self.step

    @property
    def parts(self) -> Parts:
        """Its pictures and weights; empty until it is drawn."""
        if self.job.picture is None:
            return ()
        if self.under is None or self.under.picture is None or self.share >= 1:
            return ((self.job.picture, 1.0),)
        return ((self.under.picture, 1.0 - self.share), (self.job.picture, self.share))


class KeyPictureTrack:
    """The shots of a layer, frame by frame without a gap or a cut, and the key pictures that show them.

    On time, the picture of frame m fades in from m - step to m. A late picture fades in when it is ready; the last good
    one holds until then. With a `pixel_map` pictures of every frame are drawn for the pixels of a monitor.
    """

    def __init__(self, first: int, size_px: tuple[int, int], output: str) -> None:
        self.size_px = size_px
        self.output = output
        self.pixel_map: PixelMap | None = None
        self._softness: float | None = None
        self._scale: tuple[float | None, float, int] | None = None
        self.next_key = first
        self.shots: deque[tuple[int, Shot]] = deque()
        self.keys: deque[KeyPicture] = deque()
        self._shown: KeyPicture | None = None
        self._coming: KeyPicture | None = None
        self._fade = (0, 0)
        self._outgoing: tuple[DecodedPicture | None, int] = (None, 0)

    @property
    def last(self) -> int:
        """The last frame with a known shot."""
        return self.shots[-1][0]

    def goes_on(self, number: int, shot: Shot, size_px: tuple[int, int]) -> bool:
        """Whether a frame's shot continues this track: the same place, no cut."""
        if not self.shots or size_px != self.size_px or number - self.last > MAX_GAP_FRAMES:
            return False
        return not is_cut(self.shots[-1][1], shot)

    def see(self, number: int, shot: Shot) -> None:
        """Note the shot of the next frame; after skipped frames earlier shots no longer matter."""
        if self.shots and self.last != number - 1:
            self.shots.clear()
            self.next_key = max(self.next_key, number)
        self.shots.append((number, shot))

    def has_one_subject(self, first: int, last: int) -> bool:
        """Whether the known frames from `first` to `last` show one subject, even with a moving camera."""
        subjects = [shot.subject for number, shot in self.shots if first <= number <= last]
        return all(subject is subjects[0] or subject == subjects[0] for subject in subjects)

    def drop_from(self, number: int) -> None:
        """Drop the shots from frame `number` on, because the prediction was wrong."""
        while self.shots and self.shots[-1][0] >= number:
            self.shots.pop()

    def forget(self, before: int) -> None:
        """Drop shots before frame `before`, which no key picture needs any more."""
        while len(self.shots) > 1 and self.shots[0][0] < before:
            self.shots.popleft()

    def shot_at(self, number: int) -> Shot:
        """The shot of a known frame."""
        return self.shots[number - self.shots[0][0]][1]

    def views(self, first: int, last: int) -> list[View]:
        """The different views of the known frames from `first` to `last`."""
        return list(dict.fromkeys(shot.view for number, shot in self.shots if first <= number <= last))

    @property
    def quality(self) -> float:
        """The quality of the visible picture, as a share of native width; 0 before the first."""
        return self._shown.quality if self._shown else 0.0

    def source(self, number: int, view: View) -> LayerPicture | None:
        """What to draw at a frame under its exact view; None until there is a picture."""
        if self._coming and number >= self._fade[1]:
            self._shown, self._coming = self._coming, None
        if self._coming is None:
            self._take_next(number)
        shown, coming = self._shown, self._coming
        if shown is None or shown.job.picture is None:
            return None
        start, end = self._fade
        if coming and coming.job.picture and coming.job.picture is not shown.job.picture and number > start:
            share = (number - start) / (end - start)
            return LayerPicture(view, ((shown.job.picture, 1.0 - share), (coming.job.picture, share)))
        return LayerPicture(view, self._over_outgoing(shown.parts, number))

    def _take_next(self, number: int) -> None:
        """Begin to fade to the newest picture that is due; the first picture needs no fade."""
        ready = [key for key in self.keys if key.begins <= number and key.job.picture is not None]
        passed = [key for key in ready if key.number <= number]
        if self._shown is None and ready:
            self._shown = passed[-1] if passed else ready[0]
            ready = ready[ready.index(self._shown) + 1 :]
        if self._shown is not None and ready and ready[-1].step == 1:
            if self._shown.step > 1:
                self._outgoing = self._shown.job.picture, number
            self._shown = ready[-1]
        elif ready:
            self._coming = ready[-1]
            least = (
                FADE_FRAMES if self._shown is not None and self._shown.step == 1 else CATCH_UP_SHARE * self._coming.step
            )
            self._fade = number, max(self._coming.number, number + ceil(least))
        newest = self._coming or self._shown
        while newest and self.keys and self.keys[0].number <= newest.number:
            self.keys.popleft()

    def _over_outgoing(self, parts: Parts, number: int) -> Parts:
        """After a key picture, pictures of every frame fade in over it for FADE_FRAMES."""
        picture, since = self._outgoing
        share = (number - since + 1) / FADE_FRAMES
        if picture is None or share >= 1:
            self._outgoing = None, 0
            return parts
        own, _ = max(parts, key=itemgetter(1))
        return ((picture, 1.0 - share), (own, share))

    def overtaken(self, number: int) -> list[tuple[DecodeJob, DecodeJob]]:
        """Missing pictures whose successor should have begun to fade in, each with that successor."""
        begun = [key for key in self.keys if key.number - key.step <= number]
        last = begun[-1].job if begun else None
        return [(key.job, last) for key in begun if last and key.job.picture is None and key.job is not last]

    def is_late(self, number: int) -> bool:
        """Whether a picture that should have begun to fade in is missing."""
        return any(key.number - key.step < number and not key.job.failed for key in self.keys if not key.job.picture)

    def approach_softness(self, softness: float) -> float:
        """The softness of the next frame's own picture, on the way to the wanted softness."""
        before = softness if self._softness is None else self._softness
        self._softness = min(max(softness, before - MAX_SOFTNESS_STEP), before + MAX_SOFTNESS_STEP)
        return self._softness

    def approach_scale(self, quality: float) -> tuple[float, float, float]:
        """For the next frame's own picture: the old quality, the new one, and the share of the new one.

        If every frame has its own picture, those of two scales are cross-faded for FADE_FRAMES; a newer request waits
        for the end, and for the end of a fade over a key picture.
        """
        before, coming, faded = self._scale or (None, quality, 0)
        if faded >= FADE_FRAMES or before == coming:
            before, coming, faded = coming, quality, 0
        self._scale = before, coming, faded + 1
        if before is None or before == coming:
            return coming, coming, 1.0
        return before, coming, (faded + 1) / FADE_FRAMES

    def cross_fade(self) -> None:
        """Reset softness and scale at a key picture: the fades from and to key pictures hide their changes."""
        self._softness, self._scale = 0.0, None

    @property
    def newest(self) -> KeyPicture | None:
        """The latest ordered picture."""
        return self.keys[-1] if self.keys else self._coming or self._shown
