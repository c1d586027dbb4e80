"""Where the sound of a show goes: the buses of its score on the channels of a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

STEREO = (1, 2)
"""Where a bus goes that the rig does not name."""


@dataclass(frozen=True, slots=True)
class SoundRouting:
    """`device` is its name or a part of it, empty for the machine's own; `buses` are channels from 1 by bus name."""

    device: str = ""
    buses: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def channels(self) -> int:
        """How many the device must have."""
        return max((channel for channels in (*self.buses.values(), STEREO) for channel in channels), default=2)

    def laid_out(self, mix: Mapping[str, NDArray[np.float32]], length: int) -> NDArray[np.float32]:
        """The device's channels (samples, channels) for buses of two: left and right alternate over a bus's channels;
        a bus of one channel has both."""
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
"""Where a rig says nothing: the machine's own device, all on its first two channels."""
