"""Buttons and pedals that are input devices on Linux. Only this module uses evdev, an extra."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Protocol

from installation.errors import DeviceError

WAY_OUT = "buttons need evdev, which is not installed, and Linux: pip install 'installation[buttons]'"


class ButtonDevice(Protocol):
    """An open device."""

    def presses(self) -> Iterator[tuple[str, bool]]:
        """Yields a key's name, such as `KEY_SPACE`, and whether it goes down, until the device is closed or gone."""

    def close(self) -> None:
        """Ends `presses`; twice is fine."""


class ButtonSystem(Protocol):
    """The button devices of a machine."""

    def names(self) -> tuple[str, ...]: ...

    def open(self, wanted: str) -> ButtonDevice:
        """Opens the device whose name contains `wanted`, for this player alone; raises DeviceError."""


class Evdev:
    """The input devices of Linux."""

    def names(self) -> tuple[str, ...]:
        try:
            return tuple(sorted(device.name for device in _devices()))
        except DeviceError:
            return ()

    def open(self, wanted: str) -> ButtonDevice:
        devices = _devices()
        device = next((one for one in devices if wanted.casefold() in one.name.casefold()), None)
        if device is None:
            names = ", ".join(sorted(one.name for one in devices))
            there = f"there are {names}" if names else "the player may read none; add the user to the group input"
            raise DeviceError(f"no input device has {wanted!r} in its name; {there}")
        try:
            device.grab()  # otherwise each press would reach the desktop, too
        except OSError as error:
            raise DeviceError(f"{device.name}: {error.strerror}; another program has it") from None
        return _Device(device)


class _Device:
    def __init__(self, device: Any) -> None:
        self._device = device

    def presses(self) -> Iterator[tuple[str, bool]]:
        ecodes = _library().ecodes
        try:
            for event in self._device.read_loop():
                if event.type == ecodes.EV_KEY and event.value in (0, 1):  # 2 repeats a key that is held down
                    names = ecodes.bytype[ecodes.EV_KEY].get(event.code, f"KEY_{event.code}")
                    yield (names if isinstance(names, str) else names[0]), event.value == 1
        except (OSError, ValueError):  # pulled out, or closed
            return

    def close(self) -> None:
        self._device.close()


def _devices() -> list[Any]:
    library = _library()
    return [library.InputDevice(path) for path in library.list_devices()]


def _library() -> Any:
    try:
        import evdev
    except ImportError:
        raise DeviceError(WAY_OUT) from None
    return evdev


def listen_to_buttons(
    device: ButtonDevice, hears: Callable[[str, bool], object], gone: Callable[[], object], stack: ExitStack
) -> None:
    """Calls `hears` for each press, on a thread of its own, until the stack closes; `gone` if the device goes away."""
    closing = threading.Event()

    def read() -> None:
        for key, is_down in device.presses():
            hears(key, is_down)
        if not closing.is_set():
            gone()

    threading.Thread(target=read, name="buttons", daemon=True).start()
    stack.callback(device.close)
    stack.callback(closing.set)
