"""Measures the desk: `python -m installation.benchmarks.desk [latency|artnet|http|midi|note|msc|flood|journal]`.

Prints JSON.

Console and player are two processes that talk over loopback UDP. The player is a loop of 60 frames a second that drains
and tells the desk, and computes for a third of each frame without letting go of the interpreter, which is the worst
that an evaluation can do to the desk's thread. No graphics card is involved.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from http.client import HTTPConnection
from itertools import accumulate
from pathlib import Path
from typing import Any

from installation.desk.desk import Desk, DeskOptions
from installation.desk.devices import DeviceSystems
from installation.desk.journal.journal import Journal
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader
from installation.desk.network.artnet_packets import PORT as ARTNET_PORT
from installation.desk.network.artnet_packets import DmxPacket, write_dmx
from installation.desk.network.osc_wire import encode_message
from installation.desk.network.peers import LOOPBACK
from installation.desk.page.page import ConsolePage
from installation.desk.page.snapshot import PageSnapshot
from installation.show.clock import MonotonicClock
from installation.show.control import Message, initial_control
from installation.show.score import Cue, Output, Parameter, Score

FADERS = 64

SCORE = Score(
    title="Benchmark",
    fps=Fraction(60),
    outputs=(Output("left", 640, 360),),
    cues=tuple(Cue(f"{number}", "", 10.0, (), end="hold") for number in range(1, 4)),
    parameters=tuple(Parameter(f"p{number}", 0.0) for number in range(FADERS)),
)

WORK_SECONDS = 1 / 180

LATE_SECONDS = 0.002

STEPS = 2**20
"""Messages are numbered by their value: number / STEPS is exact as a float32."""

TRIGGER_EVERY = 100

HTTP_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Frames:
    """The loop's timing: frames due, late and skipped, and milliseconds to drain and to tell the desk."""

    due: int
    late: int
    skipped: int
    drain_ms_p99: float
    drain_ms_worst: float
    tell_ms_p99: float


def latency(seconds: float = 20.0, messages_per_second: int = 1_000) -> dict[str, Any]:
    """The number of frames until an OSC message is in the picture: 1 is the very next frame."""
    with Desk(SCORE, DeskOptions(osc_port=0)) as desk:
        assert desk.osc is not None
        return _latency(desk, _send_steadily, desk.osc.port, STEPS, seconds, messages_per_second)


def artnet(seconds: float = 20.0, messages_per_second: int = 1_000) -> dict[str, Any]:
    """As `latency`, for Art-Net packets, each with a level of 16 bits."""
    with _desk("artnet: {universe: 0, channels: {1-2: /p/p0}}") as desk:
        return _latency(desk, _send_artnet, ARTNET_PORT, 65_535, seconds, messages_per_second)


def http(seconds: float = 20.0, messages_per_second: int = 1_000) -> dict[str, Any]:
    """As `latency`, for POSTs to the API, over four persistent connections."""
    with Desk(SCORE, DeskOptions()) as desk, ConsolePage(desk.put, desk.guard, values=desk.publisher.values) as page:
        page.tell(PageSnapshot(SCORE, 0, initial_control(SCORE)))
        port = desk.serve(0, page.routes, announce=False)
        return _latency(desk, _send_http, port, STEPS, seconds, messages_per_second, HTTP_CONNECTIONS)


def midi(seconds: float = 16.0, messages_per_second: int = 1_000) -> dict[str, Any]:
    """As `latency`, for a pitch bend from a stand-in for a port, whose thread is in this process like a driver's."""
    keys = _Keys()
    return _played(keys, keys.bend, _by_value(16_383), seconds, messages_per_second)


def note(seconds: float = 16.0, messages_per_second: int = 1_000) -> dict[str, Any]:
    """As `midi`, for notes, each of which loads a cue."""
    keys = _Keys()
    return _played(keys, keys.note, _by_count(), seconds, messages_per_second)


