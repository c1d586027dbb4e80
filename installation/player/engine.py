"""The engine: everything that plays one show in real time, and lets saved editions of it take over while it runs.

Show and rehearsal put themselves together around it: they bring the screens and say at which sizes outputs are seen.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import moderngl

from installation.desk.desk import Desk, DeskOptions
from installation.desk.journal.journal import Journal, Recording
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader, Succession
from installation.desk.network.peers import url_of
from installation.editions.edition import Edition, ShowFiles
from installation.editions.file_watcher import FileWatcher
from installation.editions.reader_process import ReaderProcess
from installation.editions.takeover import IsReady, Takeover
from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.notices import NoticeChange, Notices
from installation.outputs.patterns import Patterns
from installation.outputs.sink import OptionalSink, Sink
from installation.owner import Owner
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.atlas_supplies import AtlasSupplies, frame_for_atlas
from installation.picture.supply.supply import Supply
from installation.player.player import ControlInput, Player
from installation.player.report import Report
from installation.player.standby import Standby
from installation.player.unforeseen import Unforeseen
from installation.rig.head import Head
from installation.rig.rigging import Rigging
from installation.show.clock import MonotonicClock, this_boot
from installation.show.control import Message
from installation.show.frame import Frame
from installation.show.performance import Performance
from installation.show.score import Score
from installation.show.succession import edit_notices

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from installation.player.console import Console

log = logging.getLogger(__name__)

TAKEOVER_FADE_SECONDS = 0.6
"""How long an edition takes to come in."""

WARM_UP_SECONDS = 4.0
"""Seconds since the command after which no further GL program is tried out before the first frame."""

FrameAt = Callable[[int], Frame]
Sizes = Mapping[str, tuple[int, int]]


class EngineHost(Protocol):
    """Where the engine plays: who shows its pictures, and with what they are drawn."""

    @property
    def screens(self) -> Sink: ...

    @property
    def context(self) -> moderngl.Context: ...

    def sizes_of(self, edition: Edition) -> Sizes:
        """The outputs of an edition that are seen here, each with its size in pixels (width, height)."""

    def supply_for(self, edition: Edition, frame_at: FrameAt) -> Supply:
        """Makes what draws an edition's atlas. Also called beside the show."""

    def check(self, edition: Edition) -> None:
        """Raises RigError where an edition that was saved cannot be shown on this machine, whatever its files say."""

    def lay(self, heads: Sequence[Head]) -> None:
        """Lay the pictures as these heads say from the next frame on; they are the rig's, adjusted."""

    def begun(self, steady_epoch: float) -> None:
        """The show's first frame is due at this moment by time.monotonic. Every frame is made one frame before it is
        due, so that it can be seen just then."""

    def take(self, edition: Edition) -> Sequence[str]:
        """An edition takes over: show it from the next frame on. Gives sentences about what waits for a new start."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What of the world outside a show listens to, and what it keeps.

    `journal` is where messages are written before they take effect; with `resume` it may be made later, when its disk
    has room. `console_port` opens the console page: port 0 takes
    any free one, and `any_console_port` does so where that port is taken. `reload` lets saved files take effect.
    """

    desk: DeskOptions = field(default_factory=DeskOptions)
    journal: Path | None = None
    resume: bool = False
    console_port: int | None = None
    any_console_port: bool = False
    reload: bool = True

    @property
    def incidents(self) -> Path | None:
        """Where a house keeps incidents: beside the journal that its show resumes from."""
        return self.journal.parent / "incidents" if self.journal and self.resume else None


