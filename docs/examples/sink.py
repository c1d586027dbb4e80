"""A sink of your own: how bright every output is at every frame, as a table for a light that follows the picture."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from installation.errors import DeviceError
from installation.outputs.sink import OutputStatistics
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas


class BrightnessTable(Owner):
    """Writes frame, output and mean brightness, 0..1 as displays count it, into a CSV file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._table = csv.writer(self._file)
        self._table.writerow(["frame", "output", "brightness"])
        self._shown: dict[str, int] = {}

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """Add a row for each output. The canvases change with the next frame: copy what you need for longer."""
        for output, canvas in canvases.items():
            brightness = canvas.pixels()[..., :3].mean() / 255
            try:
                self._table.writerow([frame_number, output, f"{brightness:.4f}"])
            except OSError as error:  # a disk that is full is the world's fault, and the show may go on without us
                raise DeviceError(
                    f"brightness table {self._file.name}: {error.strerror}; make room on the disk"
                ) from error
            self._shown[output] = self._shown.get(output, 0) + 1

    def statistics(self) -> Mapping[str, OutputStatistics]:
        """How many frames were taken."""
        return {output: OutputStatistics(shown) for output, shown in self._shown.items()}

    def close(self) -> None:
        """Finish the file; twice is fine."""
        self._file.close()
