"""The engine plays one show in real time, and lets saved editions of it take over while it runs.

Show and rehearsal open their screens first. They give them to the engine, with a factory for supplies of pictures.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from installation.desk.desk import Desk
from installation.desk.journal.journal import Journal
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader, Succession
from installation.desk.network.peers import url_of
from installation.editions.edition import Edition, ShowFiles
from installation.editions.file_watcher import FileWatcher, ReadResult
from installation.editions.held_edits import HeldEdits
from installation.editions.reader_process import ReaderProcess
from installation.editions.takeover import Takeover, TakesOver
from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.fleet.edition_files import Manifest
from installation.notices import Notices
from installation.outputs.patterns import Patterns
from installation.outputs.sink import OptionalSink, Sink
from installation.owner import Owner
from installation.player.beginning import FROM_THE_START, Beginning
from installation.player.blind_edit import BlindEdit
from installation.player.drawing import Drawing
from installation.player.house_editions import HouseEditions
from installation.player.house_takeover import HouseTakeover
from installation.player.options import EngineOptions
from installation.player.player import Player
from installation.player.report import Report
from installation.player.screens import Screens
from installation.player.standby import Standby
from installation.player.supplies import SupplyFactory
from installation.player.together import Together
from installation.player.unforeseen import Unforeseen
from installation.rig.rigging import Rigging
from installation.show.clock import HouseClock, MonotonicClock, this_boot
from installation.show.playing.performance import Performance
from installation.show.playing.succession import edit_notices
from installation.show.score import Score

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from installation.player.broadcast import Broadcast
    from installation.player.console import Console
    from installation.player.sound_player import SoundPlayer

log = logging.getLogger(__name__)

TAKEOVER_FADE_SECONDS = 0.6
"""The length of the fade from one edition to the next."""


class Engine(Owner):
    """Owns drawing, desk, rigging, page and watcher, opened as a whole or not at all. `step` plays a frame.

    `since_command` gives the seconds since the command. `editions` are this machine's editions if several machines play
    the show. `extra_routes` share the console's port. The engine publishes `notices`, including those that were put
    there before. Raises the errors of its parts.
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
        beginning: Beginning = FROM_THE_START,
        editions: HouseEditions | None = None,
        extra_routes: Sequence[BaseRoute] = (),
    ) -> None:
        self.edition = edition
        self.frame_number = 0
        self.notices = notices
        self.failures = FailureLog(log)
        self.performance = Performance(edition.score, screens.sizes_of(edition), beginning.base(edition.score).control)
        self.performance.follow(beginning.messages, self.frame_number)
        self._screens, self._show_files = screens, show_files
        with ExitStack() as cleanup:
            self.drawing = drawing = cleanup.enter_context(
                Drawing(screens, supplies, self.performance, edition, since_command, hurried=options.hurried)
            )
            self.report = Report(drawing.supply.statistics, since_command, edition.score.fps)
            cleanup.callback(self.report.stages.skips.flush)
            clock = self._draw_first_frame(beginning, is_together=editions is not None)
            self.together = self._join(editions, beginning, clock)
            self._journal = _open_journal(cleanup, options, beginning, edition.score, clock)
            if self.together is not None and self._journal is not None:
                self.together.journal_to(self._journal)
            self._open_desk(cleanup, options)
            self.console = self._open_console(cleanup, options, extra_routes)
            self.broadcast = self._open_broadcast(cleanup, options)
            patterns = cleanup.enter_context(Patterns(screens.context, self._sinks(), self.rigging.step))
            self._blind_edit: BlindEdit | None = None
            self._takeover = self._open_takeover(cleanup, options, editions)
            self.sound = self._open_sound(cleanup)
            self._standby = Standby(self.performance, drawing.supply, lambda: drawing.mixer.sizes)
            desk = self.console or self.desk
            self._player = Player(self.performance, clock, desk, drawing.supply, drawing.mixer, [patterns], self.report)
            notices.put("score", *edition.production.warnings)
            notices.publish()
            # The objects loaded by now stay. A full garbage collection of them would take 0.17 s, five frames.
            gc.freeze()
            cleanup.callback(gc.unfreeze)
            self._cleanup = cleanup.pop_all()

    def step(self) -> int:
        """Let a saved edition take over if it is due, and play one frame. Returns the frame's number."""
        if self._takeover is not None:
            self._take_if_due(self._takeover, self.frame_number + 1)
        if self._blind_edit is not None:
            self._blind_edit.step(self.frame_number + 1)
        self.notices.publish()
        self.frame_number = self._player.step()
        self._standby.look(self.frame_number)
        self.drawing.look(self.frame_number)
        if self.sound is not None:
            self.sound.step(self.frame_number)
        if self.together is not None:
            self.together.step(self.frame_number)
        if self.broadcast is not None:
            self.broadcast.step()
        return self.frame_number

    def _take_if_due(self, takeover: TakesOver, frame_number: int) -> None:
        edition = takeover.due(frame_number)
        if edition is None:
            return
        try:
            self._take(edition, frame_number)
        except DeviceError:
            raise
        except Exception as error:  # a saved edit must not end the show
            takeover.refuse(error)

    def _take(self, edition: Edition, frame_number: int) -> None:
        before, score = self.edition, edition.score
        since = frame_number if self.together is None else edition.taken.frame
        if not self.performance.succeed(score, since, TAKEOVER_FADE_SECONDS):
            raise ValueError(f"{self._show_files.score}: the edition lacks the cue that plays")
        self.edition = edition
        waits = self._screens.take(edition)
        self.rigging.take(edition.venue.heads)
        sizes = self._screens.sizes_of(edition)
        self.drawing.show(sizes)
        self.notices.put("files")
        self.notices.put("edit", *waits, *edit_notices(before.score, score, self.performance.control, sizes))
        self.notices.put("score", *edition.production.warnings)
        self.desk.play(score, edition.space)
        if self._journal is not None and score.digest != before.score.digest:
            self._journal.succeed(Succession(frame_number, score.digest, score.title, self.performance.control))
        if self.console is not None:
            self.console.score = score
        if self.together is not None:
            self.together.take(edition)
        log.info("what was saved plays")

    def _draw_first_frame(self, beginning: Beginning, *, is_together: bool) -> MonotonicClock:
        """Draw the first pictures, which takes long, and only then start the clock, so that no frame is late."""
        fps = self.edition.score.fps
        self.frame_number = beginning.frame_number(fps)
        self.drawing.draw(self.performance.frame_at(self.frame_number))
        clock = beginning.clock(fps, is_together=is_together)
        self._screens.keep_time(clock.steady_epoch)
        return clock

    def _join(self, editions: HouseEditions | None, beginning: Beginning, clock: MonotonicClock) -> Together | None:
        if editions is None or not isinstance(clock, HouseClock):
            return None
        performance, edition = self.performance, self.edition
        return Together(*(editions, performance, clock, beginning, edition, self._screens, self.report, self.notices))

    def _open_desk(self, cleanup: ExitStack, options: EngineOptions) -> None:
        """Open the rigging, which the desk controls, and the desk."""
        performance, mixer, notices = self.performance, self.drawing.mixer, self.notices
        self.rigging = rigging = cleanup.enter_context(
            Rigging(
                self.edition.venue.heads,
                self._show_files.rig,
                self._screens.lay,
                sizes=lambda: mixer.sizes,
                is_locked=lambda: performance.control.locked,
            )
        )
        if self.together is not None:
            self.together.offer(rigging)
        self.desk = desk = cleanup.enter_context(
            Desk(
                *(self.edition.score, options.desk, self._journal),
                rig=rigging.gateway,
                sequencer=self.together.sequencer if self.together else None,
            )
        )
        rigging.refused = desk.intake.counters.refuse
        desk.on_missing = lambda missing: notices.put("network", *missing)
        notices.put("network", *desk.missing)
        notices.listeners.append(lambda change: desk.send_notices("to mend", [str(one.what) for one in change.new]))

    def _open_console(
        self, cleanup: ExitStack, options: EngineOptions, extra_routes: Sequence[BaseRoute]
    ) -> Console | None:
        if options.console_port is None:
            return None
        # Imported here, so that a show without a page loads no web server.
        from installation.player.console import Console, FrameMeter

        meter = FrameMeter(
            self._screens.sink,
            self.drawing.supply.statistics,
            self.report,
            self.together.machines if self.together else tuple,
        )
        context = self._screens.context
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

    def _open_sound(self, cleanup: ExitStack) -> SoundPlayer | None:
        """The sound of a score that has any. A score whose first sound comes with an edit is silent until a restart."""
        if not self.edition.score.buses:
            return None
        # Imported here, so that a silent show loads no sound modules.
        from installation.player.sound_player import SoundPlayer

        sound = SoundPlayer(self.performance, self._show_files.score.parent, self.edition.venue.sound)
        sound.prepare([one for cue in self.edition.score.cues for one in cue.sounds])
        if self.broadcast is not None:
            sound.listeners.append(self.broadcast.hear)
        self.desk.peaks = lambda: sound.meter.peaks
        return cleanup.enter_context(sound)

    def _open_broadcast(self, cleanup: ExitStack, options: EngineOptions) -> Broadcast | None:
        """Streams and recording, if the options have any."""
        if not options.streams and options.record is None:
            return None
        # Imported here, so that a show without streams or recording does not load them.
        from installation.player.broadcast import Broadcast

        score, sizes = self.edition.score, self.drawing.mixer.sizes
        broadcast = cleanup.enter_context(
            Broadcast(options.streams, options.record, sizes, score.fps, self.notices, has_sound=bool(score.buses))
        )
        if self.console is not None:
            self.console.further_counts = broadcast.counts
        return broadcast

    def _sinks(self) -> list[Sink]:
        """The sinks of pictures: the screens, and as optional sinks the page, streams and recordings."""
        found = [self._screens.sink]
        if self.console is not None:
            found.append(OptionalSink(self.console.pictures, "the console page's pictures", self.failures))
        if self.broadcast is not None:
            found.append(OptionalSink(self.broadcast.feeds, "streams and recordings", self.failures))
        return found

    def _open_takeover(
        self, cleanup: ExitStack, options: EngineOptions, editions: HouseEditions | None
    ) -> TakesOver | None:
        """The takeover of saved files, on this machine or on all; None if the options disable it."""
        files, edition, told_of = self._show_files, self.edition, Unforeseen(options.incidents)
        if not (options.reload or editions):
            return None
        files.held_fps = edition.score.fps
        reader = cleanup.enter_context(ReaderProcess())
        read, is_read = partial(files.read, reader.check), not edition.is_kept
        if editions is None:
            watcher = FileWatcher(files.files, read, prepare=reader.start, is_read=is_read, told_of=told_of)
            cleanup.enter_context(watcher)
            edits = HeldEdits(watcher.take, lambda edition: edition, self.notices)
            takeover = Takeover(edits.take, self.drawing, self.performance, files.score, self.notices, told_of)
            self._blind_edit = self._edit_blind(edits, takeover, options)
            return takeover
        saved = _nothing_saved
        if options.reload:
            house_watcher = FileWatcher(
                files.files, lambda: editions.described(read()), prepare=reader.start, is_read=is_read, told_of=told_of
            )
            saved = cleanup.enter_context(house_watcher).take
        house_edits = HeldEdits(
            saved,
            lambda described: described[0],
            self.notices,
            is_edit=lambda described: described[1].id != editions.playing().id,
        )
        house_takeover = cleanup.enter_context(
            HouseTakeover(
                editions, house_edits.take, reader.check, self.drawing, self.performance, self.notices, told_of
            )
        )
        self._blind_edit = self._edit_blind(house_edits, house_takeover, options)
        return house_takeover

    def _edit_blind(self, edits: HeldEdits[Any], takeover: TakesOver, options: EngineOptions) -> BlindEdit:
        """The addresses that preview, apply and discard a held edit."""
        edits.is_blind = options.blind
        mixer = self.drawing.mixer
        return BlindEdit(
            *(edits, self.drawing, self.performance, self.rigging),
            outputs=lambda: mixer.sizes.keys(),
            refuse=takeover.refuse,
        )

    def close(self) -> None:
        self._cleanup.close()


def _nothing_saved() -> ReadResult[tuple[Edition, Manifest]] | None:
    """Always None: this machine's files are not watched."""
    return None


def _open_journal(
    cleanup: ExitStack, options: EngineOptions, beginning: Beginning, score: Score, clock: MonotonicClock
) -> Journal | None:
    """Open the journal. If the show resumes, a journal whose disk is full waits for room."""
    path, anchor = options.journal, ClockAnchor(clock.epoch, clock.steady_epoch, this_boot())
    if path is None:
        return None
    if beginning.recording is not None:
        journal = cleanup.enter_context(Journal.resume(path, beginning.recording, anchor))
    else:
        journal = cleanup.enter_context(Journal(path, JournalHeader.of(score, anchor), unattended=options.resume))
    if beginning.house is not None:
        journal.succeed(beginning.base(score))
    if beginning.house is not None or beginning.recording is None:
        journal.record(beginning.messages)
    return journal
