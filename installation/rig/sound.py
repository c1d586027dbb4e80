"""Routes the sound of a show: the buses of its score to the channels of a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

STEREO = (1, 2)
"""The channels of a bus that the rig does not name."""


@dataclass(frozen=True, slots=True)
class SoundRouting:
    """`device` is a device's name or a part of it, empty for the default device; `buses` maps bus names to channels
    from 1."""

    device: str = ""
    buses: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def channels(self) -> int:
        """The number of channels that the device must have."""
        return max((channel for channels in (*self.buses.values(), STEREO) for channel in channels), default=2)

    def laid_out(self, mix: Mapping[str, NDArray[np.float32]], length: int) -> NDArray[np.float32]:
        """Stereo buses laid out on the device's channels (samples, channels): left and right alternate over a bus's
        channels; a bus with one channel gets the mean of both."""
        out = np.zeros((length, self.channels), np.float32)
        for bus, samples in mix.items():
            channels = self.buses.get(bus, STEREO)
            if len(channels) == 1:
                out[:, channels[0] - 1] += samples.mean(axis=1)
                continue
            for place, channel in enumerate(channels):
                out[:, channel - 1] += samples[:, place % 2]
        return np.clip(out, -1.0, 1.0)


MACHINES_OWN = SoundRouting()
"""The routing if a rig has none: the default device, all buses on its first two channels."""
