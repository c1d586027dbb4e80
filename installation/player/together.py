"""A machine that plays a show together with others: it keeps in step with them, and reports its state."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue

from installation.desk.journal.journal import Journal
from installation.desk.journal.journal_lines import Succession
from installation.desk.rig_gateway import MACHINES_ROOT
from installation.editions.edition import Edition
from installation.errors import DeviceError, RefusedError, RigError
from installation.fleet.ensemble import GIVE_BACK, Ensemble, Playing
from installation.fleet.house_proof import SCREENSHOT, HouseScreenshot
from installation.fleet.keys import KeyFiles
from installation.fleet.member import Member
from installation.fleet.network import FleetNetwork, Listener
from installation.fleet.zenoh_network import HOUSE, ZenohNetwork
from installation.notices import Notices
from installation.player.beginning import Beginning
from installation.player.house_editions import HouseEditions
from installation.player.report import Report
from installation.player.screens import Screens
from installation.rig import sync_code
from installation.rig.actions import Action
from installation.rig.machines import Fleet
from installation.rig.rigging import Rigging
from installation.show.clock import HouseClock
from installation.show.control import Message
from installation.show.playing.performance import Performance

ABOUT_GIVE_BACK = "Lets this standby machine release the heads of the machine for which it stands in."

TOLD_SECONDS = 0.0002
"""The windows learn of a slewed clock if it moved by more than this: less than a hundredth of a frame."""


class Together:
    """Ties an ensemble to the show of this machine. `sequencer` is for the desk."""

    def __init__(
        self,
        editions: HouseEditions,
        performance: Performance,
        clock: HouseClock,
        beginning: Beginning,
        edition: Edition,
        screens: Screens,
        report: Report,
        notices: Notices,
    ) -> None:
        self._performance, self._clock, self._edition = performance, clock, edition
        self._screens, self._report, self._notices = screens, report, notices
        self._ensemble = Ensemble(
            *(editions.member, performance, clock, beginning.base(edition.score), beginning.messages, beginning.house),
            time.monotonic,
        )
        self._ensemble.editions = editions.exchange
        editions.member.questions[SCREENSHOT] = self._screenshot
        self._told_epoch = clock.steady_epoch
        self._dark: frozenset[str] = frozenset()
        self._kept: SimpleQueue[RefusedError] = SimpleQueue()
        self._rigging: Rigging | None = None
        self._darken()
        self.sequencer = self._ensemble.sequencer

    def journal_to(self, journal: Journal) -> None:
        """Record in this journal when the machine adopts the state of machines that have played for longer."""

        def adopted(base: Succession, messages: Sequence[Message]) -> None:
            journal.succeed(base)
            journal.record(messages)

        self._ensemble.on_adopted = adopted

    def offer(self, rigging: Rigging) -> None:
        """Offer desk and page the commands by which standby machines give heads back; any machine takes them."""
        self._rigging = rigging
        standbys = [one.name for one in self._ensemble.member.fleet.machines if one.standby_for]
        addresses = {name: f"{MACHINES_ROOT}/{name}/{GIVE_BACK}" for name in standbys}
        rigging.offer("machines", {address: self._giving_back(name, address) for name, address in addresses.items()})

    def step(self, frame_number: int) -> None:
        """Exchange messages and states with the other machines. Call it after every frame."""
        self._ensemble.step(frame_number, self._playing, partial(self._notices.put, "machines"))
        self._darken()
        while self._rigging is not None and not self._kept.empty():
            self._rigging.refuse(self._kept.get(), "machines")
        if abs(self._clock.steady_epoch - self._told_epoch) > TOLD_SECONDS:
            self._told_epoch = self._clock.steady_epoch
            self._screens.keep_time(self._told_epoch)

    def take(self, edition: Edition) -> None:
        """Report the edition that has taken over."""
        self._edition = edition
        self._ensemble.take()
        self._darken()

    def machines(self) -> list[dict[str, object]]:
        """The state of every machine, this one first."""
        return self._ensemble.machines()

    def _giving_back(self, standby: str, address: str) -> Action:
        def keeps(reason: str) -> None:
            self._kept.put(RefusedError(f"{address}: {standby} keeps them: {reason}"))

        return Action(ABOUT_GIVE_BACK, lambda _numbers: self._ensemble.give_back(standby, keeps))

    def _screenshot(self, _data: bytes) -> bytes:
        """A screenshot of this machine's desktop, for a proof. The network's thread calls this."""
        # Imported here, so that a machine without windows loads none of their modules.
        from installation.outputs.windows.proof import screenshot

        try:
            before, picture, after = self._clock.due_now(), screenshot(), self._clock.due_now()
        except DeviceError as error:
            return HouseScreenshot(reason=str(error)).as_bytes()
        frames = tuple(code.frame_number for code in sync_code.find(picture))
        outputs = sum(head.source not in self._dark for head in self._edition.venue.heads)
        reason = "" if frames else "no sync code is seen; show the test pattern `sync` on its outputs first"
        return HouseScreenshot(frames, (before + after) / 2, outputs, reason).as_bytes()

    def _darken(self) -> None:
        """Darken the outputs that this machine has on standby, while their own machine shows them."""
        heads = self._edition.venue.heads
        shown = {head.source for head in heads if self._ensemble.is_shown(head.machine)}
        dark = frozenset(head.source for head in heads) - shown
        if dark != self._dark:
            self._dark = dark
            self._performance.darken(dark)

    def _playing(self) -> Playing:
        edition, frames = self._edition, self._report.frames
        sources = dict.fromkeys(head.source for head in edition.venue.heads)
        shown = [output for output in sources if output not in self._dark]
        digests = {"score": edition.score.digest, "atlas": edition.score.atlas, "rig": edition.venue.digest}
        return Playing(digests, frames.shown, frames.skipped, shown)


def open_member(edition: Edition, machine: str | None, accepts: Callable[[Message], bool]) -> Member | None:
    """This machine as a member of the rig's fleet; None if the rig has no other machines.

    Raises RigError if the options do not name this machine. The member retries a failed network connection later.
    """
    fleet = edition.venue.fleet
    if fleet is None:
        return None
    if machine is None:
        names = ", ".join(one.name for one in fleet.machines)
        raise RigError(f"the rig has several machines; name this one with --machine NAME: {names}")
    if not fleet.others(machine):
        return None
    return Member(fleet, machine, partial(_connected, fleet, machine), accepts)


def _connected(fleet: Fleet, name: str, listener: Listener) -> FleetNetwork:
    machine = fleet.machine(name)
    assert machine is not None, "the rig was read for this machine"
    keys = None
    if fleet.keys is not None:
        keys = KeyFiles.of(fleet.keys, name)
        keys.check(machine)
    return ZenohNetwork(machine, fleet.others(name), keys, HOUSE, listener)
