"""The player: one loop, one screen long. Show, film and still differ only in clock, desk, supply and sinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from installation.outputs.sink import Sink
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.supply import Supply
from installation.player.report import Report
from installation.show.clock import Clock
from installation.show.control import Control, Message
from installation.show.performance import Performance


class ControlInput(Protocol):
    """Where control comes from: the desk of a live show, the journal of an old one, or nobody."""

    def drain(self, frame_number: int, control: Control) -> Sequence[Message]:
        """What takes effect at this frame, stamped and in order; `control` is the state before it."""

    def tell(self, frame_number: int, control: Control) -> None:
        """Where the show stands now, for whoever listens."""


class Player:
    """Plays a performance frame by frame. It owns nothing: whoever puts it together opens and closes the parts."""

    def __init__(
        self,
        performance: Performance,
        clock: Clock,
        desk: ControlInput,
        supply: Supply,
        mixer: Mixer,
        sinks: Sequence[Sink],
        report: Report,
    ) -> None:
        self._performance = performance
        self._clock = clock
        self._desk = desk
        self._supply = supply
        self._mixer = mixer
        self._sinks = sinks
        self._report = report

    def run(self, should_continue: Callable[[int], bool]) -> None:
        """Play frame after frame for as long as `should_continue` says so of the one just shown."""
        while should_continue(self.step()):
            pass

    def step(self) -> int:
        """One frame: tick, drain, evaluate, supply, mix, present, tell; each stage is timed. Returns its number."""
        timed = self._report.stages.timed
        self._report.stages.begin_frame()
        with timed("tick"):
            tick = self._clock.tick()
        with timed("drain"):
            messages = self._desk.drain(tick.frame_number, self._performance.control)
            self._performance.follow(messages, tick.frame_number)
        with timed("evaluate"):
            frame = self._performance.frame_at(tick.frame_number)
        with timed("supply"):
            sources = self._supply.sources(frame, self._mixer.sizes)
        with timed("mix"):
            canvases = self._mixer.mix(frame, sources)
        with timed("present"):
            for sink in self._sinks:
                sink.present(tick.frame_number, canvases)
        with timed("tell"):
            self._desk.tell(tick.frame_number, self._performance.control)
        self._report.count(tick)
        return tick.frame_number
