"""A rehearsal: the engine in one window on a laptop; a person can move the show's time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from installation.editions.edition import Edition, ShowFiles
from installation.errors import RefusedError
from installation.notices import Notices
from installation.outputs.windows.rehearsal_window import Pointer
from installation.owner import Owner
from installation.player.engine import Engine
from installation.player.options import EngineOptions
from installation.rehearsal.key_messages import locate_message, messages_for
from installation.rehearsal.keys import Action, action_of
from installation.rehearsal.layout import WindowLayout
from installation.rehearsal.overlay import Overlay
from installation.rehearsal.rehearsal_screens import RehearsalScreens, shown_outputs
from installation.rehearsal.scrub_supplies import ScrubSupplies
from installation.rehearsal.thumbnails import Thumbnails
from installation.show.compiled_score import compiled
from installation.show.playing.transport import Position, position_at
from installation.show.timeline import seconds_of
from installation.signals import stopped_by_signals

WINDOW_PX = (1440, 720)
CONSOLE_PORT = 8080

DRAW_SECONDS = 0.1
"""The interval for redrawing timeline and text while only time passes."""

FRAMES_PER_THUMBNAIL = 12

LOOP_END_SECONDS = 1.0
"""If the show has left a looped cue, and was this close to its end before, it ran out of it and did not jump."""


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """The options of a rehearsal: it lasts `seconds`, or until the window is closed if None.

    It `explains` its pictures from the start, or once somebody presses the key.
    """

    engine: EngineOptions = field(default_factory=lambda: EngineOptions(console_port=CONSOLE_PORT))
    size_px: tuple[int, int] = WINDOW_PX
    seconds: float | None = None
    explains: bool = False


class Rehearsal(Owner):
    """Owns window, engine and thumbnails; the main thread runs it. Raises their errors."""

    def __init__(self, show_files: ShowFiles, options: RehearsalOptions, since_command: Callable[[], float]) -> None:
        edition = show_files.read()
        self._options = options
        self._loop: str | None = None
        self._looped_seconds = 0.0
        self._ended = False
        self._drawn = -1.0
        self._supplies = ScrubSupplies()
        with ExitStack() as cleanup:
            console_page = options.engine.console_port is not None
            screens = RehearsalScreens(edition, options.size_px, console_page=console_page)
            self.screens = cleanup.enter_context(screens)
            self.engine = cleanup.enter_context(
                Engine(screens, self._supplies, show_files, edition, options.engine, since_command, Notices())
            )
            self.overlay = Overlay(self.engine, explains=options.explains)
            self.engine.desk.intake.counters.listeners.append(self.overlay.refused)
            self._thumbnails = cleanup.enter_context(Thumbnails(screens.context))
            self._shown: tuple[WindowLayout, Edition] = screens.layout, edition
            self._draw_thumbnails()
            self._cleanup = cleanup.pop_all()
        screens.on_key, screens.on_pointer = self.press, self.point

    @property
    def layout(self) -> WindowLayout:
        """The present layout of the window."""
        return self.screens.layout

    def run(self) -> None:
        """Rehearse until the window is closed or somebody asks to stop."""
        with stopped_by_signals(self._end):
            while self.step():
                pass

    def step(self) -> bool:
        """Draw one frame and handle its events; returns False once the rehearsal is over."""
        self._lay_out()
        self._loop_cue()
        if time.monotonic() - self._drawn >= DRAW_SECONDS:
            self._drawn = time.monotonic()
            self.screens.window.drawings = self.overlay.drawn(
                self.layout, self.position, self._thumbnails.made, self._loop
            )
        number = self.engine.step()
        if self._supplies.is_still(self.engine.performance.control) or number % FRAMES_PER_THUMBNAIL == 0:
            self._thumbnails.add()
        seconds = self._options.seconds
        over = seconds is not None and self.engine.report.frames.due >= seconds * self.engine.edition.score.fps
        return not (over or self._ended or self.screens.window.closing)

    def press(self, key: str) -> None:
        """Handle a key of the window."""
        if (action := action_of(key)) is not None:
            self._act(action)

    @property
    def position(self) -> Position:
        """The show's present position."""
        engine = self.engine
        return position_at(engine.edition.score, engine.frame_number, engine.performance.control)

    def _act(self, action: Action) -> None:
        self._drawn = -1.0
        score, control = self.engine.edition.score, self.engine.performance.control
        try:
            for message in messages_for(action, score, control, self.position, self.screens.solo):
                self.engine.desk.put(message)
        except RefusedError as refused:
            self.overlay.refused(refused)
        if self.overlay.toggle(action):
            return
        match action:
            case "loop":
                self._loop = None if self._loop else self.position.cue
            case "solo":
                names, solo = [None, *shown_outputs(self.engine.edition)], self.screens.solo
                self.screens.solo = names[(names.index(solo) + 1) % len(names)] if solo in names else None
            case "quit":
                self._ended = not self.overlay.close_help()

    def point(self, what: Pointer, x: float, y: float) -> None:
        """Handle the pointer in the window."""
        if what == "release":
            self._supplies.scrubbing = False
        if what in ("move", "release"):
            return
        if what != "drag" and self.layout.on_timeline(x, y):
            self._supplies.scrubbing = True
        if self._supplies.scrubbing:
            timeline, fps = compiled(self.engine.edition.score).timeline, self.engine.edition.score.fps
            self._locate(self.layout.share_at(x) * seconds_of(timeline.length, fps))
        elif what == "double" and (output := self.layout.output_at(x, y)) is not None:
            self.screens.solo = None if self.screens.solo == output else output

    def _locate(self, seconds: float) -> None:
        self.engine.desk.put(locate_message(self.engine.edition.score, seconds))

    def _end(self) -> None:
        self._ended = True

    def _loop_cue(self) -> None:
        """Return to the start of the looped cue at its end; a jump out of the cue ends the loop."""
        if self._loop is None or self.engine.performance.control.locked:
            return
        score = self.engine.edition.score
        timeline = compiled(score).timeline
        if self._loop not in timeline.indices:
            self._loop = None
            return
        position, index = self.position, timeline.indices[self._loop]
        last_seconds = seconds_of(timeline.durations[index] - 1, score.fps)
        if position.cue == self._loop:
            self._looped_seconds = position.elapsed_seconds
            is_over = position.elapsed_seconds >= last_seconds
        else:
            is_over = self._looped_seconds >= last_seconds - LOOP_END_SECONDS
            self._loop = self._loop if is_over else None
        if is_over:
            self._locate(seconds_of(timeline.starts[index], score.fps))

    def _lay_out(self) -> None:
        """Lay out the outputs in the window and begin new thumbnails, if the window or the edition has changed.

        An edition that takes over has already been laid out.
        """
        edition = self.engine.edition
        if self.screens.lay_out(edition):
            self.engine.drawing.show(self.screens.sizes_of(edition))
        (layout, shown), self._shown = self._shown, (self.layout, edition)
        if (layout, shown) == self._shown:
            return
        self._drawn = -1.0
        if shown is not edition or layout.timeline.width != self.layout.timeline.width:
            self._draw_thumbnails()

    def _draw_thumbnails(self) -> None:
        edition = self.engine.edition
        self._thumbnails.begin(replace(edition.production, sizes=shown_outputs(edition)), self.layout.timeline.width)

    def close(self) -> None:
        self._cleanup.close()
