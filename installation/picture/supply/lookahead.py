"""Looks ahead in the show and orders the key pictures that it will need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from installation.picture.decoding.plates import single_visible_cell
from installation.picture.decoding.supersampling import KEY_PX, KEY_SHARE, SAMPLES, neuron_px, softness_of
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.sources.kinds import is_of_neurons, kind_of
from installation.picture.supply.decode_queue import DUE_WHEN_IDLE, DecodeJob, DecodeQueue
from installation.picture.supply.governor import LADDER, Demand, Governor
from installation.picture.supply.identity import LayerIdentity, LayerShot, continued_tracks, identities
from installation.picture.supply.key_pictures import covering_order, is_cut, serves, unmirrored
from installation.picture.supply.supply import LayerKey, Sizes
from installation.picture.supply.track import KeyPicture, KeyPictureTrack
from installation.show.frame import Frame, OnBody, OutputFrame, Plate, Shot, Subject, View

PixelMapOf = Callable[[str], PixelMap | None]
"""Gives an output's present map of its monitor's pixels."""

MAX_FRAMES_PER_TICK = 3
"""How many frames ahead are evaluated in one tick at most, except after a GO or a jump."""

MIN_SLACK_FRAMES = 3
"""The least number of frames between the order for a picture and its use."""

MARGIN_KEY_STEPS = 2.0
"""The picture of a standing subject has a margin for the camera's motion in this many more key steps."""


