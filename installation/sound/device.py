"""The sound device, by PortAudio, which supports ALSA, PipeWire, CoreAudio and Windows' sound systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from installation.errors import DeviceError
from installation.owner import Owner
from installation.sound.sound_file import MISSING, RATE, Samples

LATENCY_SECONDS = 0.05


class SoundDevice(Owner):
    """Plays the samples that `pull` gives, (samples, channels), on a thread of its own.

    Raises DeviceError if there is no usable device.
    """

    def __init__(self, name: str, channels: int, pull: Callable[[int], Samples]) -> None:
        try:
            import sounddevice
        except (ModuleNotFoundError, OSError) as error:  # the package, or PortAudio itself
            way_out = MISSING if isinstance(error, ModuleNotFoundError) else "apt install libportaudio2"
            raise DeviceError(f"no sound: {error}; {way_out}") from None

        def play(out: Samples, count: int, _time: Any, _status: Any) -> None:
            out[:] = pull(count)

        try:
            self._stream = sounddevice.OutputStream(
                samplerate=RATE,
                channels=channels,
                device=name or None,
                dtype="float32",
                latency=LATENCY_SECONDS,
                callback=play,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise DeviceError(f"the sound device {name or 'of this machine'} cannot be used: {error}") from None

    def close(self) -> None:
        self._stream.close()
