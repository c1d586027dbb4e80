"""What the windows ask of the driver, against one that is made up: swap groups, and a card that was reset."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from installation.errors import DeviceError
from installation.outputs.windows.gl import GlFunctions
from installation.outputs.windows.swap_group import SwapGroup


class Driver:
    """Gives out addresses of Python functions, and notes what was called."""

    def __init__(self, *extensions: str) -> None:
        self.extensions = extensions
        self.calls: list[tuple[str, Any]] = []
        self.reset_status = 0
        self.joins = 1
        self._functions = {
            "glFinish": ctypes.CFUNCTYPE(None)(lambda: self.calls.append(("finish", None))),
            "glGetGraphicsResetStatus": ctypes.CFUNCTYPE(ctypes.c_uint)(lambda: self.reset_status),
            "glXJoinSwapGroupNV": ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_uint)(
                lambda display, drawable, group: self._join(display, drawable, group)
            ),
            "wglJoinSwapGroupNV": ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint)(
                lambda device, group: self._join(device, group)
            ),
        }

    def _join(self, *arguments: int) -> int:
        self.calls.append(("join", arguments))
        return self.joins

    def load(self, name: str) -> int | None:
        function = self._functions.get(name)
        return ctypes.cast(function, ctypes.c_void_p).value if function else None

    def offers(self, extension: str) -> bool:
        return extension in self.extensions


def group(driver: Driver, system: str) -> SwapGroup:
    return SwapGroup(driver.load, driver.offers, system, lambda window: (7, window) if system == "linux" else (window,))


def test_a_window_joins_the_swap_group_and_leaves_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    driver = Driver("GLX_NV_swap_group")
    swap_group = group(driver, "linux")
    swap_group.join(42)
    swap_group.leave(42)
    assert driver.calls == [("join", (7, 42, 1)), ("join", (7, 42, 0))]
    assert caplog.messages == ["a window has joined the driver's swap group 1"]


def test_on_windows_it_is_the_device_context_that_joins() -> None:
    driver = Driver("WGL_NV_swap_group")
    group(driver, "win32").join(42)
    assert driver.calls == [("join", (42, 1))]


def test_a_driver_that_refuses_is_told_and_one_without_swap_groups_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    driver = Driver("GLX_NV_swap_group")
    driver.joins = 0
    group(driver, "linux").join(42)
    assert "refuses a window" in caplog.text
    without = Driver()
    group(without, "linux").join(42)
    group(without, "linux").leave(42)
    assert without.calls == []


def test_a_card_that_was_reset_ends_the_show_so_that_the_house_starts_it_again() -> None:
    driver = Driver("GL_KHR_robustness")
    card = GlFunctions(driver.load, driver.offers)
    card.check()
    driver.reset_status = 0x8254
    with pytest.raises(DeviceError, match="the graphics card was reset by another program") as raised:
        card.check()
    assert raised.value.exit_code == 1  # not 0 and not 2: the house starts it again
    card.finish()
    assert driver.calls == [("finish", None)]


def test_a_card_that_cannot_say_whether_it_was_reset_is_believed_to_be_well() -> None:
    driver = Driver()
    driver.reset_status = 0x8253
    GlFunctions(driver.load, driver.offers).check()
