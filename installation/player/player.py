"""The player: the loop that makes every frame. Read this file first.

A frame is one pass through seven stages. Each stage is a call to one part:

    stage     part          gives
    tick      clock         the number of the frame to make
    drain     desk          messages: what people asked for since the last frame
    evaluate  performance   a Frame: what every output shows, as plain numbers
    supply    supply        the decoded pictures that the layers of this frame show
    mix       mixer         a Canvas for each output, on the graphics card
    present   sinks         nothing: windows, films and the console page take the canvases
    tell      desk          nothing: consoles and the page hear where the show stands

Show, rehearsal, film and still are this one loop. They differ only in clock, desk, supply and sinks. A show follows a
real clock and takes the pictures that are ready; a film waits for every picture. `engine.py` puts the parts together
for a show or a rehearsal, `offline.py` for films and stills.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from installation.outputs.sink import Sink
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.supply import Supply
from installation.player.report import Report
from installation.show.clock import Clock
from installation.show.control import Control, Message
from installation.show.playing.performance import Performance


class ControlInput(Protocol):
    """The source of control: the desk of a live show, the journal of an old show, or none."""

    def drain(self, frame_number: int, control: Control) -> Sequence[Message]:
        """The messages that take effect at this frame, stamped and in order; `control` is the state before it."""

    def tell(self, frame_number: int, control: Control) -> None:
        """Tell the listeners where the show is now."""


class Player:
    """Plays a performance frame by frame.

    `performance` is the score and the state of control: `follow` folds messages into it, `frame_at` evaluates it. The
    player owns nothing: its caller opens and closes the parts.
    """

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
        """Play frame after frame as long as `should_continue` is true for the number of the frame just shown."""
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
