"""Measures the cost of edits for a running show: `python -m installation.benchmarks.editing [EDITS]`.

The benchmark saves a score of 500 cues again and again while it plays headless. It measures the time to read the score
beside the show, the time until it plays, and the late frames, compared with the same time without edits. It only reads
another score, whose cues use the whole language, and compares this time with that of the YAML parser alone. Then it
saves a small score and its atlas EDITS times (default 150, some two minutes; 0 skips this), and measures what the
process holds after each tenth of them.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import yaml

from installation import FIRST_LIGHT, SHIPPED_ATLAS
from installation.atlas.format import read_index, write_index
from installation.editions.edition import ShowFiles
from installation.editions.reader_process import ReaderProcess
from installation.errors import ScoreError
from installation.files import replacing
from installation.player.live import Live
from installation.player.options import EngineOptions, LiveOptions

CUES = 500
SECONDS = 12.0
SMALL = "64x36"
NEURONS = ("pagoda", "arch", "fountain", "lighthouse")


def score_of(title: str, cues: int, atlas: str = "", size: str = "320x180") -> str:
    """A generated score: each cue dissolves in with two layers on three outputs, a walk under a moving camera above."""
    text = [f"title: {title}", *([f"atlas: {atlas}"] if atlas else []), "fps: 30"]
    text += [f"outputs: {{left: {size}, centre: {size}, right: {size}}}", "cues:"]
    for number in range(cues):
        first, second, third = (NEURONS[(number + step) % len(NEURONS)] for step in range(3))
        text += [
            f"  - id: cue-{number}",
            "    duration: 30s",
            "    transition: {dissolve: 2s}",
            "    layers:",
            f"      - {{name: sea, montage: {{span: 0.1}}, walk: [{first}, {second}], view: {{zoom: 1.5}}}}",
            f"      - {{name: fog, blend: screen, opacity: 0.3, walk: {third}}}",
        ]
    return "\n".join(text) + "\n"


def rich_score_of(cues: int) -> str:
    """A generated score: in each cue arithmetic, chance, branches, effects, a caption, drift and sound."""
    text = ["title: Everything", "seed: daily", "outputs: {left: 320x180, centre: 320x180, right: 320x180}"]
    text += [
        "parameters:",
        "  near: {default: 0.5, smooth: 1s}",
        "  slow: {default: 0.5}",
        "effects: [{grain: 0.05}]",
        "cues:",
    ]
    for number in range(cues):
        first, second = (NEURONS[(number + step) % len(NEURONS)] for step in range(2))
        following = (number + 1) % cues
        text += [
            f"  - id: cue-{number}",
            "    duration: 30s",
            "    transition: {dissolve: 4s - $slow * 2s}",
            f"    next: [{{to: cue-{following}, weight: 2}}, {{to: cue-0, when: $near > 0.5}}]",
            "    layers:",
            "      - name: sea",
            "        montage: {span: 0.1}",
            f"        walk: [{first}, {second}]",
            "        view: {zoom: $near * 2 + 1}",
            "        effects: [{grade: {saturation: $near}}, {blur: [{at: 0s, value: 0.05}, {at: 20s, value: 0}]}]",
            "      - name: fog",
            "        opacity: {between: [0.2, 0.5]}",
            "        walk: {choose: 2, from: {family: vaults}}",
            "        drift: {amount: 0.02}",
            "      - {name: title, outputs: [centre], text: {words: $show.cue, size: 0.1, weight: 700}}",
            "    sound: {file: heart.ogg, loop: true, level: [{at: 0s, value: 0}, {at: 4s, value: 0.8}]}",
        ]
    return "\n".join(text) + "\n"


def late_frames(live: Live, seconds: float, each_frame: Callable[[], None]) -> tuple[int, int]:
    """Late frames, and frames due, while `each_frame` is called before every frame."""
    frames = live.engine.report.frames
    late, due, end = frames.late, frames.due, time.monotonic() + seconds
    while time.monotonic() < end:
        each_frame()
        live.step()
    frames = live.engine.report.frames
    return frames.late - late, frames.due - due


def large(folder: Path) -> dict[str, object]:
    """A score of 500 cues, edited while it plays."""
    file = folder / "large.yaml"
    file.write_text(score_of("Edit 0", CUES), encoding="utf-8")
    show_files = ShowFiles(file)
    read, beside = [], []
    with ReaderProcess() as reader:
        for _ in range(6):
            begun, used = time.perf_counter(), time.thread_time()
            show_files.read(reader.check)
            read.append(time.perf_counter() - begun)
            beside.append(time.thread_time() - used)
    waits: list[float] = []
    saved = 0, 0.0
    with Live(show_files, LiveOptions(headless=True), time.process_time) as live:

        def edit() -> None:
            nonlocal saved
            number, at = saved
            if number and live.engine.edition.score.title != f"Edit {number}":
                return
            if number:
                waits.append(time.monotonic() - at)
            saved = number + 1, time.monotonic()
            file.write_text(score_of(f"Edit {number + 1}", CUES), encoding="utf-8")

        late_frames(live, 3.0, lambda: None)
        quiet = late_frames(live, SECONDS, lambda: None)
        edited = late_frames(live, SECONDS, edit)
    return {
        "cues": CUES,
        "read_seconds": round(statistics.median(read[1:]), 3),
        "of_that_in_the_player_seconds": round(statistics.median(beside[1:]), 3),
        "saved_to_played_seconds": round(statistics.median(waits), 3) if waits else None,
        "edits": len(waits),
        "late_without_edits": quiet,
        "late_with_edits": edited,
    }


def rich(folder: Path) -> dict[str, object]:
    """A score of 500 cues with all features, read in the reader process."""
    file = folder / "rich.yaml"
    shutil.copy(FIRST_LIGHT.parent / "sounds" / "heart.ogg", folder)
    text = rich_score_of(CUES)
    file.write_text(text, encoding="utf-8")
    read, parsed = [], []
    with ReaderProcess() as reader:
        for _ in range(6):
            begun = time.perf_counter()
            if mistakes := reader.check(file).mistakes:
                raise ScoreError(str(mistakes[0]), mistakes)
            read.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            deque(yaml.parse(text, Loader=yaml.CSafeLoader), maxlen=0)
            parsed.append(time.perf_counter() - begun)
    return {
        "cues": CUES,
        "read_seconds": round(statistics.median(read[1:]), 3),
        "yaml_alone_seconds": round(statistics.median(parsed[1:]), 3),
    }


def leaks(folder: Path, edits: int) -> dict[str, object]:
    """Save score and atlas many times, and measure what the process holds."""
    atlas, file = folder / "atlas", folder / "small.yaml"
    shutil.copytree(SHIPPED_ATLAS, atlas)
    index = read_index(atlas)
    held = []
    file.write_text(score_of("Edit 0", 2, str(atlas), SMALL), encoding="utf-8")
    with Live(ShowFiles(file), LiveOptions(EngineOptions(), headless=True), time.process_time) as live:
        for number in range(1, edits + 1):
            # A new network name makes it a different atlas.
            networks = dict(index.networks) | {f"edit-{number}": next(iter(index.networks.values()))}
            write_index(atlas, replace(index, networks=networks))
            with replacing(file) as saved:
                saved.write(score_of(f"Edit {number}", 2, str(atlas), SMALL).encode())
            while live.engine.edition.score.title != f"Edit {number}":
                live.step()
            if number % max(edits // 10, 1) == 0:
                for _ in range(60):
                    live.step()
                held.append({"edits": number} | _held())
    return {
        "after": held,
        "more_mib_in_the_second_half": held[-1]["resident_mib"] - held[len(held) // 2]["resident_mib"],
    }


def _held() -> dict[str, int]:
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")
    gc.collect()
    return {
        "objects": len(gc.get_objects()),
        "threads": threading.active_count(),
        "open_files": len(list(Path("/proc/self/fd").iterdir())),
        "resident_mib": resident // 2**20,
    }


def main() -> None:
    """Print all figures as JSON."""
    edits = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    with tempfile.TemporaryDirectory() as folder:
        found = {"large score": large(Path(folder)), "rich score": rich(Path(folder))}
        if edits:
            found["many edits"] = leaks(Path(folder), edits)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
