"""Measures the desk: `python -m installation.benchmarks.desk [latency|flood|journal]`, figures as JSON.

Console and player are two processes that talk over loopback UDP. The player is a loop of 60 frames a second that drains
and tells the desk, and computes for a third of each frame without letting go of the interpreter, which is the worst
that an evaluation can do to the desk's thread. No graphics card is involved.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import socket
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

from installation.desk.desk import Desk, DeskOptions
from installation.desk.journal.journal import Journal
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader
from installation.desk.network.osc_wire import encode_message
from installation.desk.network.peers import LOOPBACK
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


@dataclass(frozen=True, slots=True)
class Frames:
    """How the loop kept time: frames due, those that began late, and those that were skipped."""

    due: int
    late: int
    skipped: int
    drain_ms_p99: float
    drain_ms_worst: float
    tell_ms_p99: float


def latency(seconds: float = 20.0, messages_per_second: int = 1_000) -> dict[str, Any]:
    """How many frames pass until a message is in the picture: 1 is the very next frame."""
    with Desk(SCORE, DeskOptions(osc_port=0)) as desk:
        drains: list[float] = []
        newest: list[int] = []

        def drained(began: float, messages: list[Message]) -> None:
            drains.append(began)
            newest.append(max((round(message.value * STEPS) for message in messages), default=-1))

        console, results = _console(_send_steadily, desk, int(seconds * messages_per_second), messages_per_second)
        frames = _play(desk, lambda: not results.poll(), drained)
        sent_at: list[float] = results.recv()
        console.join()
    reached = list(accumulate(newest, max))
    waits = sorted(
        bisect_left(reached, number) - bisect_right(drains, at) + 1
        for number, at in enumerate(sent_at)
        if number <= reached[-1]
    )
    return {
        "messages": len(sent_at),
        "never_arrived": len(sent_at) - len(waits),
        "frames_p50": waits[len(waits) // 2],
        "frames_p99": waits[len(waits) * 99 // 100],
        "frames_worst": waits[-1],
        "in_the_next_frame": sum(wait <= 1 for wait in waits) / len(waits),
        "loop": asdict(frames),
    }


def flood(count: int = 50_000) -> dict[str, Any]:
    """So many messages in one second, over 64 faders, every hundredth a trigger; and the same loop in quiet."""
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
        console, results = _console(_send_flood, desk, count, count)
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
    """What one message in the journal costs the frame, and what waiting for the disk would cost."""
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
    """The player's loop, and one frame more after the console has ended."""
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


def _console(send: Callable[..., None], desk: Desk, *arguments: int) -> tuple[Any, Any]:
    """A process that sends to the desk, and where its report comes out."""
    assert desk.osc is not None
    context = multiprocessing.get_context("spawn")
    results, reports = context.Pipe(duplex=False)
    process = context.Process(target=send, args=(desk.osc.port, reports, *arguments), daemon=True)
    process.start()
    return process, results


def _send_steadily(port: int, reports: Any, count: int, per_second: int) -> None:
    packets = [encode_message("/p/p0", number / STEPS) for number in range(count)]
    reports.send(_send(port, packets, per_second))


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
    """Sends evenly; returns when each packet was sent, by the clock that all processes share."""
    sent_at = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((LOOPBACK, port))
        time.sleep(1.0)  # the player's loop settles
        began = time.monotonic()
        for number, packet in enumerate(packets):
            while (early := began + number / per_second - time.monotonic()) > 0:
                time.sleep(min(early, 0.001))  # a console does not hold up the machine that it shares with the player
            sent_at.append(time.monotonic())
            sender.send(packet)
    return sent_at


def _seconds_of(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def _spread(seconds: list[float], scale: float) -> dict[str, float]:
    ordered = sorted(seconds)
    places = {"p50": len(ordered) // 2, "p99": len(ordered) * 99 // 100, "worst": len(ordered) - 1}
    return {name: round(ordered[place] * scale, 3) for name, place in places.items()}


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MEASUREMENTS: dict[str, Callable[[], dict[str, Any]]] = {"latency": latency, "flood": flood, "journal": journal}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measurements", nargs="*", choices=[[], *MEASUREMENTS], help="all if none is named")
    for name in parser.parse_args().measurements or MEASUREMENTS:
        print(json.dumps({name: MEASUREMENTS[name]()}, indent=2))


if __name__ == "__main__":
    main()
