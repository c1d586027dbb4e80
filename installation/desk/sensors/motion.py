"""How much moves before a camera, 0 to 1, by OpenCV, which is an extra. No picture is stored or sent: each is made
small and grey, compared with the one before, and forgotten."""

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
"""Of 255: what a pixel of a cheap camera changes by itself in the dark."""

FULL_SHARE = 0.25
"""Of the picture that moves: a person who walks by close at hand. That is 1."""

BLACK = 3.0
"""Of 255, on average: a camera that sees nothing."""

BLIND_SECONDS = 60.0


class MotionCamera(Protocol):
    """An open camera."""

    def look(self) -> NDArray[np.uint8] | None:
        """The picture now, small and grey (48, 64); None where the camera is gone."""

    def close(self) -> None: ...


class MotionMeter:
    """Compares each picture with the one before. `is_blind` once nothing but black has come for a minute."""

    def __init__(self) -> None:
        self._before: NDArray[np.int16] | None = None
        self._dark_since: float | None = None
        self.is_blind = False

    def look(self, picture: NDArray[np.uint8], now: float) -> float:
        """How much has moved since, 0 to 1; 0 for the first. `now` in seconds of a steady clock."""
        seen = picture.astype(np.int16)
        before, self._before = self._before, seen
        if float(seen.mean()) >= BLACK:
            self._dark_since = None
        elif self._dark_since is None:
            self._dark_since = now
        self.is_blind = self._dark_since is not None and now - self._dark_since >= BLIND_SECONDS
        if before is None:
            return 0.0
        # A lamp that is switched on changes everything alike: what all pixels have in common is not motion.
        change = seen - before
        moved = np.abs(change - int(np.median(change))) > NOISE
        return min(float(moved.mean()) / FULL_SHARE, 1.0)


def open_camera(device: str) -> MotionCamera:
    """A camera by its number or path; raises DeviceError."""
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
    """Report motion a few times a second, on a thread of its own, until the stack is closed.

    `blind` is told once when nothing but black comes, `gone` when nothing comes any more.
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
