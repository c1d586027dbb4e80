"""Measures whether a show of everything plays in time: `python -m installation.benchmarks.playing [SECONDS]`, headless.

The score shows neurons on three outputs of 640x360 at 30 fps, with a caption, a picture, a film of 1280x720, two
pointwise effects, and sound. The benchmark plays it for SECONDS (default 60), counts the late frames and times the
stages of a frame. Then it plays the score without each of these parts, a sixth as long each: the difference in
processor time a frame is what that part costs. Compare differences of one run, on a quiet machine.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import av
import numpy as np
from PIL import Image

from installation import FIRST_LIGHT
from installation.benchmarks.editing import late_frames
from installation.editions.edition import ShowFiles
from installation.player.live import Live
from installation.player.options import EngineOptions, LiveOptions

SECONDS = 60.0
SETTLING_SECONDS = 8.0
"""How long a score plays before it is measured: programs load, and pictures are decoded ahead."""

SHARE_OF_PARTS = 1 / 6
LIMIT_LATE = 0.02
FILM_PX, FILM_FPS, FILM_FRAMES = (1280, 720), 25, 150

LAYERS: Mapping[str, str] = {
    "clip": "- {name: film, place: [0.55, 0.1, 0.4, 0.4], clip: {file: film.mp4, repeat: ping-pong}}",
    "image": "- {name: glow, image: {file: glow.png, fit: cover}, view: [{at: 0s, zoom: 1}, {at: 100%, zoom: 1.5}]}",
    "text": "- {name: caption, text: {words: $show.neuron, size: 0.1, vertical: bottom}}",
}
EFFECTS, SOUND = "effects", "sound"
PARTS = (*LAYERS, EFFECTS, SOUND)


def score_of(parts: Collection[str] = PARTS) -> str:
    """The score with these parts; it loops after a minute."""
    effects = "[{grade: {gain: 1.1, saturation: $warmth}}, {grain: 0.06}]"
    lines = [
        "outputs: {left: 640x360, centre: 640x360, right: 640x360}",
        "fps: 30",
        "parameters: {warmth: {default: 0.8}}",
        "cues:",
        "  - id: all",
        "    duration: 60s",
        "    layers:",
        "      - name: sea",
        "        takes: [{walk: [pagoda, arch]}, {walk: [fountain, lighthouse]}, {walk: [arch, fountain]}]",
        "        view: [{at: 0s, zoom: 1}, {at: 100%, zoom: 2}]",
    ]
    if EFFECTS in parts:
        lines.append(f"        effects: {effects}")
    else:
        lines += ["        opacity: $warmth * 0 + 1"]
    lines += [f"      {layer}" for part, layer in LAYERS.items() if part in parts]
    if SOUND in parts:
        lines.append("    sound: {file: surf.ogg, loop: true, level: 0.5}")
    return "\n".join(lines) + "\n"


def make_material(folder: Path) -> None:
    """Write what the score names: a film in which everything moves, a picture with alpha, a sound."""
    width, height = FILM_PX
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    with av.open(str(folder / "film.mp4"), "w") as film:
        stream = film.add_stream("mpeg4", rate=FILM_FPS)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", 4_000_000
        for number in range(FILM_FRAMES):
            wave = 127 + 127 * np.sin(columns / 40 + rows / 70 + number / 5)
            pixels = np.stack([wave, wave[::-1], wave[:, ::-1]], -1).astype(np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        film.mux(stream.encode())
    glow = np.zeros((height, width, 4), np.uint8)
    glow[..., :3] = (255, 190, 90)
    glow[..., 3] = 120 * np.exp(-((columns - width / 2) ** 2 + (rows - height / 2) ** 2) / height**2 * 8)
    Image.fromarray(glow).save(folder / "glow.png")
    shutil.copy(FIRST_LIGHT.parent / "sounds" / "surf.ogg", folder)


def played(file: Path, seconds: float) -> dict[str, object]:
    """Figures of a score that plays for so long: late frames, processor time a frame, and the stages of a frame."""
    options = LiveOptions(EngineOptions(reload=False), headless=True)
    with Live(ShowFiles(file), options, time.process_time) as live:
        late_frames(live, SETTLING_SECONDS, lambda: None)
        used, shown = time.process_time(), live.engine.report.frames.shown
        late, due = late_frames(live, seconds, lambda: None)
        used, shown = time.process_time() - used, live.engine.report.frames.shown - shown
        stages = live.engine.report.stages.statistics()
        return {
            "due": due,
            "shown": shown,
            "late": late,
            "late_share": round(late / max(due, 1), 4),
            "processor_ms_a_frame": round(1000 * used / max(shown, 1), 2),
            "stages_ms": {name: [one.p50_ms, one.p99_ms, one.worst_ms] for name, one in stages.items()},
            "quality": dict(live.engine.report.quality[-1].outputs) if live.engine.report.quality else {},
        }


def measure(folder: Path, seconds: float) -> Iterator[tuple[str, dict[str, object]]]:
    """The figures of the whole score, then those without each part."""
    make_material(folder)
    file = folder / "playing.yaml"
    for left_out in ("", *PARTS):
        file.write_text(score_of([part for part in PARTS if part != left_out]), encoding="utf-8")
        yield left_out, played(file, seconds * SHARE_OF_PARTS if left_out else seconds)


def main() -> None:
    """Print the figures of each score as a line of JSON."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        for left_out, figures in measure(Path(folder), seconds):
            name = f"without {left_out}" if left_out else f"everything (limit: {LIMIT_LATE:.0%} late)"
            sys.stdout.write(json.dumps({name: figures}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
