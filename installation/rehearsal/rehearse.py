"""A rehearsal: the show in one window on a laptop, with the hand on its time, and every saved edit at once."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from installation.atlas.format import INDEX_NAME
from installation.console import Console, OutputWatch
from installation.desk.addresses import AddressSpace
from installation.desk.desk import Desk, DeskOptions
from installation.errors import DeviceError, InstallationError, Mistake, RefusedError, ScoreError
from installation.outputs.sink import Sink
from installation.outputs.windows_rehearsal import Drawing, Pointer, RehearsalWindow
from installation.picture.live import LiveSupply
from installation.picture.mixer import Mixer
from installation.picture.supply import ExactSupply
from installation.picture.torch_decoder import TorchDecoder
from installation.player import Player
from installation.production import Production
from installation.rehearsal import drawings
from installation.rehearsal.board import MARGIN_PX, Board, board_of
from installation.rehearsal.hand import located, messages_of
from installation.rehearsal.keys import HELP, Action, action_of
from installation.rehearsal.still_supply import StillSupply
from installation.rehearsal.thumbnails import Thumbnails
from installation.editing.watch import Watch
from installation.report import Report
from installation.score.reader import score_atlas_path
from installation.show.clock import MonotonicClock
from installation.show.performance import Performance
from installation.show.stage import stage_of
from installation.show.succession import told
from installation.show.timeline import seconds_of
from installation.show.transport import Position, position_at
from installation.signals import stopped_by_signals

log = logging.getLogger(__name__)

WINDOW_PX = (1440, 720)
CONSOLE_PORT = 8080

FADE_SECONDS = 0.6
"""How long an edit takes to come in."""

DRAW_SECONDS = 0.1
"""Timeline and words are drawn anew so often while only time passes."""

REFUSAL_SECONDS = 4.0
"""How long it is said that something was not done."""

FRAMES_PER_THUMBNAIL = 12
MOST_SENTENCES = 6


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """How to rehearse. `console_port` None opens no page, and CONSOLE_PORT moves on to a free one if it is taken."""

    desk: DeskOptions = field(default_factory=DeskOptions)
    console_port: int | None = CONSOLE_PORT
    size_px: tuple[int, int] = WINDOW_PX
    seconds: float | None = None


class Rehearsal:
    """Owns window, desk, page, watch and everything that draws; the main thread runs it. Raises what they raise."""

    def __init__(self, path: Path, options: RehearsalOptions, since_command: Callable[[], float]) -> None:
        self._path = path
        self._options = options
        self._production = production = Production.open(path)
        self.score = score = production.score
        self.performance = Performance(score, production.sizes)
        self._next: _Edit | None = None
        self.mistakes: tuple[Mistake, ...] = ()
        self.warnings: tuple[str, ...] = ()
        self._solo: str | None = None
        self._loop: str | None = None
        self._shown = {"labels": False, "bounds": False, "timing": False, "help": False}
        self._scrubbing = self._ended = False
        self.board: Board | None = None
        self._drawn = -1.0
        self._frame_number = 0
        self._refusal = "", -math.inf
        with ExitStack() as cleanup:
            self.window = cleanup.enter_context(
                RehearsalWindow(options.size_px, f"{score.title}: rehearsal", self.press, self.point)
            )
            self._decoder = TorchDecoder(production.interpolator)
            exact = cleanup.enter_context(ExactSupply(self._decoder))
            running = cleanup.enter_context(
                LiveSupply(
                    TorchDecoder(production.interpolator), self.performance.frame_at, float(score.fps), time.monotonic
                )
            )
            self._supply = StillSupply(running, exact, self._is_still)
            self.report = Report(self._supply.statistics, since_command)
            self._desk = cleanup.enter_context(Desk(score, options.desk))
            self._desk.intake.tally.listeners.append(self._refused)
            self.console = self._open_console(cleanup) if options.console_port is not None else None
            self._watch = cleanup.enter_context(Watch(lambda: _files(path), lambda: _Edit.read(path)))
            self._clock = MonotonicClock(score.fps)
            self._stage = cleanup.enter_context(ExitStack())
            self._lay_out()
            self._cleanup = cleanup.pop_all()

    def run(self) -> None:
        """Rehearse until the window is closed or somebody asks to stop."""
        with stopped_by_signals(self._end):
            while self.step():
                pass

    def step(self) -> bool:
        """One frame, and what belongs to it; False once it is over."""
        self._take_edit()
        self._lay_out()
        self._loop_cue()
        if time.monotonic() - self._drawn >= DRAW_SECONDS:
            self._draw()
        self._frame_number = self._player.step()
        if self._is_still() or self._frame_number % FRAMES_PER_THUMBNAIL == 0:
            self._thumbnails.add()
        seconds = self._options.seconds
        over = seconds is not None and self.report.frames.due >= seconds * self.score.fps
        return not (over or self._ended or self.window.closing)

    def press(self, key: str) -> None:
        """A key of the window."""
        if (action := action_of(key)) is not None:
            self._act(action)

    @property
    def position(self) -> Position:
        return position_at(self.score, self._frame_number, self.performance.control)

    def _act(self, action: Action) -> None:
        self._drawn = -1.0
        try:
            for message in messages_of(action, self.score, self.performance.control, self.position, self._solo):
                self._desk.put(message)
        except RefusedError as refused:
            self._refused(refused)
        match action:
            case "loop":
                self._loop = None if self._loop else self.position.cue
            case "solo":
                names = [None, *self._production.sizes]
                self._solo = names[(names.index(self._solo) + 1) % len(names)] if self._solo in names else None
            case "labels" | "bounds" | "timing" | "help":
                self._shown[action] = not self._shown[action]
            case "quit":
                self._ended = not self._shown["help"]
                self._shown["help"] = False

    def _refused(self, refused: RefusedError, sender: str = "keyboard") -> None:
        """Said over the pictures for a few seconds."""
        del sender
        self._refusal = str(refused), time.monotonic()

    def point(self, what: Pointer, x: float, y: float) -> None:
        if what == "release":
            self._scrubbing = False
        if self.board is None or what in ("move", "release"):
            return
        if what != "drag" and self.board.on_timeline(x, y):
            self._scrubbing = True
        if self._scrubbing:
            self._locate(self.board.share_at(x) * self._length)
        elif what == "double" and (output := self.board.output_at(x, y)) is not None:
            self._solo = None if self._solo == output else output

    @property
    def _length(self) -> float:
        return seconds_of(stage_of(self.score).timeline.length, self.score.fps)

    def _locate(self, seconds: float) -> None:
        self._desk.put(located(self.score, seconds))

    def _end(self) -> None:
        self._ended = True

    def _is_still(self) -> bool:
        """Only the same frame is asked for again and again; an audition goes on in a show that is paused."""
        control = self.performance.control
        return self._scrubbing or (control.playhead.paused and not any(control.auditions.values()))

    def _loop_cue(self) -> None:
        """Back to the start of the cue that is looped, once it is over."""
        if self._loop is None or self.performance.control.locked:
            return
        timeline = stage_of(self.score).timeline
        if self._loop not in timeline.indices:
            self._loop = None
            return
        position, index = self.position, timeline.indices[self._loop]
        last = timeline.durations[index] - 1
        if position.cue != self._loop or position.elapsed_seconds >= seconds_of(last, self.score.fps):
            self._locate(seconds_of(timeline.starts[index], self.score.fps))

    def _take_edit(self) -> None:
        """A saved score takes over as soon as it can; until then the last good one plays on."""
        read = self._watch.take()
        if read is not None:
            self._drawn = -1.0
            self._next = read.value
            self.mistakes, self.warnings = (), ()
            if read.error is not None:
                self.mistakes = _mistakes_of(read.error, self._path)
                log.warning("the last good score plays on: %s", read.error)
        if self._next is not None and self._succeed(self._next):
            self._next = None
        if self.console is not None:
            self.console.mistakes, self.console.warnings = self.mistakes, self.warnings

    def _succeed(self, edit: _Edit) -> bool:
        production, new = edit.production, edit.production.score
        if new.fps != self.score.fps:
            self.warnings = (f"fps: {new.fps} takes effect with the next start",)
            new = replace(new, fps=self.score.fps)
        sentences = told(self.score, new, self.performance.control)
        if not self.performance.succeed(new, self._frame_number + 1, FADE_SECONDS):
            cue = self.position.cue
            self.warnings = (f"cue '{cue}' plays and is no longer in the score: the edit waits for another cue",)
            return False
        self.warnings = (*self.warnings[: int(new is not production.score)], *sentences, *production.warnings)
        self.score = new
        self._production = replace(self._production, score=new)
        self._desk.play(new, edit.space)
        if self.console is not None:
            self.console.score = new
        self._thumbnails.begin(self._production)
        log.info("the saved score plays")
        return True

    def _open_console(self, cleanup: ExitStack) -> Console:
        watch = OutputWatch(self.window, self._supply.statistics, self.report)

        def opened(port: int) -> Console:
            return Console(self._desk, self.score, self.window.context, port, watch)

        try:
            console = cleanup.enter_context(opened(self._options.console_port or 0))
        except DeviceError as error:
            if self._options.console_port != CONSOLE_PORT:
                raise
            console = cleanup.enter_context(opened(0))
            log.warning("%s; taking another one", error)
        log.info("console page: http://%s:%d/", self._options.desk.host, console.port)
        return console

    def _lay_out(self) -> None:
        """Mixer and player for the window as it is; again whenever it changes."""
        board = board_of(self.window.size_px, self._production.sizes, self._solo)
        if board == self.board:
            return
        self._stage.close()
        self.board = board
        mixer = self._stage.enter_context(Mixer(self.window.context, board.sizes))
        sinks: list[Sink] = [self.window, *([self.console.pictures] if self.console and self._solo is None else [])]
        desk = self.console or self._desk
        self.performance.show(list(board.sizes))
        self._player = Player(self.performance, self._clock, desk, self._supply, mixer, sinks, self.report)
        self.window.places = board.outputs
        self._thumbnails = self._stage.enter_context(
            Thumbnails(self._production, self.window.context, self._decoder, board.timeline.width)
        )
        self._drawn = -1.0

    def _draw(self) -> None:
        """Everything that lies over the pictures."""
        board, position = self.board, self.position
        assert board is not None
        self._drawn = time.monotonic()
        width, place = board.size_px[0] - 2 * MARGIN_PX, board.timeline
        found = [
            Drawing(drawings.timeline(board, self.score, position, self._thumbnails.made), place.left, place.top),
            Drawing(drawings.heading(width, self.score.title, position, self._words(position)), MARGIN_PX, 4),
        ]
        if self._shown["labels"]:
            found.append(Drawing(drawings.labels(board, self._levels()), 0, 0))
        if self._shown["bounds"]:
            found.append(Drawing(drawings.bounds(board), 0, 0))
        if lines := self.sentences:
            told_of = drawings.sentences(width, lines[:MOST_SENTENCES], wrong=bool(self.mistakes))
            found.append(Drawing(told_of, MARGIN_PX, place.top - told_of.height - 8))
        if self._shown["help"]:
            keys = drawings.help_of(HELP)
            left, top = (board.size_px[0] - keys.width) // 2, (board.size_px[1] - keys.height) // 2
            found.append(Drawing(keys, left, top))
        self.window.drawings = found

    @property
    def sentences(self) -> list[str]:
        """What was just refused, and what is wrong with the score on disk."""
        sentence, said = self._refusal
        refused = [sentence] if time.monotonic() - said < REFUSAL_SECONDS else []
        return [*refused, *([str(mistake) for mistake in self.mistakes] or self.warnings)]

    def _words(self, position: Position) -> list[str]:
        """What is out of the ordinary."""
        control, number = self.performance.control, self._frame_number
        light = control.blackout.at(number) * control.panic.at(number)
        words = [
            f"frame {number}, {self.report.frames.late} late" if self._shown["timing"] else "",
            "" if light == 1.0 else f"light {light:.0%}",
            "" if control.engaged else "desk ignored",
            "locked" if control.locked else "",
            *(f"{output}: audition of {one.cue}" for output, one in control.auditions.items() if one),
            f"loop {self._loop}" if self._loop else "",
            "" if position.rate == 1.0 else f"{position.rate:g} x",
            "paused" if position.paused else "",
            "" if self._shown["help"] else "? help",
        ]
        return [word for word in words if word]

    def _levels(self) -> dict[str, float]:
        control, number = self.performance.control, self._frame_number
        return {one.name: control.value_at(f"/out/{one.name}/level", number) for one in self.score.outputs}

    def close(self) -> None:
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _files(path: Path) -> Iterable[Path]:
    """What a rehearsal depends on: the score, and the index of the atlas that it names."""
    yield path
    try:
        yield score_atlas_path(path) / INDEX_NAME
    except InstallationError:
        return


class _Edit(NamedTuple):
    """A saved score with all worked out that takes longer than a frame."""

    production: Production
    space: AddressSpace

    @classmethod
    def read(cls, path: Path) -> _Edit:
        """Runs beside the show."""
        production = Production.open(path)
        stage_of(production.score)
        return cls(production, AddressSpace(production.score))


def _mistakes_of(error: InstallationError, path: Path) -> tuple[Mistake, ...]:
    """The mistakes that an error tells of, or the error as one of the whole file."""
    found = error.mistakes if isinstance(error, ScoreError) else ()
    return found or (Mistake(str(path), 1, 1, "", str(error)),)
