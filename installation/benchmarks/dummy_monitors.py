"""A real X server whose monitors can be plugged in and pulled, without a screen: Xorg's dummy driver.

`python -m installation.benchmarks.dummy_monitors COMMAND ...` runs a command in front of three monitors of 640x360
pixels at 60 Hz, DUMMY0 to DUMMY2, side by side. Xorg wants root for that.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageGrab

from installation.errors import DeviceError

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
    DefaultDepth {depth}
    SubSection "Display"
        Depth {depth}
        Virtual 2560 1024
    EndSubSection
EndSection
"""

SMALL, LARGE = (640, 360), (640, 480)
"""Modes of the dummy driver."""

SLOT_PX = 640
"""Width of each monitor's slot on the desktop."""

INSTALL_HINT = "on Debian or Ubuntu: apt install xserver-xorg-core xserver-xorg-video-dummy x11-xserver-utils"

PLACE = re.compile(r"^DUMMY(\d+) connected (?:primary )?(\d+)x(\d+)\+(\d+)\+(\d+)", re.MULTILINE)


class DummyMonitors:
    """Monitors DUMMY0, DUMMY1 and so on, side by side in this order; the desktop moves up if one is missing."""

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

    def unplug(self, number: int) -> None:
        """Disconnect a monitor."""
        del self.plugged[number]
        self._arrange("--output", f"DUMMY{number}", "--off")

    def desktop(self) -> NDArray[np.uint8]:
        """The whole desktop (height, width, 3), including parts that no monitor shows."""
        return np.asarray(ImageGrab.grab(xdisplay=self.name).convert("RGB"))

    def pictures(self) -> dict[int, NDArray[np.uint8]]:
        """Every monitor's picture (height, width, 3)."""
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
        # The query makes the server check its connectors, as a cable's own signal does.
        told = PLACE.findall(self._xrandr("--query"))
        self._places = {int(number): (int(w), int(h), int(x), int(y)) for number, w, h, x, y in told}

    def _xrandr(self, *words: str) -> str:
        command = ["xrandr", *words]
        try:
            return subprocess.run(command, env=self._environment, check=True, capture_output=True, text=True).stdout
        except FileNotFoundError:
            raise DeviceError(f"no xrandr to plug monitors with; {INSTALL_HINT}") from None


@contextmanager
def three_monitors(depth: int = 24) -> Iterator[DummyMonitors]:
    """DUMMY0 to DUMMY2, all connected; with a `depth` of 30 they have ten bits a channel.

    Raises DeviceError if Xorg with its dummy driver does not start.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "xorg.conf").write_text(CONFIGURATION.format(depth=depth), encoding="utf-8")
        read_end, write_end = os.pipe()
        command = ["Xorg", "-displayfd", str(write_end), "-config", str(folder / "xorg.conf"), "-noreset"]
        command += ["-logfile", str(folder / "xorg.log"), "-nolisten", "tcp", "-novtswitch", "-sharevts"]
        with os.fdopen(read_end) as ready:
            try:
                server = subprocess.Popen(
                    command, pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            except FileNotFoundError:
                raise DeviceError(f"no Xorg to plug monitors into; {INSTALL_HINT}") from None
            finally:
                os.close(write_end)
            with server:
                try:
                    if not (number := ready.readline().strip()):
                        log = (folder / "xorg.log").read_text(encoding="utf-8", errors="replace")
                        raise DeviceError(f"Xorg does not start: {log[-300:]}; {INSTALL_HINT}")
                    cables = DummyMonitors(f":{number}")
                    for place in range(3):
                        cables.plug(place)
                    yield cables
                finally:
                    server.terminate()


def main() -> int:
    """Run the command in the arguments; returns its exit code."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    with three_monitors() as cables:
        environment = os.environ | {"DISPLAY": cables.name}
        environment.pop("WAYLAND_DISPLAY", None)
        try:
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        except OSError as error:
            raise DeviceError(f"{sys.argv[1]}: {error.strerror}; name a command that can be run") from None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DeviceError as no_monitors:
        sys.exit(str(no_monitors))
