"""An X server without a screen, whose picture tests can look at."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

SCREEN_PX = (960, 540)


class Screen:
    """What an Xvfb shows: it keeps its screen as an XWD file, which is mapped memory and so always of now."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._file = folder / "Xvfb_screen0"

    def picture(self) -> NDArray[np.uint8]:
        """The whole screen (height, width, 3)."""
        content = self._file.read_bytes()
        header = struct.unpack(">25I", content[:100])
        header_bytes, width, height, line_bytes, colours = header[0], header[4], header[5], header[12], header[19]
        rows = np.frombuffer(content, np.uint8, height * line_bytes, header_bytes + 12 * colours)
        return rows.reshape(height, line_bytes)[:, : 4 * width].reshape(height, width, 4)[..., 2::-1]

    def becomes_white(self) -> bool:
        """Whether only the desktop is seen, within two seconds."""
        deadline = time.monotonic() + 2
        while not (white := bool((self.picture() == 255).all())) and time.monotonic() < deadline:
            time.sleep(0.01)  # the server notices on its own time that a program has gone
        return white


@contextmanager
def white_screen(folder: Path) -> Iterator[Screen]:
    """A screen with a white desktop, so that a black window can be told from no window."""
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed (apt install xvfb)")
    read_end, write_end = os.pipe()
    size = "{}x{}x24".format(*SCREEN_PX)
    command = [
        "Xvfb",
        "-displayfd",
        str(write_end),
        "-screen",
        "0",
        size,
        "-fbdir",
        str(folder),
        "-wr",
        "-noreset",  # else it starts anew, and may be missed, whenever its last window goes
        "-nolisten",
        "tcp",
    ]
    with (
        subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL) as server,
        os.fdopen(read_end) as ready,
    ):
        os.close(write_end)
        try:
            number = ready.readline().strip()  # written when the server takes connections
            assert number, "Xvfb did not start"
            yield Screen(f":{number}", folder)
        finally:
            server.terminate()
