"""The process that tries shaders for a show: editions/shader_trials.py starts it, and kills it if one hangs."""

from __future__ import annotations

import json
import signal
import sys
import time

from installation.errors import DeviceError, InstallationError
from installation.outputs.headless import Headless
from installation.picture.mixing.effect_passes import EffectPasses
from installation.show.frame import Shader

TRIES = 8
"""How often a shader is timed: other programs disturb most frames, so the shortest time counts."""

ENOUGH_SECONDS = 0.5
"""A shader that takes this long is too slow for any show."""


def main() -> None:
    """Read one request, and answer with a line for each shader as soon as its result is known."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the show, which ends this process
    asked = json.load(sys.stdin)
    width, height = asked["size"]
    try:
        headless = Headless()
    except DeviceError as error:
        print(json.dumps({"no_gl": str(error)}), flush=True)
        return
    with headless, EffectPasses(headless.context) as passes:
        for file, digest in asked["shaders"]:
            print(json.dumps(_tried(passes, Shader(file, digest), (width, height))), flush=True)


def _tried(passes: EffectPasses, shader: Shader, size_px: tuple[int, int]) -> dict[str, str | float]:
    """A shader's shortest time for a frame in seconds, without its first frame, or its error."""
    best = float("inf")
    try:
        passes.tried(shader, size_px)
        for _ in range(TRIES):
            begun = time.perf_counter()
            passes.tried(shader, size_px)
            best = min(best, time.perf_counter() - begun)
            if best > ENOUGH_SECONDS:
                break
    except InstallationError as wrong:
        return {"error": str(wrong), "seconds": 0.0}
    return {"error": "", "seconds": best}


if __name__ == "__main__":
    main()
