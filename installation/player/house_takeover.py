"""The takeover on several machines: an edit saved on one machine plays on all from the same frame, or on none."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from installation.editions.edition import Check, Edition, EditionStamp
from installation.editions.file_watcher import ReadResult, as_device_error
from installation.editions.takeover import TakeoverHost, cannot_take, reason_to_wait
from installation.errors import DeviceError, InstallationError
from installation.fleet.edition_exchange import Agreed, Wanted
from installation.fleet.edition_files import Manifest
from installation.fleet.wire import names
from installation.notices import Notices
from installation.owner import Owner
from installation.player.house_editions import HouseEditions
from installation.show.playing.performance import Performance

log = logging.getLogger(__name__)

AGREED_SECONDS = 1.5
"""Time from the agreement to the takeover: by then all machines know of it and have the first pictures."""

PATIENCE_SECONDS = 30.0
"""If a connected machine has not read an edition after this time, no machine plays it."""


class HouseTakeover(Owner):
    """Agrees with the other machines on the frame at which an edition takes over. For `due` and `refuse` see TakesOver.

    `take` returns what was read of this machine's files since its last call; `check` reads files from other machines.
    """

    def __init__(
        self,
        editions: HouseEditions,
        take: Callable[[], ReadResult[tuple[Edition, Manifest]] | None],
        check: Check | None,
        host: TakeoverHost,
        performance: Performance,
        notices: Notices,
        told_of: Callable[[Exception], InstallationError] = as_device_error,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._editions, self._exchange, self._member = editions, editions.exchange, editions.member
        self._take, self._check, self._host, self._performance = take, check, host, performance
        self._notices, self._told_of, self._steady = notices, told_of, steady
        self._offered: Edition | None = None
        self._ordered = ""
        self._refused: list[str] = []
        self._results: queue.SimpleQueue[tuple[Wanted, str]] = queue.SimpleQueue()
        self._errands: queue.SimpleQueue[Wanted | Edition | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="fleet-editions", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._errands.put(None)
        self._thread.join(2.0)

    def due(self, frame_number: int) -> Edition | None:
        """The edition that takes over at this frame, or should have done so earlier. Call it at every frame."""
        now = self._steady()
        if (read := self._take()) is not None:
            self._read(read, frame_number, now)
        for wanted in self._exchange.look(now):
            self._errands.put(wanted)
        while not self._results.empty():
            wanted, reason = self._results.get()
            self._exchange.hold(wanted, reason, now)
            if reason and wanted.manifest is None:
                self._notices.put(
                    "waiting", f"{wanted.machine} plays another edition, which cannot play here: {reason}"
                )
        if (refused := self._exchange.refused_here()) != self._refused:
            self._refused = refused
            self._notices.put("saved elsewhere", *refused)
        if self._offered is not None:
            self._negotiate(self._offered, frame_number, now)
        return self._agreed(frame_number)

    def refuse(self, error: Exception) -> None:
        """Report that an edition could not take over; the playing edition goes on."""
        told = self._told_of(error)
        self._notices.put("saved", *(told.mistakes or (str(told),)))

    def _read(self, read: ReadResult[tuple[Edition, Manifest]], frame_number: int, now: float) -> None:
        self._offered = None
        self._exchange.withdraw()
        self._notices.put("saved")
        self._notices.put("waiting")
        if read.value is None:
            self.refuse(read.error or DeviceError("the player read nothing"))
            return
        edition, manifest = read.value
        if manifest.id != self._exchange.playing.id and edition.texts:
            self._offered = edition
            self._exchange.offer(manifest, frame_number, now)

    def _negotiate(self, edition: Edition, frame_number: int, now: float) -> None:
        """Agree on a frame for the edition saved here, once all machines hold it and nothing makes it wait."""
        exchange = self._exchange
        if exchange.offered is None or exchange.is_agreed:
            return
        answers = exchange.answers(now)
        silent = [machine for machine, answer in answers.items() if answer is None]
        reasons = [f"{machine}: {reason}" for machine, reason in answers.items() if reason]
        if silent and exchange.waited(now) > PATIENCE_SECONDS:
            reasons.append(f"{names(silent)}: no answer for {PATIENCE_SECONDS:g} s; look at its log, and save it again")
        try:
            is_prepared = self._host.prepare(edition)
        except Exception as error:  # no error may stop the playing edition
            reasons.append(f"{self._member.name}: {self._told_of(error)}")
        if reasons:
            self._offered = None
            exchange.refuse()
            self._notices.put("waiting")
            self._notices.put("saved", *(f"what was saved plays nowhere; {reason}" for reason in reasons))
            return
        why = reason_to_wait(self._performance, edition, frame_number)
        if silent:
            why = f"the saved edit waits for {names(silent)}"
        self._notices.put("waiting", *([why] if why else []))
        if not why and is_prepared:
            seconds = AGREED_SECONDS + self._member.fleet.lead_seconds if answers else 0.25
            exchange.agree(frame_number + max(self._performance.control.frames_in(seconds), 1))

    def _agreed(self, frame_number: int) -> Edition | None:
        for agreed in self._exchange.agreed():
            edition = self._editions.edition(agreed.id)
            if edition is None:  # its files are still being fetched
                continue
            try:
                if taken := self._taken(edition, agreed, frame_number):
                    return taken
            except Exception as error:  # no error may stop the playing edition
                self._exchange.give_up(agreed.id)
                self.refuse(error)
        return None

    def _taken(self, edition: Edition, agreed: Agreed, frame_number: int) -> Edition | None:
        if not self._host.prepare(edition):
            return None
        at = max(agreed.frame, frame_number)
        if self._ordered != agreed.id:
            self._ordered = agreed.id
            self._host.prefetch(edition, at)
        if frame_number < agreed.frame:
            return None
        if why := cannot_take(self._performance, edition, frame_number):
            self._exchange.give_up(agreed.id)
            self._offered = None
            self._notices.put("waiting", why)
            return None
        self._exchange.took(agreed)
        self._offered, self._ordered = None, ""
        self._notices.put("saved")
        self._notices.put("waiting")
        taken = replace(edition, taken=EditionStamp(agreed.frame, agreed.machine))
        if agreed.machine != self._member.name:
            log.info("machine '%s' has an edition that all play from frame %d on", agreed.machine, agreed.frame)
            self._errands.put(taken)
        return taken

    def _run(self) -> None:
        """In the background: fetch and read other machines' editions, and write their files when one takes over."""
        while (errand := self._errands.get()) is not None:
            if isinstance(errand, Wanted):
                self._results.put((errand, self._reason_against(errand)))
                continue
            try:
                self._editions.shared.take(errand, time.time())
            except InstallationError as error:
                sentence = f"the edit that {errand.taken.machine} saved plays, but could not be written here: {error}"
                self._notices.put("files", sentence)

    def _reason_against(self, wanted: Wanted) -> str:
        """Fetch and read an edition; returns why it cannot play here, empty if it can."""
        if self._editions.edition(wanted.id) is not None:
            return ""
        taken = EditionStamp(-1, wanted.machine)
        try:
            edition = self._editions.brought(wanted.id, wanted.machine, wanted.manifest, taken, self._check)
            found = self._editions.add(edition).id
        except Exception as error:  # no error may stop the playing edition
            told = self._told_of(error)
            return str(told.mistakes[0]) if told.mistakes else str(told)
        return "" if found == wanted.id else "its files differ from those that were saved; save it again"
