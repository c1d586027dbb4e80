"""MIDI ports of this machine. Only this module uses mido and python-rtmidi, which are extras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from installation.errors import DeviceError
from installation.owner import Owner

WAY_OUT = "MIDI needs mido and python-rtmidi, which are not installed: pip install 'installation[midi]'"


class MidiPort(Protocol):
    """An open controller. Its messages arrive on a thread of its own."""

    def send(self, data: bytes) -> None:
        """Sends one whole message to its lights and motors; raises OSError if the controller is gone."""

    def close(self) -> None:
        """Twice is fine."""


class MidiSystem(Protocol):
    """The MIDI ports of a machine."""

    def names(self) -> tuple[str, ...]:
        """The names of all present controllers; none if the machine has no MIDI."""

    def open(self, name: str, hear: Callable[[bytes], object]) -> MidiPort:
        """Opens a controller by its full name; raises DeviceError."""


class RtMidi:
    """The MIDI ports of the operating system."""

    def names(self) -> tuple[str, ...]:
        try:
            import mido

            return tuple(dict.fromkeys(mido.get_input_names()))
        except Exception:  # no library, or no sequencer; `open` reports which
            return ()

    def open(self, name: str, hear: Callable[[bytes], object]) -> MidiPort:
        try:
            return _Port(name, hear)
        except ImportError:
            raise DeviceError(WAY_OUT) from None
        except Exception as error:  # rtmidi has errors of its own, and several
            raise DeviceError(f"{error}; another program may have the port") from None


class _Port(Owner):
    def __init__(self, name: str, hear: Callable[[bytes], object]) -> None:
        from mido import Message, get_output_names, open_input, open_output

        self._message = Message
        self._input = open_input(name, callback=lambda message: hear(bytes(message.bytes())))
        self._output = open_output(name) if name in get_output_names() else None

    def send(self, data: bytes) -> None:
        if self._output is None:
            return
        try:
            self._output.send(self._message.from_bytes(data))
        except Exception as error:  # rtmidi's own: the device is gone, or takes no more
            raise OSError(str(error)) from error

    def close(self) -> None:
        self._input.close()
        if self._output is not None:
            self._output.close()


def find_port(system: MidiSystem, wanted: str) -> str:
    """The full name of the controller whose name contains `wanted`; raises DeviceError, which lists all controllers."""
    names = system.names()
    found = [name for name in names if wanted.casefold() in name.casefold()]
    if found:
        return found[0]
    if not names and isinstance(system, RtMidi) and not _is_installed():
        raise DeviceError(WAY_OUT)
    there = f"there are {', '.join(names)}" if names else "there is none"
    raise DeviceError(f"no port has {wanted!r} in its name; {there}")


def _is_installed() -> bool:
    from importlib.util import find_spec

    return find_spec("mido") is not None and find_spec("rtmidi") is not None