class Engine(Owner):
    """Owns performance, supply, mixer, desk, page and watcher, opened whole or not at all. `step` plays a frame.

    `recording` is a journal to go on with, `initial_messages` what is said before the desk's first word.
    `since_command` tells how many seconds ago the command was given. `extra_routes` share the console's port. What a
    person should know of the show is in `notices`, also what was put there before. Raises what the parts raise.
    """

    def __init__(
        self,
        room: EngineHost,
        show_files: ShowFiles,
        edition: Edition,
        options: EngineOptions,
        since_command: Callable[[], float],
        notices: Notices,
        *,
        recording: Recording | None = None,
        initial_messages: Iterable[Message] = (),
        extra_routes: Sequence[BaseRoute] = (),
    ) -> None:
        self.edition = edition
        self._room = room
        self._file = show_files.score
        self.failures = FailureLog(log)
        score, sizes = edition.score, room.sizes_of(edition)
        succession = recording.succession if recording else None
        self.performance = Performance(score, sizes, succession.control if succession else None)
        self.performance.follow(initial_messages := tuple(recording.messages if recording else initial_messages))
        self._foreseen_performance: Performance | None = None
        self._checked = edition
        self.notices = notices
        notices.put("score", *edition.production.warnings)
        with ExitStack() as cleanup:
            self.mixer = cleanup.enter_context(Mixer(room.context, sizes))
            for _ in self.mixer.warm_up():
                if since_command() > WARM_UP_SECONDS:
                    break
            self.supply = AtlasSupplies(score.atlas, room.supply_for(edition, self._frames_of(score.atlas)))
            cleanup.callback(self.supply.close)
            self.report = Report(self.supply.statistics, since_command, score.fps)
            cleanup.callback(self.report.stages.skips.flush)
            # The first pictures take their time before the clock starts, so that no frame is late for them.
            epoch = recording.epoch_now(time.time(), time.monotonic(), this_boot()) if recording else None
            self.frame_number = 0 if epoch is None else max(int(Fraction(time.time() - epoch) * score.fps), 0)
            frame = self.performance.frame_at(self.frame_number)
            self.mixer.mix(frame, self.supply.sources(frame, sizes))
            clock = MonotonicClock(score.fps, epoch, lead_seconds=float(1 / score.fps))
            room.begun(clock.steady_epoch)
            self._journal = _journal(cleanup, options, recording, score, clock)
            if self._journal and not recording:
                self._journal.record(initial_messages)
            self.rigging = cleanup.enter_context(
                Rigging(edition.venue.heads, show_files.rig, room.lay, lambda: self.mixer.sizes, self._is_locked)
            )
            self.desk = cleanup.enter_context(Desk(score, options.desk, self._journal, rig=self.rigging.gateway))
            self.rigging.refused = self.desk.intake.counters.refuse
            self.desk.on_missing = lambda missing: notices.put("network", *missing)
            notices.put("network", *self.desk.missing)
            notices.listeners.append(self._tell_consoles)
            desk: ControlInput = self.desk
            sinks = [room.screens]
            self.console: Console | None = None
            if options.console_port is not None:
                desk = self.console = self._open_console(cleanup, options, extra_routes)
                sinks.append(OptionalSink(self.console.pictures, "the console page's pictures", self.failures))
            patterns = cleanup.enter_context(Patterns(room.context, sinks, self.rigging.step))
            self._takeover: Takeover | None = None
            if options.reload:
                show_files.held_fps = score.fps
                told_of = Unforeseen(options.incidents)
                reader = cleanup.enter_context(ReaderProcess())
                read = partial(show_files.read, reader.check)
                is_read = not edition.is_kept
                watch = cleanup.enter_context(
                    FileWatcher(show_files.files, read, prepare=reader.start, is_read=is_read, told_of=told_of)
                )
                self._takeover = Takeover(watch.take, self, self.performance, show_files.score, notices, told_of)
            self._standby = Standby(self.performance, self.supply, lambda: self.mixer.sizes)
            self._player = Player(self.performance, clock, desk, self.supply, self.mixer, [patterns], self.report)
            notices.publish()
            # What is loaded now stays: to look for garbage in all of it takes 0.17 s, five frames, every now and then.
            gc.freeze()
            cleanup.callback(gc.unfreeze)
            self._cleanup = cleanup.pop_all()

    def step(self) -> int:
        """What was saved, when its moment has come, and one frame. Returns its number."""
        if self._takeover is not None:
            edition = self._takeover.due(self.frame_number + 1)
            if edition is not None:
                try:
                    self._take(edition, self.frame_number + 1)
                except DeviceError:
                    raise
                except Exception as error:  # what was saved is less than the show
                    self._takeover.refuse(error)
        self.notices.publish()
        self.frame_number = self._player.step()
        self._standby.look(self.frame_number)
        return self.frame_number

    def show(self, sizes: Sizes) -> None:
        """From the next frame on outputs are seen at these sizes."""
        self.performance.show(sizes)
        self.mixer.show(sizes)

    def prepare(self, edition: Edition) -> bool:
        """See takeover.Prospect."""
        if edition is not self._checked:
            self._room.check(edition)
            self._checked = edition
        atlas = edition.score.atlas
        return self.supply.prepare(atlas, lambda: self._room.supply_for(edition, self._frames_of(atlas))) is not None

    def prefetch(self, edition: Edition, frame_number: int) -> IsReady:
        """See takeover.Prospect."""
        self._foreseen_performance = self.performance.successor(edition.score, frame_number)
        supply = self.supply.prepare(edition.score.atlas, _unprepared)
        if self._foreseen_performance is None or supply is None:
            return lambda: True
        sizes = self._room.sizes_of(edition)
        self._foreseen_performance.show(sizes)
        return supply.prefetch(self._foreseen_performance.frame_at, frame_number, sizes)

    def _take(self, edition: Edition, frame_number: int) -> None:
        before, score = self.edition, edition.score
        if not self.performance.succeed(score, frame_number, TAKEOVER_FADE_SECONDS):
            raise ValueError(f"{self._file}: the edition lacks the cue that plays")
        self.edition = edition
        waits = self._room.take(edition)
        self.rigging.take(edition.venue.heads)
        sizes = self._room.sizes_of(edition)
        self.show(sizes)
        self.notices.put("files")
        self.notices.put("edit", *waits, *edit_notices(before.score, score, self.performance.control, sizes))
        self.notices.put("score", *edition.production.warnings)
        self.desk.play(score, edition.space)
        if self._journal is not None and score.digest != before.score.digest:
            self._journal.succeed(Succession(frame_number, score.digest, score.title, self.performance.control))
        if self.console is not None:
            self.console.score = score
        log.info("what was saved plays")

    def _tell_consoles(self, change: NoticeChange) -> None:
        self.desk.send_notices("to mend", [str(notice.what) for notice in change.new])

    def _is_locked(self) -> bool:
        return self.performance.control.locked

    def _frames_of(self, atlas: str) -> FrameAt:
        """Frames to come, as far as they are drawn with an atlas."""
        return lambda frame_number: frame_for_atlas(self.performance.frame_at(frame_number), atlas)

    def _open_console(self, cleanup: ExitStack, options: EngineOptions, extra_routes: Sequence[BaseRoute]) -> Console:
        # Only here, so that a show without a page loads no web server.
        from installation.player.console import Console, FrameMeter

        watch = FrameMeter(self._room.screens, self.supply.statistics, self.report)

        console = cleanup.enter_context(
            Console(
                *(self.desk, self.edition.score, self._room.context, options.console_port or 0, watch),
                *(extra_routes, self.rigging.gateway),
                or_any=options.any_console_port,
            )
        )
        self.notices.listeners.append(console.tell_notices)
        log.info("console page: %s/", url_of(options.desk.host, console.port))
        return console

    def close(self) -> None:
        self._cleanup.close()


def _journal(
    cleanup: ExitStack, options: EngineOptions, recording: Recording | None, score: Score, clock: MonotonicClock
) -> Journal | None:
    """The journal, opened; one that is resumed or may be later waits for its disk, whatever that has."""
    path, anchor = options.journal, ClockAnchor(clock.epoch, clock.steady_epoch, this_boot())
    if path is None:
        return None
    if recording is not None:
        return cleanup.enter_context(Journal.resume(path, recording, anchor))
    return cleanup.enter_context(Journal(path, JournalHeader.of(score, anchor), unattended=options.resume))


def _unprepared() -> Supply:
    raise ValueError("an edition is prepared before it is foreseen")
