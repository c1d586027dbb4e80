"""A show for the page to look at: a small score and a player without pictures that takes a frame when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from installation.desk.guard import AccessGuard
from installation.desk.inbox import Outcome, untold
from installation.desk.network.event_loop import EventLoop
from installation.desk.network.web import WebServer
from installation.desk.page.page import ConsolePage
from installation.desk.page.pictures import OutputSheet
from installation.desk.page.snapshot import MachineState, OutputState, PageSnapshot, StageState
from installation.errors import Mistake, RefusedError
from installation.show.control import Control, Message, initial_control
from installation.show.playing.transport import resolve
from installation.show.score import Cue, Layer, Leg, Output, Parameter, Score, Take, Transition, Walk

NAMES = ("left", "centre", "right")


def small_score(title: str = "First light") -> Score:
    """Four cues of 10, 20, 30 and 15 seconds on three outputs: one dissolves, one holds, one loops."""
    take = Take(Walk((Leg("test/a/0", "test/a/1", 0.0, 10.0),), 10.0))

    def layers(*names: str) -> tuple[Layer, ...]:
        return tuple(Layer(name, (take,), NAMES) for name in names)

    return Score(
        title=title,
        fps=Fraction(30),
        outputs=tuple(Output(name, 1920, 1080) for name in NAMES),
        cues=(
            Cue("dawn", "Dawn over the spires", 10.0, layers("spires")),
            Cue("tides", "Tides", 20.0, layers("sea", "foam"), Transition("dissolve", 4.0)),
            Cue("plate", "All neurons of a layer", 30.0, layers("plate"), Transition("wipe", 3.0), end="hold"),
            Cue("embers", "Embers", 15.0, layers("embers"), Transition("dissolve", 5.0), end="loop"),
        ),
        parameters=(
            Parameter("warmth", 0.5, about="How warm the light is."),
            Parameter("drift", 0.2, -1.0, 1.0, about="How far the camera drifts."),
        ),
    )


class FakeShow:
    """Applies at once whatever the page puts, one frame each; `step` lets time pass."""

    def __init__(self, score: Score | None = None) -> None:
        self.score = score or small_score()
        self.peaks: dict[str, float] = {}
        self.control: Control = initial_control(self.score)
        self.frame_number = 0
        self.applied: list[Message] = []
        self.mistakes: tuple[Mistake, ...] = ()
        self.warnings: tuple[str, ...] = ()
        self.machines: tuple[MachineState, ...] = ()
        self.page: ConsolePage | None = None
        self.port = 0

    def put(self, message: Message, outcome: Outcome = untold, /) -> None:
        self.step()
        assert self.page is not None
        try:
            stamped = resolve(self.score, self.control, replace(message, frame=self.frame_number))
        except RefusedError as refused:
            self.page.refused(refused, message.source)
            outcome(refused, True)
            return
        outcome(stamped, self.control.hears(stamped))
        before, self.control = self.control, self.control.apply(stamped)
        self.applied.append(stamped)
        self.page.applied([stamped], before)
        self.tell()

    def compact(self) -> None:
        """Nothing has been done yet."""
        self.control, self.frame_number = initial_control(self.score), 0
        self.applied.clear()
        self.tell()

    def step(self, frames: int = 1) -> None:
        self.frame_number += frames
        self.tell()

    def tell(self) -> None:
        assert self.page is not None
        outputs = tuple(
            OutputState(name, 59.9, late=2 * index, dropped=index, skew_ms=0.4) for index, name in enumerate(NAMES)
        )
        counts = (("received", len(self.applied)), ("refused: double GO", 0))
        self.page.tell(
            PageSnapshot(
                self.score,
                self.frame_number,
                self.control,
                outputs,
                desk=counts,
                mistakes=self.mistakes,
                warnings=self.warnings,
                stages=(StageState("tick", 20.1, 22.0, 31.5), StageState("mix", 9.87, 14.2, 61.0, skipped=2)),
                machines=self.machines,
                peaks=self.peaks,
            )
        )

    def show(self, **greys: int) -> None:
        """Offers an even picture of one grey for each of these outputs, 64x36."""
        assert self.page is not None
        row = b"".join(bytes([grey] * 4 * 64) for grey in greys.values())
        places = {output: (64 * index, 0, 64, 36) for index, output in enumerate(greys)}
        self.page.pictures.offer(OutputSheet(self.frame_number, (64 * len(greys), 36), places, row * 36))


@contextmanager
def served(show: FakeShow, guard: AccessGuard | None = None, port: int = 0) -> Iterator[int]:
    """The page of a show on a port of this machine."""
    guard = guard or AccessGuard("127.0.0.1")
    with EventLoop() as loop, ConsolePage(show.put, guard) as page:
        show.page = page
        show.tell()
        server = WebServer("127.0.0.1", port, page.routes, lambda host: guard.admit(host, 0.0))
        loop.run(server.open())
        try:
            yield server.port
        finally:
            loop.run(server.close())
            assert not loop.failures
