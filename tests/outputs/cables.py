"""A real X server whose monitors can be plugged in and pulled, without a screen: Xorg's dummy driver."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageGrab

CONFIGURATION = """\
Section "Device"
    Identifier "card"
    Driver "dummy"
    VideoRam 64000
EndSection
Section "Monitor"
    Identifier "monitor"
    HorizSync 5.0-1000.0
    VertRefresh 5.0-200.0
EndSection
Section "Screen"
    Identifier "screen"
    Device "card"
    Monitor "monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Virtual 2560 1024
    EndSubSection
EndSection
"""

SMALL, LARGE = (640, 360), (640, 480)
"""Modes of the dummy driver."""

SLOT_PX = 640
"""Of the desktop's width, for each monitor."""


PLACE = re.compile(r"^DUMMY(\d+) connected (?:primary )?(\d+)x(\d+)\+(\d+)\+(\d+)", re.MULTILINE)


class Cables:
    """Monitors DUMMY0, DUMMY1 and so on, side by side in this order; the desktop moves up where one is missing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.plugged: dict[int, tuple[int, int]] = {}
        self._places: dict[int, tuple[int, int, int, int]] = {}
        self._environment = os.environ | {"DISPLAY": name}
        self._has_mode: set[tuple[int, tuple[int, int]]] = set()

    def plug(self, number: int, size_px: tuple[int, int] = SMALL) -> None:
        """Connect a monitor, or change its mode."""
        if number and (number, size_px) not in self._has_mode:
            self._xrandr("--addmode", f"DUMMY{number}", "{}x{}".format(*size_px))
            self._has_mode.add((number, size_px))
        self.plugged[number] = size_px
        self._arrange()

    def pull(self, number: int) -> None:
        """Disconnect a monitor."""
        del self.plugged[number]
        self._arrange("--output", f"DUMMY{number}", "--off")

    def desktop(self) -> NDArray[np.uint8]:
        """The whole desktop (height, width, 3), also where no monitor shows it."""
        return np.asarray(ImageGrab.grab(xdisplay=self.name).convert("RGB"))

    def pictures(self) -> dict[int, NDArray[np.uint8]]:
        """What every monitor shows (height, width, 3)."""
        desktop = self.desktop()
        return {
            number: desktop[y : y + height, x : x + width] for number, (width, height, x, y) in self._places.items()
        }

    def _arrange(self, *words: str) -> None:
        command = list(words)
        for number, size_px in self.plugged.items():
            mode, place = "{}x{}".format(*size_px), f"{number * SLOT_PX}x0"
            command += ["--output", f"DUMMY{number}", "--mode", mode, "--pos", place]
        self._xrandr(*command)
        # The question makes the server look at its connectors, as a cable's own signal does.
        told = PLACE.findall(self._xrandr("--query"))
        self._places = {int(number): (int(w), int(h), int(x), int(y)) for number, w, h, x, y in told}

    def _xrandr(self, *words: str) -> str:
        done = subprocess.run(["xrandr", *words], env=self._environment, check=True, capture_output=True, text=True)
        return done.stdout


@contextmanager
def three_monitors(folder: Path) -> Iterator[Cables]:
    """DUMMY0 to DUMMY2, all connected."""
    if not shutil.which("Xorg") or not shutil.which("xrandr"):
        pytest.skip("Xorg's dummy driver is not installed (apt install xserver-xorg-video-dummy x11-xserver-utils)")
    (folder / "xorg.conf").write_text(CONFIGURATION)
    read_end, write_end = os.pipe()
    command = ["Xorg", "-displayfd", str(write_end), "-config", str(folder / "xorg.conf"), "-noreset"]
    command += ["-logfile", str(folder / "xorg.log"), "-nolisten", "tcp", "-novtswitch", "-sharevts"]
    with (
        subprocess.Popen(command, pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server,
        os.fdopen(read_end) as ready,
    ):
        os.close(write_end)
        try:
            number = ready.readline().strip()
            if not number:
                pytest.skip(f"Xorg does not start here: {(folder / 'xorg.log').read_text()[-300:]}")
            cables = Cables(f":{number}")
            for place in range(3):
                cables.plug(place)
            yield cables
        finally:
            server.terminate()
