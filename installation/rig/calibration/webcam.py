"""A camera that photographs the patterns during their display; needs OpenCV, the extra `calibrate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from installation.errors import DeviceError
from installation.owner import Owner
from installation.rig.calibration.photographs import light_of
from installation.rig.calibration.structured_light import Light

SETTLING_FRAMES = 6
"""Pictures from before the pattern that a camera and its driver may still hold."""

AVERAGED_FRAMES = 3
"""The number of frames that are averaged against the camera's noise."""

NEEDS_CALIBRATE = "a camera needs the extra `calibrate`: pip install 'installation[calibrate]'"


class Webcam(Owner):
    """Owns a camera, opened by its number or by any name that OpenCV accepts. Raises DeviceError."""

    def __init__(self, device: str) -> None:
        try:
            import cv2
        except ModuleNotFoundError:
            raise DeviceError(NEEDS_CALIBRATE) from None
        self._device = device
        self._capture: Any = cv2.VideoCapture(int(device) if device.isdecimal() else device)
        if not self._capture.isOpened():
            self._capture.release()
            raise DeviceError(f"camera {device}: cannot be opened; is it plugged in, and free of other programs?")
        # Automatic exposure would make all patterns look alike; 1 is "manual" for V4L2.
        self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, 1)

    def photograph(self) -> Light:
        """The camera's present view, some frames after the last change of pattern."""
        for _ in range(SETTLING_FRAMES):
            self._grab()
        total = sum(light_of(self._grab()) for _ in range(AVERAGED_FRAMES))
        return np.asarray(total, np.float32) / np.float32(AVERAGED_FRAMES)

    def _grab(self) -> Any:
        worked, picture = self._capture.read()
        if not worked or picture is None:
            raise DeviceError(f"camera {self._device}: gives no picture; is it still plugged in?")
        return picture

    def close(self) -> None:
        self._capture.release()
