"""The engine: everything that plays one show in real time, and lets saved editions of it take over while it runs.

Show and rehearsal open their screens first and give them to it, with what makes supplies of pictures for them.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

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
from installation.picture.supply.supply import Sizes, Supply
from installation.player.player import Player
from installation.player.report import Report
from installation.player.screens import Screens
from installation.player.standby import Standby
from installation.player.supplies import FrameAt, SupplyFactory
from installation.player.unforeseen import Unforeseen
from installation.rig.rigging import Rigging
from installation.show.clock import MonotonicClock, this_boot
from installation.show.control import Control, Message
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


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a show begins: at its first frame with `messages`, before the desk's first word; or, with a `recording`,
    where that journal says that it would be now."""

    messages: tuple[Message, ...] = ()
    recording: Recording | None = None

    @property
    def control(self) -> Control | None:
        """Where control stands before the messages; None for a show that begins."""
        return self.recording.succession.control if self.recording and self.recording.succession else None

    def epoch(self) -> float | None:
        """When the show's frame 0 was due, in seconds since 1970; None for a show that begins now."""
        return self.recording.epoch_now(time.time(), time.monotonic(), this_boot()) if self.recording else None


class Engine(Owner):
    """Owns performance, supply, mixer, desk, page and watcher, opened whole or not at all. `step` plays a frame.

    `since_command` tells how many seconds ago the command was given. `extra_routes` share the console's port. What a
    person should know of the show is in `notices`, also what was put there before. Raises what the parts raise.
    """

    def __init__(
        self,
        screens: Screens,
        supplies: SupplyFactory,
        show_files: ShowFiles,
        edition: Edition,
        options: EngineOptions,
        since_command: Callable[[], float],
        notices: Notices,
        *,
        beginning: Beginning = Beginning(),
        extra_routes: Sequence[BaseRoute] = (),
    ) -> None:
        self.edition = edition
        self.frame_number = 0
        self.notices = notices
        self.failures = FailureLog(log)
        self.performance = Performance(edition.score, screens.sizes_of(edition), beginning.control)
        self.performance.follow(beginning.messages, self.frame_number)
        self._screens, self._supplies, self._show_files = screens, supplies, show_files
        self._checked = edition
        self._foreseen_performance: Performance | None = None
        with ExitStack() as cleanup:
            self._open_picture(cleanup, since_command)
            clock = self._draw_first_frame(beginning)
            self._open_desk(cleanup, options, beginning, clock)
            self.console = self._open_console(cleanup, options, extra_routes)
            patterns = cleanup.enter_context(Patterns(screens.context, self._sinks(), self.rigging.step))
            self._takeover = self._watch_files(cleanup, options) if options.reload else None
            self._standby = Standby(self.performance, self.supply, lambda: self.mixer.sizes)
            desk = self.console or self.desk
            self._player = Player(self.performance, clock, desk, self.supply, self.mixer, [patterns], self.report)
            notices.put("score", *edition.production.warnings)
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
            self._screens.check(edition)
            self._checked = edition
        return self.supply.prepare(edition.score.atlas, lambda: self._supply_for(edition)) is not None

    def prefetch(self, edition: Edition, frame_number: int) -> IsReady:
        """See takeover.Prospect."""
        self._foreseen_performance = self.performance.successor(edition.score, frame_number)
        supply = self.supply.prepare(edition.score.atlas, _unprepared)
        if self._foreseen_performance is None or supply is None:
            return lambda: True
        sizes = self._screens.sizes_of(edition)
        self._foreseen_performance.show(sizes)
        return supply.prefetch(self._foreseen_performance.frame_at, frame_number, sizes)

    def _take(self, edition: Edition, frame_number: int) -> None:
        before, score = self.edition, edition.score
        if not self.performance.succeed(score, frame_number, TAKEOVER_FADE_SECONDS):
            raise ValueError(f"{self._show_files.score}: the edition lacks the cue that plays")
        self.edition = edition
        waits = self._screens.take(edition)
        self.rigging.take(edition.venue.heads)
        sizes = self._screens.sizes_of(edition)
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

    def _supply_for(self, edition: Edition) -> Supply:
        return self._supplies(edition, self._frames_of(edition.score.atlas), lambda: self.performance.control)

    def _open_picture(self, cleanup: ExitStack, since_command: Callable[[], float]) -> None:
        """All that a picture is made with, and the figures of it."""
        score = self.edition.score
        self.mixer = cleanup.enter_context(Mixer(self._screens.context, self._screens.sizes_of(self.edition)))
        for _ in self.mixer.warm_up():
            if since_command() > WARM_UP_SECONDS:
                break
        self.supply = AtlasSupplies(score.atlas, self._supply_for(self.edition))
        cleanup.callback(self.supply.close)
        self.report = Report(self.supply.statistics, since_command, score.fps)
        cleanup.callback(self.report.stages.skips.flush)

    def _draw_first_frame(self, beginning: Beginning) -> MonotonicClock:
        """Draw the first pictures, which take their time, and only then start the clock: no frame is late for them."""
        fps, epoch = self.edition.score.fps, beginning.epoch()
        self.frame_number = 0 if epoch is None else max(int(Fraction(time.time() - epoch) * fps), 0)
        frame = self.performance.frame_at(self.frame_number)
        self.mixer.mix(frame, self.supply.sources(frame, self.mixer.sizes))
        clock = MonotonicClock(fps, epoch, lead_seconds=float(1 / fps))
        self._screens.keep_time(clock.steady_epoch)
        return clock

    def _open_desk(
        self, cleanup: ExitStack, options: EngineOptions, beginning: Beginning, clock: MonotonicClock
    ) -> None:
        """The journal, the rig under the desk's hands, and the desk itself."""
        score = self.edition.score
        self._journal = _journal(cleanup, options, beginning.recording, score, clock)
        if self._journal and not beginning.recording:
            self._journal.record(beginning.messages)
        heads, sizes = self.edition.venue.heads, lambda: self.mixer.sizes
        self.rigging = cleanup.enter_context(
            Rigging(heads, self._show_files.rig, self._screens.lay, sizes, self._is_locked)
        )
        self.desk = cleanup.enter_context(Desk(score, options.desk, self._journal, rig=self.rigging.gateway))
        self.rigging.refused = self.desk.intake.counters.refuse
        self.desk.on_missing = lambda missing: self.notices.put("network", *missing)
        self.notices.put("network", *self.desk.missing)
        self.notices.listeners.append(self._tell_consoles)

    def _open_console(
        self, cleanup: ExitStack, options: EngineOptions, extra_routes: Sequence[BaseRoute]
    ) -> Console | None:
        if options.console_port is None:
            return None
        # Only here, so that a show without a page loads no web server.
        from installation.player.console import Console, FrameMeter

        meter, context = FrameMeter(self._screens.sink, self.supply.statistics, self.report), self._screens.context

        console = cleanup.enter_context(
            Console(
                *(self.desk, self.edition.score, context, options.console_port, meter),
                *(extra_routes, self.rigging.gateway),
                or_any=options.any_console_port,
            )
        )
        self.notices.listeners.append(console.tell_notices)
        log.info(
            "console page: %s/", url_of(options.desk.host, console.port, secure=options.desk.certificate is not None)
        )
        return console

    def _sinks(self) -> list[Sink]:
        """Where pictures go: the screens, and the page, which a show can do without."""
        if self.console is None:
            return [self._screens.sink]
        page = OptionalSink(self.console.pictures, "the console page's pictures", self.failures)
        return [self._screens.sink, page]

    def _watch_files(self, cleanup: ExitStack, options: EngineOptions) -> Takeover:
        """What lets saved files take over."""
        files, edition, told_of = self._show_files, self.edition, Unforeseen(options.incidents)
        files.held_fps = edition.score.fps
        reader = cleanup.enter_context(ReaderProcess())
        read, is_read = partial(files.read, reader.check), not edition.is_kept
        watcher = cleanup.enter_context(
            FileWatcher(files.files, read, prepare=reader.start, is_read=is_read, told_of=told_of)
        )
        return Takeover(watcher.take, self, self.performance, files.score, self.notices, told_of)

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
