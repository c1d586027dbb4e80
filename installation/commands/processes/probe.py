"""Probes of drivers and libraries that may crash or hang: each runs in a separate process and prints JSON.

`python -m installation.commands.processes.probe gl` (or `cuda`, `decoder`, `film`).
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import json
import subprocess
import sys


def gl() -> dict[str, object]:
    """The OpenGL that works without a display."""
    from installation.outputs.headless import Headless

    with Headless() as headless:
        info = headless.context.info
        return {"vendor": info["GL_VENDOR"], "renderer": info["GL_RENDERER"], "version": info["GL_VERSION"]}


def cuda() -> dict[str, object]:
    """The devices on which torch can decode. Torch takes seconds to load, so it is skipped if its driver is missing."""
    version = importlib.metadata.version("torch")
    try:
        ctypes.CDLL("libcuda.so.1" if sys.platform != "win32" else "nvcuda.dll")
    except OSError:
        return {"torch": version, "devices": []}
    import torch

    devices = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {"torch": version, "devices": devices}


def decoder() -> dict[str, object]:
    """The decoder that a show would use, and why. This takes seconds, and longer the first time."""
    import time

    from installation import SHIPPED_ATLAS
    from installation.atlas.atlas import Atlas
    from installation.atlas.interpolate import Interpolator
    from installation.outputs.headless import Headless
    from installation.picture.decoding.choosing.choice import choose

    choice = choose(Interpolator(Atlas.open(SHIPPED_ATLAS)), time.monotonic, open_gl=Headless)
    choice.decoder.close()
    return {"reason": choice.reason}


def film() -> dict[str, object]:
    """The encoders of the film exporter's ffmpeg."""
    import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types

    executable = imageio_ffmpeg.get_ffmpeg_exe()
    done = subprocess.run([executable, "-hide_banner", "-encoders"], capture_output=True, text=True, check=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {"executable": executable, "encoders": [words[1] for words in lines if len(words) > 1]}


PROBES = {"gl": gl, "cuda": cuda, "decoder": decoder, "film": film}

if __name__ == "__main__":
    print(json.dumps(PROBES[sys.argv[1]]()))
