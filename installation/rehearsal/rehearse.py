"""A rehearsal: the engine in one window on a laptop, with the hand on the show's time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import moderngl

from installation.editions.edition import Edition, ShowFiles
from installation.errors import RefusedError
from installation.notices import Notices
from installation.outputs.headless import Headless
from installation.outputs.sink import Sink
from installation.outputs.windows.rehearsal_window import Pointer, RehearsalWindow
from installation.owner import Owner
from installation.picture.decoding.choice import choose, cpu_decoder
from installation.picture.supply.live_supply import LiveSupply
from installation.picture.supply.supply import ExactSupply, Supply
from installation.player.engine import Engine, EngineOptions, FrameAt, Sizes
from installation.rehearsal.key_messages import locate_message, messages_for
from installation.rehearsal.keys import Action, action_of
from installation.rehearsal.layout import WindowLayout, window_layout_of
from installation.rehearsal.overlay import Overlay
from installation.rehearsal.scrub_supply import ScrubSupply
from installation.rehearsal.thumbnails import Thumbnails
from installation.rig.head import Head
from installation.show.compiled_score import compiled
from installation.show.timeline import seconds_of
from installation.show.transport import Position, position_at
from installation.signals import stopped_by_signals

WINDOW_PX = (1440, 720)
CONSOLE_PORT = 8080

DRAW_SECONDS = 0.1
"""Timeline and words are drawn anew so often while only time passes."""

FRAMES_PER_THUMBNAIL = 12

LOOP_END_SECONDS = 1.0
"""Who is beyond a looped cue, and was so near to its end before, has come there by waiting."""

CONSOLE_ONLY_PX = 160
"""Width of the outputs that only the console page sees while one is alone in the window."""


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """How to rehearse: for `seconds`, None = until the window is closed."""

    engine: EngineOptions = field(default_factory=lambda: EngineOptions(console_port=CONSOLE_PORT))
    size_px: tuple[int, int] = WINDOW_PX
    seconds: float | None = None


class Rehearsal(Owner):
    """Owns window, engine and thumbnails; the main thread runs it. Raises what they raise."""

    def __init__(self, show_files: ShowFiles, options: RehearsalOptions, since_command: Callable[[], float]) -> None:
        edition = show_files.read()
        self._options = options
        self._solo: str | None = None
        self._loop: str | None = None
        self._looped_seconds = 0.0
        self._scrubbing = self._ended = self._begun = False
        self._drawn = -1.0
        self._speeds: Mapping[str, float] = {}
        with ExitStack() as cleanup:
            title = f"{edition.score.title}: rehearsal"
            self.window = cleanup.enter_context(RehearsalWindow(options.size_px, title, self.press, self.point))
            self.layout = self._layout_of(edition)
            self.window.places = self.layout.outputs
            self.engine = cleanup.enter_context(
                Engine(self, show_files, edition, options.engine, since_command, Notices())
            )
            self.overlay = Overlay(self.engine)
            self.engine.desk.intake.counters.listeners.append(self.overlay.refused)
            self._thumbnails = cleanup.enter_context(Thumbnails(self.window.context))
            self._draw_thumbnails(edition)
            self._cleanup = cleanup.pop_all()

    @property
    def screens(self) -> Sink:
        """See engine.Room."""
        return self.window

    @property
    def context(self) -> moderngl.Context:
        """See engine.Room."""
        return self.window.context

    def sizes_of(self, edition: Edition) -> Sizes:
        """See engine.Room: as large as they are in the window; small where only the console page sees them."""
        shown = self._layout_of(edition).sizes
        if self._options.engine.console_port is None:
            return shown
        others = {output: size for output, size in _shown_outputs(edition).items() if output not in shown}
        return shown | {
            output: (CONSOLE_ONLY_PX, max(CONSOLE_ONLY_PX * high // wide, 1)) for output, (wide, high) in others.items()
        }

    def supply_for(self, edition: Edition, frame_at: FrameAt) -> Supply:
        """See engine.Room."""
        interpolator, fps = edition.production.interpolator, float(edition.score.fps)
        with ExitStack() as cleanup:
            choice = choose(interpolator, time.monotonic, open_gl=Headless, measured=self._speeds)
            self._speeds = choice.speeds
            running = LiveSupply(choice.decoder, frame_at, fps, time.monotonic, priority=edition.score.priority)
            cleanup.callback(running.close)
            exact = ExactSupply(cpu_decoder(interpolator))
            cleanup.pop_all()
        return ScrubSupply(running, exact, self._is_still)

    def lay(self, heads: Sequence[Head]) -> None:
        """See engine.Room: here pictures are seen as they were before a projector bent them."""

    def check(self, edition: Edition) -> None:
        """See engine.Room: a window takes every rig."""

    def begun(self, steady_epoch: float) -> None:  # noqa: ARG002 the protocol's
        """See engine.Room: how late this window is seen says nothing about the show."""
        self._begun = True

    def take(self, edition: Edition) -> Sequence[str]:
        """See engine.Room."""
        self._take_layout(self._layout_of(edition))
        self._draw_thumbnails(edition)
        return ()

    def run(self) -> None:
        """Rehearse until the window is closed or somebody asks to stop."""
        with stopped_by_signals(self._end):
            while self.step():
                pass

    def step(self) -> bool:
        """One frame, and what belongs to it; False once it is over."""
        self._lay_out()
        self._loop_cue()
        if time.monotonic() - self._drawn >= DRAW_SECONDS:
            self._drawn = time.monotonic()
            self.window.drawings = self.overlay.drawn(self.layout, self.position, self._thumbnails.made, self._loop)
        number = self.engine.step()
        if self._is_still() or number % FRAMES_PER_THUMBNAIL == 0:
            self._thumbnails.add()
        seconds = self._options.seconds
        over = seconds is not None and self.engine.report.frames.due >= seconds * self.engine.edition.score.fps
        return not (over or self._ended or self.window.closing)

    def press(self, key: str) -> None:
        """A key of the window."""
        if (action := action_of(key)) is not None:
            self._act(action)

    @property
    def position(self) -> Position:
        """Where the show stands."""
        engine = self.engine
        return position_at(engine.edition.score, engine.frame_number, engine.performance.control)

    def _act(self, action: Action) -> None:
        self._drawn = -1.0
        score, control = self.engine.edition.score, self.engine.performance.control
        try:
            for message in messages_for(action, score, control, self.position, self._solo):
                self.engine.desk.put(message)
        except RefusedError as refused:
            self.overlay.refused(refused)
        if self.overlay.toggle(action):
            return
        match action:
            case "loop":
                self._loop = None if self._loop else self.position.cue
            case "solo":
                names = [None, *_shown_outputs(self.engine.edition)]
                self._solo = names[(names.index(self._solo) + 1) % len(names)] if self._solo in names else None
            case "quit":
                self._ended = not self.overlay.close_help()

    def point(self, what: Pointer, x: float, y: float) -> None:
        """What the pointer does in the window."""
        if what == "release":
            self._scrubbing = False
        if what in ("move", "release"):
            return
        if what != "drag" and self.layout.on_timeline(x, y):
            self._scrubbing = True
        if self._scrubbing:
            timeline, fps = compiled(self.engine.edition.score).timeline, self.engine.edition.score.fps
            self._locate(self.layout.share_at(x) * seconds_of(timeline.length, fps))
        elif what == "double" and (output := self.layout.output_at(x, y)) is not None:
            self._solo = None if self._solo == output else output

    def _locate(self, seconds: float) -> None:
        self.engine.desk.put(locate_message(self.engine.edition.score, seconds))

    def _end(self) -> None:
        self._ended = True

    def _is_still(self) -> bool:
        """Only the same frame is asked for again and again; an audition goes on in a show that is paused."""
        if not self._begun:
            return False
        control = self.engine.performance.control
        return self._scrubbing or (control.playhead.paused and not any(control.auditions.values()))

    def _loop_cue(self) -> None:
        """Back to the start of the cue that is looped, once it is over; whoever leaves it before ends the loop."""
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

    def _layout_of(self, edition: Edition) -> WindowLayout:
        mountings = {head.output: head.mounted for head in edition.venue.heads if head.mounted}
        return window_layout_of(self.window.size_px, _shown_outputs(edition), mountings, self._solo)

    def _lay_out(self) -> None:
        """Outputs at the sizes that the window has room for; anew whenever that changes."""
        layout = self._layout_of(self.engine.edition)
        if layout == self.layout:
            return
        width_px = self.layout.timeline.width
        self._take_layout(layout)
        self.engine.show(self.sizes_of(self.engine.edition))
        if layout.timeline.width != width_px:
            self._draw_thumbnails(self.engine.edition)

    def _take_layout(self, layout: WindowLayout) -> None:
        self.layout = layout
        self.window.places = layout.outputs
        self._drawn = -1.0

    def _draw_thumbnails(self, edition: Edition) -> None:
        self._thumbnails.begin(replace(edition.production, sizes=_shown_outputs(edition)), self.layout.timeline.width)

    def close(self) -> None:
        self._cleanup.close()


def _shown_outputs(edition: Edition) -> Sizes:
    """The outputs that the venue shows, in the pixels of the show."""
    return edition.production.on(edition.venue.heads, ()).sizes
