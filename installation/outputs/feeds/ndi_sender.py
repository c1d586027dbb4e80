"""NDI: an output as a source on the local network that other programs find by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np

from installation.errors import DeviceError
from installation.rig.streams import Stream
from installation.sound.mixing import CHANNELS
from installation.sound.sound_file import RATE, Samples

MISSING = "NDI needs one more package: pip install 'installation[ndi]'"


class NdiSender:
    """Takes pictures and sound and offers them to viewers; see Receiver. Without viewers it costs almost nothing."""

    def __init__(self, sender: Any, block_samples: int) -> None:
        self._sender = sender
        self._block_samples = block_samples
        self._heard: Samples = np.zeros((0, CHANNELS), np.float32)

    def take(self, frame_number: int, picture: bytes) -> None:  # noqa: ARG002 the protocol's
        self._sender.write_video(np.frombuffer(bytearray(picture), np.uint8))  # it accepts only writable arrays

    def hear(self, frame_number: int, sound: Samples) -> None:  # noqa: ARG002 the protocol's
        self._heard = np.concatenate([self._heard, sound])
        while len(self._heard) >= self._block_samples:  # NDI takes blocks of one size; frames differ at 29.97 a second
            block, self._heard = np.split(self._heard, [self._block_samples])
            self._sender.write_audio(np.ascontiguousarray(block.T))

    def give_up(self) -> None:
        """Do nothing: NDI never waits for a viewer."""


@contextmanager
def open_ndi(stream: Stream, size_px: tuple[int, int], fps: Fraction) -> Iterator[NdiSender]:
    """A source with that name, while the context is entered. Raises DeviceError."""
    try:
        from cyndilib.audio_frame import AudioSendFrame
        from cyndilib.sender import Sender
        from cyndilib.video_frame import VideoSendFrame
        from cyndilib.wrapper.ndi_structs import FourCC
    except ImportError:
        raise DeviceError(MISSING) from None
    video = VideoSendFrame()
    video.set_resolution(*size_px)
    video.set_frame_rate(fps)
    video.set_fourcc(FourCC.RGBX)
    block_samples = int(RATE / fps)
    audio = AudioSendFrame(block_samples)
    audio.sample_rate, audio.num_channels = RATE, CHANNELS
    # The show's clock paces pictures already.
    sender = Sender(stream.place, clock_video=False, clock_audio=False)
    sender.set_video_frame(video)
    sender.set_audio_frame(audio)
    with sender:
        yield NdiSender(sender, block_samples)
