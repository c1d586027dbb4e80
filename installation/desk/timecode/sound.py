"""Sound inputs of this machine. Only this module uses sounddevice (PortAudio), which is an extra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError
from installation.owner import Owner

WAY_OUT = "timecode from a sound input needs sounddevice, which is not installed: pip install 'installation[ltc]'"

SAMPLES_PER_SECOND = 48_000

BLOCK_SAMPLES = 480
"""A hundredth of a second; the listener corrects each reading by its age."""


class SoundSystem(Protocol):
    """The sound inputs of a machine."""

    def names(self) -> tuple[str, ...]:
        """The names of the present inputs."""

    def open(
        self, wanted: str, channel: int, listener: Callable[[float], Callable[[NDArray[np.float32]], None]]
    ) -> Owner:
        """Opens the input whose name contains `wanted`; raises DeviceError. `listener(samples_per_second)` returns a
        function that takes the blocks of one channel, counted from 1."""


class PortAudio:
    """The sound inputs of the operating system."""

    def names(self) -> tuple[str, ...]:
        try:
            return tuple(str(one["name"]) for one in _sounddevice().query_devices() if one["max_input_channels"])
        except Exception:  # no library, or no sound; `open` reports which
            return ()

    def open(
        self, wanted: str, channel: int, listener: Callable[[float], Callable[[NDArray[np.float32]], None]]
    ) -> Owner:
        names = self.names()
        library = _sounddevice()
        name = next((name for name in names if wanted.casefold() in name.casefold()), None)
        if name is None:
            there = f"there are {', '.join(names)}" if names else "there is none"
            raise DeviceError(f"no sound input has {wanted!r} in its name; {there}")
        try:
            return _Input(library, name, channel, listener(SAMPLES_PER_SECOND))
        except Exception as error:  # PortAudio's own
            raise DeviceError(f"{name}: {error}; another program may have it") from None


class _Input(Owner):
    def __init__(self, library: Any, name: str, channel: int, hear: Callable[[NDArray[np.float32]], None]) -> None:
        def take(samples: NDArray[np.float32], _frames: int, _time: object, _status: object) -> None:
            hear(samples[:, channel - 1])

        self._stream = library.InputStream(
            samplerate=SAMPLES_PER_SECOND,
            blocksize=BLOCK_SAMPLES,
            device=name,
            channels=channel,
            dtype="float32",
            callback=take,
        )
        self._stream.start()

    def close(self) -> None:
        self._stream.close()


def _sounddevice() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: PortAudio itself is missing
        way_out = WAY_OUT if isinstance(error, ImportError) else f"{error}; install libportaudio2"
        raise DeviceError(way_out) from None
    return sounddevice
