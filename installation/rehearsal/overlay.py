"""The overlay: a rehearsal's drawings over its pictures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from PIL import Image

from installation.errors import RefusedError
from installation.outputs.windows.rehearsal_window import OverlayImage
from installation.player.engine import Engine
from installation.rehearsal import drawings
from installation.rehearsal.explanation import explanation_of
from installation.rehearsal.explanation_drawing import explanation
from installation.rehearsal.keys import HELP, Action
from installation.rehearsal.layout import MARGIN_PX, WindowLayout
from installation.show.compiled_score import compiled
from installation.show.playing.transport import Position
from installation.show.timeline import seconds_of

REFUSAL_SECONDS = 4.0
"""How long a refusal stays on the screen."""

MAX_SENTENCES = 6


class Overlay:
    """The parts that a person has shown or hidden, the last refusal, and the drawings of both. `now` gives seconds;
    `explains` shows explanations from the start."""

    def __init__(self, engine: Engine, now: Callable[[], float] = time.monotonic, *, explains: bool = False) -> None:
        self._engine = engine
        self._now = now
        parts: tuple[Action, ...] = ("labels", "bounds", "timing", "explain", "help")
        self._shown = dict.fromkeys(parts, False) | {"explain": explains}
        self._refusal = "", -math.inf
        self._shows: tuple[object, ...] = ()
        self._timeline = drawings.blank(1, 1)

    def toggle(self, action: Action) -> bool:
        """Show or hide the part of an action; returns False if the action has no part here."""
        if action not in self._shown:
            return False
        self._shown[action] = not self._shown[action]
        return True

    def close_help(self) -> bool:
        """Close the help; returns whether it was open."""
        was_open, self._shown["help"] = self._shown["help"], False
        return was_open

    def refused(self, refused: RefusedError, sender: str = "keyboard") -> None:
        """Show a refusal over the pictures for a few seconds."""
        del sender
        self._refusal = str(refused), self._now()

    @property
    def sentences(self) -> list[str]:
        """The last refusal, and the mistakes and notices of the saved files."""
        sentence, said = self._refusal
        refused = [sentence] if self._now() - said < REFUSAL_SECONDS else []
        notices = self._engine.notices.current
        return [*refused, *(map(str, notices.mistakes) if notices.mistakes else notices.warnings)]

    def drawn(
        self, layout: WindowLayout, position: Position, thumbnails: Mapping[int, Image.Image], loop: str | None
    ) -> list[OverlayImage]:
        """All drawings, back to front."""
        score, place = self._engine.edition.score, layout.timeline
        width = layout.size_px[0] - 2 * MARGIN_PX
        standby = next((cue.name for cue in score.cues if cue.id == position.standby), "")
        heading = drawings.heading(width, score.title, position, standby, self._status_words(position, loop))
        share = position.seconds / seconds_of(compiled(score).timeline.length, score.fps)
        at = place.left + round(share * place.width) - drawings.PLAYHEAD_PX
        found = [
            OverlayImage(self._timeline_of(layout, position, thumbnails), place.left, place.top),
            OverlayImage(drawings.playhead(place.height), at, place.top),
            OverlayImage(heading, MARGIN_PX, 6),
        ]
        if self._shown["labels"]:
            found.append(OverlayImage(drawings.labels(layout, self._levels()), 0, 0))
        if self._shown["bounds"]:
            found.append(OverlayImage(drawings.bounds(layout), 0, 0))
        if self._shown["explain"]:
            found += self._explanations(layout)
        if lines := self.sentences:
            told_of = drawings.sentences(
                width, lines[:MAX_SENTENCES], wrong=bool(self._engine.notices.current.mistakes)
            )
            found.append(OverlayImage(told_of, MARGIN_PX, place.top - told_of.height - 8))
        if self._shown["help"]:
            keys = drawings.help_of(HELP)
            left, top = (layout.size_px[0] - keys.width) // 2, (layout.size_px[1] - keys.height) // 2
            found.append(OverlayImage(keys, left, top))
        return found

    def _explanations(self, layout: WindowLayout) -> Iterator[OverlayImage]:
        """A panel at the bottom of each output that shows neurons and has room for it."""
        engine = self._engine
        frame = engine.performance.frame_at(engine.frame_number)
        for output in frame.outputs:
            placement = layout.outputs.get(output.output)
            found = explanation_of(output, engine.edition.production.interpolator.atlas) if placement else None
            if placement is None or found is None:
                continue
            place = placement.upright
            if panel := explanation(found, (place.width, place.height)):
                yield OverlayImage(panel, place.left + 8, place.bottom - panel.height - 8)

    def _timeline_of(
        self, layout: WindowLayout, position: Position, thumbnails: Mapping[int, Image.Image]
    ) -> Image.Image:
        """The timeline, redrawn only after a change: most of the time only the playhead moves."""
        score = self._engine.edition.score
        shows = layout.timeline, score, position.cue, position.standby, len(thumbnails)
        if shows != self._shows:
            self._shows = shows
            self._timeline = drawings.timeline(layout, score, position.cue, position.standby, thumbnails)
        return self._timeline

    def _status_words(self, position: Position, loop: str | None) -> Sequence[str]:
        """Words for every unusual state."""
        control, number = self._engine.performance.control, self._engine.frame_number
        light = control.blackout.at(number) * control.panic.at(number)
        words = [
            self._timing(number) if self._shown["timing"] else "",
            "" if light == 1.0 else f"light {light:.0%}",
            "" if control.engaged else "desk ignored",
            "locked" if control.locked else "",
            *(f"{output}: audition of {one.cue}" for output, one in control.auditions.items() if one),
            f"loop {loop}" if loop else "",
            "" if position.rate == 1.0 else f"{position.rate:g} x",
            "paused" if position.paused else "",
            "" if self._shown["help"] else "? help",
        ]
        return [word for word in words if word]

    def _timing(self, number: int) -> str:
        """The frame number, the number of late frames, and the decoder's quality."""
        supply = self._engine.drawing.supply.statistics()
        quality = min(supply.quality.values(), default=1.0)
        return (
            f"frame {number}, {self._engine.report.frames.late} late, {quality:.0%} size, key {supply.key_step_frames}"
        )

    def _levels(self) -> dict[str, float]:
        control, number = self._engine.performance.control, self._engine.frame_number
        outputs = self._engine.edition.score.outputs
        return {one.name: control.value_at(f"/out/{one.name}/level", number) for one in outputs}
