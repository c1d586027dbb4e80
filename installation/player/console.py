"""The console of a live performance: it sends every frame's state and live pictures to the console page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import moderngl

from installation.desk.page.page import ConsolePage
from installation.desk.page.pictures import OutputSheet
from installation.desk.page.snapshot import MachineState, OutputState, PageSnapshot, StageState
from installation.desk.rig_gateway import RigGateway
from installation.notices import NoticeChange
from installation.outputs.live_previews import LivePreviews
from installation.outputs.sink import Sink
from installation.owner import Owner
from installation.picture.supply.supply import SupplyStatistics
from installation.player.report import Report
from installation.show.control import Control, Message
from installation.show.score import Score

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from installation.desk.desk import Desk

COUNT_SECONDS = 1.0
"""How often the figures of the outputs are renewed."""


class Console(Owner):
    """Stands between player and desk: passes `drain` and `tell` on to the desk, and shows both to people on the page.

    Give the player `console` as its desk and `console.pictures` as one more sink. `score` is the playing score.
    `extra_routes` share the port: OSCQuery, health. If the port is in use, the console waits for it, or takes another
    one with `or_any`.
    """

    def __init__(
        self,
        desk: Desk,
        score: Score,
        context: moderngl.Context,
        port: int,
        watch: FrameMeter,
        extra_routes: Sequence[BaseRoute] = (),
        rig: RigGateway | None = None,
        *,
        or_any: bool = False,
    ) -> None:
        self.score = score
        self.further_counts: Callable[[], Mapping[str, int]] = dict
        """Further counts, with labels for the page."""
        self._notices = NoticeChange()
        self._desk = desk
        self._watch = watch
        with ExitStack() as cleanup:
            self.page = cleanup.enter_context(
                ConsolePage(desk.put, desk.guard, desk.intake.counters.refuse, rig=rig, values=desk.publisher.values)
            )
            live = self.page.pictures
            self.pictures = cleanup.enter_context(
                LivePreviews(context, lambda: live.wanted, lambda *copies: live.offer(OutputSheet(*copies)))
            )
            desk.intake.counters.listeners.append(self.page.refused)
            routes = [*self.page.routes, *extra_routes]
            self.port = desk.serve(port, routes, or_any=or_any, certificate=desk.certificate)
            self._cleanup = cleanup.pop_all()

    def drain(self, frame_number: int, control: Control) -> Sequence[Message]:
        """See player.ControlInput.drain."""
        messages = self._desk.drain(frame_number, control)
        self.page.applied(messages, control)
        if messages:
            self.pictures.refresh_now()
        return messages

    def tell(self, frame_number: int, control: Control) -> None:
        """See player.ControlInput.tell."""
        self._desk.tell(frame_number, control)
        self.page.tell(
            PageSnapshot(
                self.score,
                frame_number,
                control,
                self._watch.states(),
                self._counts(),
                self._notices.mistakes,
                self._notices.warnings,
                self._watch.stages,
                self._watch.machines,
                self._desk.timecode,
                self._desk.peaks(),
            )
        )

    def tell_notices(self, change: NoticeChange) -> None:
        """Show these notices from now on."""
        self._notices = change

    def _counts(self) -> tuple[tuple[str, int], ...]:
        """The desk's counters; empty while no page is open."""
        if not self.page.clients:
            return ()
        desk = self._desk.statistics()
        counts = {"received": desk.received, "applied": desk.applied, "coalesced": desk.coalesced}
        counts |= {"feedback sent": desk.feedback_sent, "consoles open": self.page.clients}
        counts |= self.further_counts()
        return (*counts.items(), *((f"refused: {reason}", count) for reason, count in sorted(desk.refused.items())))

    def close(self) -> None:
        """Close page and pictures. The desk owns the web server and closes it."""
        if self.page.refused in (listeners := self._desk.intake.counters.listeners):
            listeners.remove(self.page.refused)
        self._cleanup.close()


class FrameMeter:
    """The figures of the show, renewed once a second.

    `states()` has every output's pictures per second, late and dropped pictures, skew and quality. `stages` has the
    times of every stage of a frame. `machines` has the state of every machine in the show, from `machines_now`.
    """

    def __init__(
        self,
        screens: Sink,
        supply: Callable[[], SupplyStatistics],
        report: Report,
        machines_now: Callable[[], Sequence[Mapping[str, Any]]] = tuple,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screens = screens
        self._supply = supply
        self._report = report
        self._now = now
        self.stages: tuple[StageState, ...] = ()
        self.machines: tuple[MachineState, ...] = ()
        self._machines_now = machines_now
        self._counted = now()
        self._shown: dict[str, int] = {}
        self._states: tuple[OutputState, ...] = ()

    def states(self) -> tuple[OutputState, ...]:
        """The states of the outputs, counted within the last second."""
        since = self._now() - self._counted
        if since >= COUNT_SECONDS:
            self._counted += since
            self._states = self._count(since)
            self.machines = tuple(MachineState(**one) for one in self._machines_now())
            self.stages = tuple(
                StageState(stage, one.p50_ms, one.p99_ms, one.worst_ms, one.skipped)
                for stage, one in self._report.stages.statistics().items()
            )
        return self._states

    def _count(self, seconds: float) -> tuple[OutputState, ...]:
        screens, supply = self._screens.statistics(), self._supply()
        states = tuple(
            OutputState(
                output,
                fps=round((one.shown - self._shown.get(output, 0)) / seconds, 1),
                late=self._report.frames.late if one.late is None else one.late,
                dropped=one.dropped or 0,
                skew_ms=one.skew_p99_ms,
                quality=_quality(supply.quality.get(output, 1.0), supply.key_step_frames),
            )
            for output, one in screens.items()
        )
        self._shown = {output: one.shown for output, one in screens.items()}
        return states


def _quality(share: float, key_step_frames: int) -> str:
    """A word for the quality, such as `native`, or `50% size, key 3`: half the width, every third frame decoded."""
    if share <= 0.0:
        return "no picture yet"
    size = "native" if share >= 1.0 else f"{share:.0%} size"
    return size if key_step_frames <= 1 else f"{size}, key {key_step_frames}"
