"""The proof that all outputs show the same frame: sync codes on every output, and screenshots read back.

A screenshot right after the barrier shows whether any two outputs differ when `present` has returned. Screenshots at
any time, from another process, also fall between the swaps of one frame. They give an upper bound of differences: X
draws one window after another, and displays with a common refresh show all at once.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Literal

import glfw
import numpy as np
from numpy.typing import NDArray
from PIL import ImageGrab

from installation.errors import DeviceError
from installation.outputs.sink import OutputStatistics
from installation.outputs.windows.connected import monitors_now
from installation.outputs.windows.windows import Windows
from installation.picture.mixing.canvas import Canvas
from installation.rig import sync_code
from installation.rig.head import Head, match_monitors
from installation.show.clock import MonotonicClock

Verdict = Literal["same", "different", "unread"]
"""The verdict on a screenshot: all outputs show one frame, two show different frames, or some could not be read."""

ANY_TIME_FPS = Fraction(30)
WINDOW_PX = 320, 180


@dataclass(frozen=True, slots=True)
class SyncProof:
    """The results: frames by verdict after the barrier, `stale` of them not the newest, and screenshots by verdict at
    any time while frames were shown at 30 a second."""

    outputs: int
    windows: int
    frames: int
    after_barrier: Mapping[str, int]
    stale: int
    at_any_time: Mapping[str, int]
    statistics: Mapping[str, OutputStatistics]

    @property
    def passed(self) -> bool:
        """Whether every frame was the same and the newest on all outputs."""
        return self.after_barrier["same"] == self.frames and not self.stale

    def as_json(self) -> dict[str, object]:
        return {"passed": self.passed, "holds": self.passed, **asdict(self)}  # `holds` is the former name


def prove_windows(frames: int, any_time_seconds: float) -> SyncProof:
    """Run the proof with three windows side by side; see `prove`."""
    return prove(dict.fromkeys(("left", "middle", "right"), WINDOW_PX), frames, any_time_seconds)


def prove_heads(heads: Sequence[Head], frames: int, any_time_seconds: float) -> SyncProof:
    """Run the proof on the connected monitors of these heads; see `prove`.

    It uses only a head's monitor: latency would delay the head on purpose, and edges and masks would cover the code.
    """
    monitors = monitors_now()
    found = match_monitors(heads, monitors)
    if not found:
        raise DeviceError("no monitor of this rig is connected; see: installation doctor")
    plain = [Head(head.output, head.monitor, area=head.area) for head in heads if head.output in found]
    return prove({output: (one.width, one.height) for output, one in found.items()}, frames, any_time_seconds, plain)


def prove(
    sizes: Mapping[str, tuple[int, int]], frames: int, any_time_seconds: float, heads: Sequence[Head] = ()
) -> SyncProof:
    """Show `frames` frames on all outputs, with a screenshot after each; then play for `any_time_seconds` and watch.

    Raises DeviceError without a display, and if the desktop allows no screenshots.
    """
    verdicts: Counter[Verdict] = Counter()
    watched: Counter[Verdict] = Counter()
    stale = 0
    with Windows(sizes, lambda _: None, heads=heads, fps=ANY_TIME_FPS) as windows, ExitStack() as cleanup:
        canvases = {output: cleanup.enter_context(Canvas(windows.context, size)) for output, size in sizes.items()}
        for frame_number in range(frames):
            _draw(frame_number, canvases)
            windows.present(frame_number, canvases)
            for output_window in windows.output_windows:
                glfw.get_window_pos(output_window.window)  # waits for X's answer, and so for all earlier requests
            seen = sync_code.find(screenshot())
            verdicts[verdict := judge(seen, len(sizes))] += 1
            stale += verdict == "same" and seen[0].frame_number != frame_number
        if any_time_seconds:
            watched = _watched_while_playing(windows, canvases, frames, any_time_seconds)
        return SyncProof(
            len(sizes),
            len(windows.output_windows),
            frames,
            _all_verdicts(verdicts),
            stale,
            _all_verdicts(watched),
            windows.statistics(),
        )


def as_text(proof: SyncProof) -> str:
    """The proof in words."""
    after, any_time = proof.after_barrier, proof.at_any_time
    lines = [
        f"{proof.frames} frames on {proof.outputs} outputs in {proof.windows} windows",
        "after the barrier: {same} the same on all, {different} different, {unread} not readable".format(**after),
        "at any time:       {same} the same on all, {different} different, {unread} not readable".format(**any_time),
    ]
    if proof.stale:
        lines.append(f"{proof.stale} frames were not the newest one")
    for output, one in proof.statistics.items():
        skew = "" if one.skew_p99_ms is None else f", skew {one.skew_p99_ms:.1f} ms (99 of 100)"
        worst = "" if one.skew_worst_ms is None else f", {one.skew_worst_ms:.1f} ms at worst"
        lines.append(f"{output}: {one.shown} shown, {one.dropped} dropped{skew}{worst}")
    return "\n".join([*lines, "proven: all outputs show the same frame" if proof.passed else "NOT proven"])


def judge(seen: Sequence[sync_code.DetectedCode], outputs: int) -> Verdict:
    """The verdict on a screenshot of this many outputs."""
    if len({one.frame_number for one in seen}) > 1:
        return "different"
    return "same" if len(seen) == outputs else "unread"


def screenshot() -> NDArray[np.uint8]:
    """A screenshot of the whole desktop (height, width), in greys. Raises DeviceError if the desktop allows none."""
    x_display = os.environ.get("DISPLAY") if sys.platform.startswith("linux") else None
    try:
        return np.asarray(ImageGrab.grab(all_screens=True, xdisplay=x_display).convert("L"))
    except OSError as error:
        raise DeviceError(f"the desktop allows no screenshot ({error}); run this in a plain X session") from None


def watch(seconds: float, outputs: int) -> Counter[Verdict]:
    """Take screenshots for this long, and count them by verdict."""
    verdicts: Counter[Verdict] = Counter()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        verdicts[judge(sync_code.find(screenshot()), outputs)] += 1
    return verdicts


def _watched_while_playing(
    windows: Windows, canvases: Mapping[str, Canvas], first: int, seconds: float
) -> Counter[Verdict]:
    """Play from frame `first` on while another process watches."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere:
        elsewhere.submit(watch, 0.0, 0).result()  # it has started
        clock = MonotonicClock(ANY_TIME_FPS)
        watching = elsewhere.submit(watch, seconds, len(canvases))
        while not watching.done():
            frame_number = first + clock.tick().frame_number
            _draw(frame_number, canvases)
            windows.present(frame_number, canvases)
        return watching.result()


def _draw(frame_number: int, canvases: Mapping[str, Canvas]) -> None:
    for canvas in canvases.values():
        code = sync_code.draw(frame_number, canvas.size_px)
        canvas.texture.write(np.repeat(code[..., None], 4, axis=2).tobytes())


def _all_verdicts(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {verdict: counts.get(verdict, 0) for verdict in ("same", "different", "unread")}
