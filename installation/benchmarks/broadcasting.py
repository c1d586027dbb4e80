"""Measures what recordings and streams cost a show: `python -m installation.benchmarks.broadcasting [--seconds N]`.

The real player plays a score headless at 640x360, again and again: alone, recording all outputs, and sending all of
them over UDP. The order turns with every round, so that the noise of the machine falls on all alike. Compare rows of
one run, not two runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

SCORE = Path(__file__).parents[2] / "scores" / "first_light.yaml"
OUTPUTS = ("left", "centre", "right")
DISCARD_PORT = 9
"""Nobody listens on this port, which UDP allows."""

SECONDS = 20.0
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class BroadcastFigures:
    """All rounds of one kind: frames due and lost (skipped), feed pictures sent and dropped for lack of room, and the
    player's warnings beforehand."""

    kind: str
    due: int
    lost: int
    sent: int
    overrun: int
    warnings: tuple[str, ...]

    @property
    def lost_share(self) -> float:
        return self.lost / max(self.due, 1)


def options_of(kind: str, folder: Path) -> Sequence[str]:
    """The player's options for one kind of round."""
    if kind == "recorded":
        return ("--record", str(folder / "evening"))
    if kind == "streamed":
        return tuple(
            word
            for number, output in enumerate(OUTPUTS)
            for word in ("--stream", f"{output}=udp://127.0.0.1:{DISCARD_PORT + number}")
        )
    return ()


def played(kind: str, seconds: float, score: Path = SCORE) -> Mapping[str, object]:
    """The report of one round."""
    with TemporaryDirectory(prefix="broadcasting-") as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-c", "from installation.commands.cli import main; main()"]
        command += ["play", str(score), "--headless"]
        command += ["--size", "640x360", "--for", str(seconds), "--no-reload", "--report", str(report)]
        subprocess.run([*command, *options_of(kind, Path(folder))], check=True, capture_output=True)
        found: Mapping[str, object] = json.loads(report.read_text())
        return found


def measure(seconds: float = SECONDS, rounds: int = ROUNDS, score: Path = SCORE) -> tuple[BroadcastFigures, ...]:
    """Measure every kind of round, `rounds` times each."""
    kinds = ["alone", "recorded", "streamed"]
    reports: dict[str, list[Mapping[str, object]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in kinds:
            reports[kind].append(played(kind, seconds, score))
        kinds = kinds[1:] + kinds[:1]
    return tuple(_figures(kind, reports[kind]) for kind in sorted(reports))


def _figures(kind: str, reports: Sequence[Mapping[str, object]]) -> BroadcastFigures:
    def total(part: str, word: str) -> int:
        return sum(_number(report.get(part), word) for report in reports)

    warnings = {str(one) for report in reports for one in _listed(report.get("warnings"))}
    feeds = [feed for report in reports for feed in _values(report.get("streams"))]
    return BroadcastFigures(
        kind,
        total("frames", "due"),
        total("frames", "skipped"),
        sum(_number(feed, "sent") for feed in feeds),
        sum(_number(feed, "overrun") for feed in feeds),
        tuple(sorted(one for one in warnings if "processors" in one)),
    )


def _number(part: object, word: str) -> int:
    return int(part[word]) if isinstance(part, dict) else 0


def _listed(part: object) -> list[object]:
    return part if isinstance(part, list) else []


def _values(part: object) -> list[object]:
    return list(part.values()) if isinstance(part, dict) else []


def main() -> None:
    parser = argparse.ArgumentParser(prog="broadcasting", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of one round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    for one in measure(chosen.seconds, chosen.rounds):
        line = f"{one.kind}: {one.lost} of {one.due} frames lost ({one.lost_share:.2%})"
        print(line + (f", {one.sent} pictures sent, {one.overrun} found no room" if one.sent else ""))
        for sentence in one.warnings:
            print(f"  said beforehand: {sentence}")


if __name__ == "__main__":
    main()
