"""NDI: an output as a source on the local network that other programs find by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np

from installation.errors import DeviceError
from installation.rig.streams import Stream

MISSING = "NDI needs one more package: pip install 'installation[ndi]'"


class NdiSender:
    """Takes pictures and offers them to viewers; see Receiver. Without viewers it costs almost nothing."""

    def __init__(self, sender: Any) -> None:
        self._sender = sender

    def take(self, frame_number: int, picture: bytes) -> None:  # noqa: ARG002 the protocol's
        self._sender.write_video(np.frombuffer(bytearray(picture), np.uint8))  # it accepts only writable arrays

    def give_up(self) -> None:
        """Do nothing: NDI never waits for a viewer."""


@contextmanager
def open_ndi(stream: Stream, size_px: tuple[int, int], fps: Fraction) -> Iterator[NdiSender]:
    """A source with that name, while the context is entered. Raises DeviceError."""
    try:
        from cyndilib.sender import Sender
        from cyndilib.video_frame import VideoSendFrame
        from cyndilib.wrapper.ndi_structs import FourCC
    except ImportError:
        raise DeviceError(MISSING) from None
    video = VideoSendFrame()
    video.set_resolution(*size_px)
    video.set_frame_rate(fps)
    video.set_fourcc(FourCC.RGBX)
    # The show's clock paces pictures already.
    sender = Sender(stream.place, clock_video=False, clock_audio=False)
    sender.set_video_frame(video)
    with sender:
        yield NdiSender(sender)