class Lookahead:
    """The known show of the next few key steps, as tracks.

    `frame_at` evaluates a coming frame under the present control; `pixel_map_of` gives the map of the monitor on which
    an output is bent, or None. With `idle` its pictures are drawn when the decoder has nothing else to do.
    """

    def __init__(
        self,
        frame_at: Callable[[int], Frame],
        governor: Governor,
        queue: DecodeQueue,
        pixel_map_of: PixelMapOf,
        *,
        idle: bool = False,
    ) -> None:
        self._frame_at = frame_at
        self._governor = governor
        self._queue = queue
        self._pixel_map_of = pixel_map_of
        self._idle = idle
        self._known: dict[int, dict[LayerIdentity, KeyPictureTrack]] = {}
        self._horizon = -1
        self._sizes: Sizes = {}
        self.demands: Mapping[str, Demand] = {}

    def begin(self, number: int, sizes: Sizes) -> int:
        """Look ahead from a frame, without any history; returns the last frame that its first pictures need."""
        self._known, self._sizes, self._horizon = {}, sizes, number - 1
        return number + self._first_frames_needed()

    def extend_to(self, last: int) -> bool:
        """Look a few frames further, up to `last`; returns whether it is reached."""
        for ahead in range(self._horizon + 1, min(self._horizon + MAX_FRAMES_PER_TICK, last) + 1):
            self._evaluate(ahead)
        return self._horizon >= last

    def ordered(self) -> list[DecodeJob]:
        """The ordered pictures that are not yet shown."""
        return [key.job for track in self._tracks() for key in track.keys]

    def tracks_at(self, frame: Frame, sizes: Sizes) -> list[tuple[LayerKey, Shot, KeyPictureTrack]]:
        """The track of every layer of the present frame; looks ahead again if the frame differs from the prediction."""
        named = identities(frame, sizes)
        number = frame.number
        if not self._is_predicted(number, named, sizes):
            self._sizes = sizes
            self._restart(number)
        step = self._governor.step_frames()
        self.extend_to(number + self._frames_ahead(step))
        for past in [one for one in self._known if one < number - 1]:
            del self._known[past]
        known = self._known[number]
        for track in set(known.values()):
            track.forget(number - 2 * step)
        return [(key, shot, known[identity]) for identity, (key, shot, _) in named.items()]

    def _frames_ahead(self, step: int) -> int:
        """How far to look: the frames in which a picture is shown, and the time to draw it."""
        return MIN_SLACK_FRAMES if step == 1 else 2 * step + max(step, MIN_SLACK_FRAMES)

    def _is_predicted(self, number: int, named: Mapping[LayerIdentity, LayerShot], sizes: Sizes) -> bool:
        known = self._known.get(number)
        if known is None or sizes != self._sizes or not named.keys() <= known.keys():
            return False
        return not any(
            shot is not (predicted := known[identity].shot_at(number)) and is_cut(predicted, shot)
            for identity, (_, shot, _) in named.items()
        )

    def _restart(self, number: int) -> None:
        """Restart after a change of the show: look ahead at once as far as the first two pictures need."""
        for track in self._tracks():
            track.drop_from(number)
        latest = max((past for past in self._known if past < number), default=None)
        self._known = {} if latest is None else {number - 1: self._known[latest]}
        for ahead in range(number, number + self._first_frames_needed() + 1):
            self._evaluate(ahead, now=number)

    def _tracks(self) -> set[KeyPictureTrack]:
        return {track for known in self._known.values() for track in known.values()}

    def _first_frames_needed(self) -> int:
        """How many frames after its first a layer's first two pictures need."""
        step = self._governor.step_frames()
        return 2 * step if step > 1 else 0

    def _evaluate(self, number: int, now: int | None = None) -> None:
        """Evaluate one more coming frame, and order the pictures whose frames are now known."""
        before, frame = self._known.get(number - 1, {}), self._frame_at(number)
        maps = self._maps(frame)
        tracks = continued_tracks(before, number, identities(frame, self._sizes))
        for track in tracks.values():
            track.pixel_map = maps.get(track.output)
        self._known[number] = tracks
        self._horizon = number
        going_on = set(tracks.values())
        for track in going_on:
            step = self._step(track)
            while track.next_key + (step if step > 1 else 0) <= number:
                self._order(track, track.next_key, urgent=now is not None and track.next_key == now)
        for track in set(before.values()) - going_on:
            self._end(track)
        self.demands = _demands(going_on)

    def _maps(self, frame: Frame) -> dict[str, PixelMap]:
        """The maps of the outputs that can be decoded for their monitors' pixels: see OutputFrame.is_covered.

        A picture that several outputs show is decoded once for all of them, and bent as a whole on each.
        """
        possible = [output for output in frame.outputs if output.is_covered]
        maps = {one.output: found for one in possible if (found := self._pixel_map_of(one.output)) is not None}
        if maps:
            shown = {output.output: self._pictures(output) for output in frame.outputs}
            times = Counter(picture for pictures in shown.values() for picture in pictures)
            maps = {name: found for name, found in maps.items() if all(times[one] == 1 for one in shown[name])}
        return maps

    def _pictures(self, output: OutputFrame) -> set[tuple[Shot, tuple[int, int] | None]]:
        """The different pictures of an output whose layers all cover it."""
        size_px = self._sizes.get(output.output)
        return {(layer.shot, size_px) for cue in output.cues for layer in cue.layers}

    def _end(self, track: KeyPictureTrack) -> None:
        """End a track at a cut or at the end of its cue: its last frame is the last key picture."""
        if not track.shots:
            return
        while track.next_key < track.last:
            self._order(track, track.next_key)
        if track.newest is None or track.newest.number < track.last:
            self._order(track, track.last)

    def _step(self, track: KeyPictureTrack) -> int:
        """The frames from one picture of a layer to the next."""
        kind = kind_of(track.shots[-1][1].subject)
        return 1 if kind and kind.every_frame else self._governor.step_frames(track.output)

    def _order(self, track: KeyPictureTrack, number: int, urgent: bool = False) -> None:
        """Order the picture that is shown from a frame on until the next picture."""
        step, shot = self._step(track), track.shot_at(number)
        track.next_key = number + step
        if step == 1:
            self._order_exact(track, number, shot)
        else:
            self._order_key(track, number, shot, step, urgent)

    def _order_key(self, track: KeyPictureTrack, number: int, shot: Shot, step: int, urgent: bool) -> None:
        """Order the key picture of a frame, or show the previous one for longer."""
        is_neurons = is_of_neurons(shot.subject)  # other subjects cost little: they always have full quality
        quality = self._governor.rung_of(track.output).quality if is_neurons else 1.0
        track.cross_fade()
        views, newest = track.views(number - step, number + step), track.newest
        has_one_subject, softness = track.has_one_subject(number - step, number + step), 0.0
        if has_one_subject and quality * neuron_px(shot, *track.size_px) <= KEY_PX:
            quality, softness = quality * KEY_SHARE, 1.0
        fine = newest is not None and not newest.job.failed and newest.job.order.softness >= softness
        if newest and fine and serves(newest.job.order, shot.subject, views, track.size_px, quality):
            track.keys.append(KeyPicture(number, step, newest.quality, newest.job))
            return
        ahead = MARGIN_KEY_STEPS if has_one_subject else 0.0
        order = covering_order(shot, views, track.size_px, quality, ahead, softness)
        if urgent and is_neurons and not self._queue.has_begun(order):
            quality = max(quality / 2, min(quality, LADDER[-1].quality))
            order = covering_order(shot, views, track.size_px, quality, ahead)
        track.keys.append(KeyPicture(number, step, quality, self._request(order, number - step + 1)))

    def _request(self, order: Order, due: int) -> DecodeJob:
        return self._queue.request(order, DUE_WHEN_IDLE if self._idle else due)

    def _order_exact(self, track: KeyPictureTrack, number: int, shot: Shot) -> None:
        """Order a picture for this frame alone, and during a change of scale a second one at the previous scale."""
        rung = self._governor.rung_of(track.output) if is_of_neurons(shot.subject) else LADDER[0]
        softness = track.approach_softness(softness_of(shot, *track.size_px) if rung.supersampled else 0.0)
        before, coming, share = track.approach_scale(rung.quality)
        exact = Order(shot, *track.size_px, softness)
        pixel_map = track.pixel_map
        if pixel_map and before == coming == 1 and softness == 0 and _is_one_picture(shot, pixel_map.aspect):
            exact = Order(shot, *pixel_map.size_px, pixel_map=pixel_map)

        def request(quality: float) -> DecodeJob:
            order = exact if quality == 1 else covering_order(shot, (), track.size_px, quality, 0.0)
            return self._request(order, number)

        shown = SAMPLES if softness > 0 and coming == 1 else coming
        under = request(before) if share < 1 else None
        track.keys.append(KeyPicture(number, 1, shown, request(coming), under, share))


