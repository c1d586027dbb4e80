"""A virtual camera: an output as a webcam for other programs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np

from installation.errors import DeviceError
from installation.rig.streams import Stream
from installation.sound.sound_file import Samples

MISSING = "a virtual camera needs one more package: pip install 'installation[webcam]'"


class VirtualCamera:
    """Takes pictures and sends them to programs that have opened the camera; see Receiver."""

    def __init__(self, camera: Any, size_px: tuple[int, int]) -> None:
        self._camera, self._shape = camera, (size_px[1], size_px[0], 4)

    def take(self, frame_number: int, picture: bytes) -> None:  # noqa: ARG002 the protocol's
        pixels = np.frombuffer(picture, np.uint8).reshape(self._shape)
        self._camera.send(np.ascontiguousarray(pixels[..., :3]))

    def hear(self, frame_number: int, sound: Samples) -> None:
        """Do nothing: a camera has no sound."""

    def give_up(self) -> None:
        """Do nothing: a camera never waits for its viewers."""


@contextmanager
def open_camera(stream: Stream, size_px: tuple[int, int], fps: Fraction) -> Iterator[VirtualCamera]:
    """The camera, while the context is entered: the first free one, or the device that the address names.

    Raises DeviceError.
    """
    try:
        import pyvirtualcam
    except ImportError:
        raise DeviceError(MISSING) from None
    try:
        camera = pyvirtualcam.Camera(*size_px, float(fps), device=stream.place or None)
    except RuntimeError as error:
        why = " ".join(str(error).split())
        raise DeviceError(f"no virtual camera: {why}; on Linux: apt install v4l2loopback-dkms") from None
    with camera:
        yield VirtualCamera(camera, size_px)
