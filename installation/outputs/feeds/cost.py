"""The cost of recordings and streams on this machine, measured with a second of the same work before they begin."""

from __future__ import annotations

import re
import subprocess

from installation.outputs.films.ffmpeg_pipe import ffmpeg
from installation.outputs.films.formats import FilmFormat
from installation.systems import cores

PROBE_PX = 640 * 360
PROBE_FRAMES = 30

ALLOWED_SHARE = 0.25
"""The share of all processors that encoding may take before the player warns. The show itself needs the rest."""

TIMES = re.compile(r"bench: utime=([\d.]+)s stime=([\d.]+)s")


def seconds_per_pixel(film: FilmFormat) -> float | None:
    """The processor time that encoding a pixel takes here; None if ffmpeg cannot measure it."""
    source = f"testsrc2=s=640x360:r={PROBE_FRAMES}:d=1,format=rgb0"
    command = ("-nostdin", "-hide_banner", "-benchmark", "-f", "lavfi", "-i", source)
    packing = ("-c:v", film.encoder, *film.options, "-pix_fmt", film.pixels, "-f", "null", "-")
    try:
        done = subprocess.run(
            [ffmpeg(), *command, *packing], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
        )
    except (RuntimeError, OSError, subprocess.SubprocessError):
        return None
    found = TIMES.search(done.stderr)
    return (float(found[1]) + float(found[2])) / (PROBE_FRAMES * PROBE_PX) if found else None


def warning(processors: float) -> str:
    """A warning about work that keeps this many processors busy; empty if this machine has room for it."""
    if processors <= ALLOWED_SHARE * cores():
        return ""
    return (
        f"recording and streams will need about {processors:.1f} of this machine's {cores()} processors, and the show "
        "may lose frames; send fewer outputs, or give them a smaller size"
    )