def msc(seconds: float = 16.0, messages_per_second: int = 1_000) -> dict[str, Any]:
    """As `midi`, for MIDI Show Control: LOAD, which goes the way of GO; the desk refuses a second GO within 0.5 s."""
    keys = _Keys()
    return _played(keys, keys.load, _by_count(), seconds, messages_per_second)


@contextmanager
def _desk(words: str) -> Iterator[Desk]:
    """A desk with a desk file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "desk.yaml")
        file.write_text(f"name: Measured\n{words}\n")
        with Desk(SCORE, DeskOptions(map_file=file)) as desk:
            yield desk


class _Keys:
    """A controller that a thread plays."""

    def __init__(self) -> None:
        self._hear: Callable[[bytes], object] = len

    def names(self) -> tuple[str, ...]:
        return ("keys",)

    def open(self, name: str, hear: Callable[[bytes], object]) -> _Keys:
        del name
        self._hear = hear
        return self

    def bend(self, number: int) -> None:
        self._hear(bytes((0xE0, number & 0x7F, number >> 7)))

    def note(self, _: int) -> None:
        """A key, pressed and released."""
        self._hear(bytes((0x90, 60, 100)))
        self._hear(bytes((0x80, 60, 0)))

    def load(self, number: int) -> None:
        self._hear(bytes.fromhex("f07f00020105") + b"%d" % (number % len(SCORE.cues) + 1) + b"\xf7")

    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


Newest = Callable[[list[Message]], int]
"""The number of the newest message that has arrived, -1 before the first, from the messages of each frame in turn."""


def _by_value(steps: int, target: str = "/p/p0") -> Newest:
    """Messages to a fader say their number by their value."""
    return lambda messages: max((round(one.value * steps) for one in messages if one.target == target), default=-1)


def _by_count() -> Newest:
    """Messages come in order, and none is left out."""
    arrived = itertools.count()
    return lambda messages: max((next(arrived) for _ in messages), default=-1)


def _played(
    keys: _Keys, play: Callable[[int], object], newest: Newest, seconds: float, per_second: int
) -> dict[str, Any]:
    """Measure with a thread that plays numbers on a controller."""
    sent_at = list[float]()
    Desk.machine = DeviceSystems(midi=keys)
    player = threading.Thread(target=lambda: _pace(int(seconds * per_second), per_second, sent_at, play))
    with _desk("midi: {port: keys, lights: false, show_control: 0, map: {bend: /p/p0, note 60: /cue/2/load}}") as desk:
        player.start()
        return _waits(desk, player.is_alive, [newest], lambda: [sent_at])


def _latency(
    desk: Desk, send: Callable[..., None], port: int, steps: int, seconds: float, per_second: int, senders: int = 1
) -> dict[str, Any]:
    """Measure with a console process whose senders send numbers, each to its fader, as their share of a range."""
    console, results = _console(send, port, int(seconds * per_second), per_second)
    newest = [_by_value(steps, f"/p/p{number}") for number in range(senders)]
    figures = _waits(desk, lambda: not results.poll(), newest, results.recv)
    console.join()
    return figures


def _waits(
    desk: Desk, goes_on: Callable[[], bool], newest: Sequence[Newest], sent: Callable[[], Sequence[list[float]]]
) -> dict[str, Any]:
    """Play frames until the console has ended; returns how many passed until each number of each sender arrived."""
    drains: list[float] = []
    numbers: list[list[int]] = [[] for _ in newest]

    def drained(began: float, messages: list[Message]) -> None:
        drains.append(began)
        for one, newest_of in zip(numbers, newest, strict=True):
            one.append(newest_of(messages))

    frames = _play(desk, goes_on, drained)
    sent_at = sent()
    waits = sorted(
        bisect_left(reached, number) - bisect_right(drains, at) + 1
        for times, arrived in zip(sent_at, numbers, strict=True)
        for reached in [list(accumulate(arrived, max))]
        for number, at in enumerate(times)
        if number <= reached[-1]
    )
    count = sum(map(len, sent_at))
    return {
        "messages": count,
        "never_arrived": count - len(waits),
        "frames_p50": waits[len(waits) // 2],
        "frames_p99": waits[len(waits) * 99 // 100],
        "frames_worst": waits[-1],
        "in_the_next_frame": sum(wait <= 1 for wait in waits) / len(waits),
        "refused": dict(desk.statistics().refused),
        "loop": asdict(frames),
    }


def flood(count: int = 50_000) -> dict[str, Any]:
    """`count` messages in one second, over 64 faders, every hundredth a trigger; and the same loop without messages."""
    with Desk(SCORE, DeskOptions(osc_port=0)) as desk:
        until = time.monotonic() + 5.0
        quiet = _play(desk, lambda: time.monotonic() < until, lambda _, __: None)
    values: dict[str, float] = {}
    triggers: list[str] = []

    def drained(_: float, messages: list[Message]) -> None:
        for message in messages:
            if message.kind == "set":
                values[message.target] = message.value
            else:
                triggers.append(message.target)

    with Desk(SCORE, DeskOptions(osc_port=0)) as desk:
        grown = -_memory_mib()
        assert desk.osc is not None
        console, results = _console(_send_flood, desk.osc.port, count, count)
        flooded = _play(desk, lambda: not results.poll(), drained)
        elapsed, expected_values, expected_triggers = results.recv()
        console.join()
        grown += _memory_mib()
        figures = desk.statistics()
    return {
        "messages": count,
        "sent_in_seconds": elapsed,
        "quiet": asdict(quiet),
        "flooded": asdict(flooded),
        "received": figures.received,
        "lost_by_the_system": count - figures.received,
        "applied": figures.applied,
        "coalesced": figures.coalesced,
        "waiting_one_frame_later": figures.waiting,
        "refused": dict(figures.refused),
        "newest_values_right": values == expected_values,
        "every_trigger_once_in_order": triggers == expected_triggers,
        "memory_grown_mib": grown,
    }


def journal(count: int = 5_000) -> dict[str, Any]:
    """The cost of one journal message for a frame, and the cost of waiting for the disk."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        with Journal(Path(folder, "evening"), JournalHeader.of(SCORE, ClockAnchor(0.0))) as opened:
            message = Message(0, 0, "set", "/master", 0.5, source="osc:10.0.0.5")
            flushed = [_seconds_of(lambda: opened.record([message])) for _ in range(count)]
        with Path(folder, "synced").open("wb") as file:

            def write_and_wait() -> None:
                file.write(b"x" * 120)
                file.flush()
                os.fsync(file.fileno())

            synced = [_seconds_of(write_and_wait) for _ in range(count // 10)]
    return {"flushed_us": _spread(flushed, 1e6), "waiting_for_the_disk_us": _spread(synced, 1e6)}


def _play(desk: Desk, goes_on: Callable[[], bool], drained: Callable[[float, list[Message]], None]) -> Frames:
    """Run the player's loop, with one more frame after the console has ended."""
    clock, control = MonotonicClock(SCORE.fps), initial_control(SCORE)
    due = late = skipped = 0
    drains, tells = [], []
    frames_left = 2
    while frames_left:
        tick = clock.tick()
        frames_left -= not goes_on()
        due += 1 + tick.skipped
        skipped += tick.skipped
        late += tick.late_seconds > LATE_SECONDS
        began = time.monotonic()
        messages = desk.drain(tick.frame_number, control)
        drains.append(time.monotonic() - began)
        drained(began, messages)
        for message in messages:
            control = control.apply(message)
        while time.monotonic() - began < WORK_SECONDS:
            pass
        began = time.perf_counter()
        desk.tell(tick.frame_number, control)
        tells.append(time.perf_counter() - began)
    drain, tell = _spread(drains, 1e3), _spread(tells, 1e3)
    return Frames(due, late, skipped, drain["p99"], drain["worst"], tell["p99"])


def _console(send: Callable[..., None], port: int, *arguments: int) -> tuple[Any, Any]:
    """Start a process that sends to a port of the desk; returns it with the pipe of its report."""
    context = multiprocessing.get_context("spawn")
    results, reports = context.Pipe(duplex=False)
    process = context.Process(target=send, args=(port, reports, *arguments), daemon=True)
    process.start()
    return process, results


def _send_steadily(port: int, reports: Any, count: int, per_second: int) -> None:
    packets = [encode_message("/p/p0", number / STEPS) for number in range(count)]
    reports.send([_send(port, packets, per_second)])


def _send_artnet(port: int, reports: Any, count: int, per_second: int) -> None:
    packets = [write_dmx(DmxPacket(0, 0, number.to_bytes(2, "big"))) for number in range(count)]
    reports.send([_send(port, packets, per_second)])


def _send_http(port: int, reports: Any, count: int, per_second: int) -> None:
    """Send over each connection in turn to a fader of its own, so that no request waits for the answer to another's."""
    links = [HTTPConnection(LOOPBACK, port) for _ in range(HTTP_CONNECTIONS)]
    sent_at: list[list[float]] = [[] for _ in links]

    def post_all(which: int) -> None:
        for number in range(which, count, HTTP_CONNECTIONS):
            _wait_until(began + number / per_second)
            body = json.dumps({"value": len(sent_at[which]) / STEPS})
            sent_at[which].append(time.monotonic())
            links[which].request("POST", f"/api/v1/p/p{which}", body, {"Content-Type": "application/json"})
            links[which].getresponse().read()

    time.sleep(1.0)  # the player's loop settles
    began = time.monotonic()
    senders = [threading.Thread(target=post_all, args=(which,)) for which in range(HTTP_CONNECTIONS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    reports.send(sent_at)


def _send_flood(port: int, reports: Any, count: int, per_second: int) -> None:
    packets, values, triggers = [], {}, []
    for number in range(count):
        if number % TRIGGER_EVERY == TRIGGER_EVERY - 1:
            cue = str(number // TRIGGER_EVERY % 3 + 1)
            packets.append(encode_message(f"/cue/{cue}/load"))
            triggers.append(cue)
        else:
            address = f"/p/p{number % FADERS}"
            packets.append(encode_message(address, number / STEPS))
            values[address] = number / STEPS
    sent_at = _send(port, packets, per_second)
    reports.send((sent_at[-1] - sent_at[0], values, triggers))


def _send(port: int, packets: list[bytes], per_second: int) -> list[float]:
    """Send packets evenly; returns the time of each, by the clock that all processes share."""
    sent_at: list[float] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((LOOPBACK, port))
        _pace(len(packets), per_second, sent_at, lambda number: sender.send(packets[number]))
    return sent_at


def _pace(count: int, per_second: int, sent_at: list[float], send: Callable[[int], object]) -> None:
    """Send numbers evenly, and append the time of each to `sent_at`."""
    time.sleep(1.0)  # the player's loop settles
    began = time.monotonic()
    for number in range(count):
        _wait_until(began + number / per_second)
        sent_at.append(time.monotonic())
        send(number)


def _wait_until(moment: float) -> None:
    while (early := moment - time.monotonic()) > 0:
        time.sleep(min(early, 0.001))  # a busy loop would slow the machine, which the console shares with the player


def _seconds_of(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def _spread(seconds: list[float], scale: float) -> dict[str, float]:
    ordered = sorted(seconds)
    places = {"p50": len(ordered) // 2, "p99": len(ordered) * 99 // 100, "worst": len(ordered) - 1}
    return {name: round(ordered[place] * scale, 3) for name, place in places.items()}


def _memory_mib() -> float:
    import resource  # only Unix has it

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MEASUREMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "latency": latency,
    "artnet": artnet,
    "http": http,
    "midi": midi,
    "note": note,
    "msc": msc,
    "flood": flood,
    "journal": journal,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measurements", nargs="*", choices=[[], *MEASUREMENTS], help="all if none is named")
    for name in parser.parse_args().measurements or MEASUREMENTS:
        print(json.dumps({name: MEASUREMENTS[name]()}, indent=2))


if __name__ == "__main__":
    main()