def _is_one_picture(shot: Shot, aspect: float) -> bool:
    """Whether a single map draws the shot in a place of this width / height: no body, and no plate with several visible
    cells."""
    if isinstance(shot.subject, OnBody):
        return False
    return not isinstance(shot.subject, Plate) or single_visible_cell(shot.subject, shot.view, aspect) is not None


def _demands(tracks: set[KeyPictureTrack]) -> dict[str, Demand]:
    """The different moving pictures of neurons of each output, at their last known frame.

    A picture on several outputs is drawn once, and counts for the first of them.
    """
    moving: dict[tuple[Subject, View, tuple[int, int]], str] = {}
    for track in sorted(tracks, key=lambda track: track.output):
        shot = track.shots[-1][1]
        if not is_of_neurons(shot.subject):
            continue
        if len(track.shots) == 1 or track.shots[-2][1] != shot:
            moving.setdefault((shot.subject, unmirrored(shot.view), track.size_px), track.output)
    demands: dict[str, Demand] = {}
    for (subject, view, size_px), output in moving.items():
        before, pixels = demands.get(output, Demand(0, 0)), size_px[0] * size_px[1]
        samples = pixels * (SAMPLES**2 if softness_of(Shot(subject, view), *size_px) > 0 else 1)
        demands[output] = Demand(before.pictures + 1, before.pixels + pixels, before.samples + samples)
    return demands
