"""The amount of motion in front of a camera, 0 to 1, by OpenCV, which is an extra. It stores and sends no picture: it
makes each small and grey, compares it with the one before, and forgets it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError

WAY_OUT = "a camera needs OpenCV, which is not installed: pip install 'installation[camera]'"

SIZE = (64, 48)

LOOKS_PER_SECOND = 15.0

NOISE = 12
"""The noise of a pixel of a cheap camera in the dark, of 255."""

FULL_SHARE = 0.25
"""The moving fraction of the picture that counts as 1: a person who walks by at close range."""

BLACK = 3.0
"""A mean brightness, of 255: below this, a camera sees nothing."""

BLIND_SECONDS = 60.0


class MotionCamera(Protocol):
    """An open camera."""

    def look(self) -> NDArray[np.uint8] | None:
        """The picture now, small and grey (48, 64); None if the camera is gone."""

    def close(self) -> None: ...


class MotionMeter:
    """Compares each picture with the one before. `is_blind` after a minute of nothing but black."""

    def __init__(self) -> None:
        self._before: NDArray[np.int16] | None = None
        self._dark_since: float | None = None
        self.is_blind = False

    def look(self, picture: NDArray[np.uint8], now: float) -> float:
        """The motion since the last picture, 0 to 1; 0 for the first. `now` is in seconds of a steady clock."""
        seen = picture.astype(np.int16)
        before, self._before = self._before, seen
        if float(seen.mean()) >= BLACK:
            self._dark_since = None
        elif self._dark_since is None:
            self._dark_since = now
        self.is_blind = self._dark_since is not None and now - self._dark_since >= BLIND_SECONDS
        if before is None:
            return 0.0
        # A lamp that is switched on changes all pixels alike: such a common change is not motion.
        change = seen - before
        moved = np.abs(change - int(np.median(change))) > NOISE
        return min(float(moved.mean()) / FULL_SHARE, 1.0)


def open_camera(device: str) -> MotionCamera:
    """Opens a camera by its number or path; raises DeviceError."""
    try:
        import cv2
    except ImportError:
        raise DeviceError(WAY_OUT) from None
    capture = cv2.VideoCapture(int(device) if device.isdecimal() else device)
    if not capture.isOpened():
        capture.release()
        raise DeviceError(f"camera {device}: it does not open; is it connected, and free of other programs?")
    return _Camera(cv2, capture)


class _Camera:
    def __init__(self, library: Any, capture: Any) -> None:
        self._library, self._capture = library, capture

    def look(self) -> NDArray[np.uint8] | None:
        is_there, picture = self._capture.read()
        if not is_there:
            return None
        small = self._library.resize(picture, SIZE, interpolation=self._library.INTER_AREA)
        grey: NDArray[np.uint8] = self._library.cvtColor(small, self._library.COLOR_BGR2GRAY)
        return grey

    def close(self) -> None:
        self._capture.release()


def watch_motion(
    camera: MotionCamera,
    says: Callable[[float], object],
    blind: Callable[[], object],
    gone: Callable[[], object],
    stack: ExitStack,
    steady: Callable[[], float] = time.monotonic,
) -> None:
    """Reports motion several times a second, on a thread of its own, until the stack closes.

    It calls `blind` once if only black comes, and `gone` if no picture comes any more.
    """
    closing = threading.Event()

    def look() -> None:
        meter, was_blind = MotionMeter(), False
        while not closing.wait(1.0 / LOOKS_PER_SECOND):
            picture = camera.look()
            if picture is None:
                gone()
                break
            says(meter.look(picture, steady()))
            if meter.is_blind and not was_blind:
                blind()
            was_blind = meter.is_blind
        camera.close()

    thread = threading.Thread(target=look, name="camera", daemon=True)
    thread.start()
    stack.callback(thread.join, 2.0)
    stack.callback(closing.set)
