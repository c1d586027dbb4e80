"""GLFW for the windows: its errors as DeviceError, its keys by name, its monitors from left to right."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import glfw
import moderngl

from installation.errors import DeviceError

log = logging.getLogger(__name__)

_last_error = ""

_KEYS = {
    glfw.KEY_SPACE: "space",
    glfw.KEY_ESCAPE: "escape",
    glfw.KEY_ENTER: "enter",
    glfw.KEY_KP_ENTER: "enter",
    glfw.KEY_TAB: "tab",
    glfw.KEY_BACKSPACE: "backspace",
    glfw.KEY_INSERT: "insert",
    glfw.KEY_DELETE: "delete",
    glfw.KEY_LEFT: "left",
    glfw.KEY_RIGHT: "right",
    glfw.KEY_UP: "up",
    glfw.KEY_DOWN: "down",
    glfw.KEY_PAGE_UP: "page-up",
    glfw.KEY_PAGE_DOWN: "page-down",
    glfw.KEY_HOME: "home",
    glfw.KEY_END: "end",
    **{glfw.KEY_F1 + number: f"f{number + 1}" for number in range(12)},
}

_MODIFIERS = ((glfw.MOD_CONTROL, "ctrl"), (glfw.MOD_ALT, "alt"), (glfw.MOD_SHIFT, "shift"), (glfw.MOD_SUPER, "super"))


@contextmanager
def glfw_session() -> Iterator[None]:
    """Initialises GLFW; on exit terminates it together with all remaining windows."""
    glfw.set_error_callback(_remember)
    if not glfw.init():
        raise DeviceError(
            f"no display to open windows on ({_last_error}); start from a desktop session, "
            "or set DISPLAY to its display"
        )
    try:
        yield
    finally:
        glfw.terminate()


def create_window(
    size_px: tuple[int, int], title: str, *, monitor: Any = None, share: Any = None, borderless: bool = False
) -> Any:
    """A hidden window with an OpenGL 3.3 context; it shares textures with the window `share`."""
    glfw.default_window_hints()
    glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, 3)
    glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, 3)
    glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
    glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, glfw.TRUE)  # macOS requires it for 3.3
    glfw.window_hint(glfw.CONTEXT_ROBUSTNESS, glfw.LOSE_CONTEXT_ON_RESET)  # if the driver can report it
    glfw.window_hint(glfw.VISIBLE, glfw.FALSE)
    glfw.window_hint(glfw.AUTO_ICONIFY, glfw.FALSE)  # a click on one screen must not take the others down
    for hint, bits in zip((glfw.RED_BITS, glfw.GREEN_BITS, glfw.BLUE_BITS), _desktop_bits(), strict=True):
        glfw.window_hint(hint, max(bits, 8))
    if borderless:
        glfw.window_hint(glfw.DECORATED, glfw.FALSE)
        glfw.window_hint(glfw.FLOATING, glfw.TRUE)
    window = glfw.create_window(*size_px, title, monitor, share)
    if not window:
        raise DeviceError(
            f"no window with OpenGL 3.3 ({_last_error}); on Debian or Ubuntu: apt install libgl1 libgl1-mesa-dri"
        )
    return window


def _desktop_bits() -> tuple[int, int, int]:
    """The bits of red, green and blue on the first monitor, such as ten each."""
    mode = video_mode(monitor) if (monitor := glfw.get_primary_monitor()) else None
    return tuple(mode.bits) if mode else (8, 8, 8)


class _OpenGl:
    """Lets moderngl use the context that is current, however GLFW made it: moderngl itself finds none on Wayland."""

    def load_opengl_function(self, name: str) -> int:
        return cast(int, glfw.get_proc_address(name) or 0)  # a number, whatever its stub says

    def __enter__(self) -> None:
        """Do nothing: the context's thread has made it current."""

    def __exit__(self, *_: object) -> None:
        """Do nothing, as on entry."""

    def release(self) -> None:
        """Do nothing: the context belongs to its window."""


def window_context() -> moderngl.Context:
    """moderngl's view of the window's context that is current in this thread."""
    context: Any = _OpenGl()  # moderngl's stub knows only settings
    return moderngl.create_context(require=330, context=context)


def can_place_windows() -> bool:
    """Whether the system lets programs place their windows. On Wayland they choose only a monitor to fill."""
    return bool(glfw.get_platform() != glfw.PLATFORM_WAYLAND)


def fit_to_monitor(size_px: tuple[int, int]) -> tuple[int, int]:
    """A window's size, reduced with the same aspect to fit the first monitor."""
    monitor = glfw.get_primary_monitor()
    if not monitor:
        return size_px
    _, _, width, height = glfw.get_monitor_workarea(monitor)
    share = min(1.0, width / size_px[0], height / size_px[1]) if width and height else 1.0
    return max(int(share * size_px[0]), 1), max(int(share * size_px[1]), 1)


def monitors_from_left() -> list[Any]:
    """The monitors, from left to right and from top to bottom."""
    return sorted(glfw.get_monitors(), key=lambda monitor: tuple(glfw.get_monitor_pos(monitor)))


def video_mode(monitor: Any) -> Any:
    """The monitor's present mode; None if it was just unplugged and GLFW has not reported it yet."""
    try:
        return glfw.get_video_mode(monitor)
    except ValueError:  # the binding follows GLFW's null pointer
        return None


def refresh_rate(monitor: Any) -> float | None:
    """The rate in Hz that the monitor reports; None if it reports none, as virtual ones do."""
    mode = video_mode(monitor) if monitor else None
    return float(mode.refresh_rate) if mode and mode.refresh_rate else None


def listen(window: Any, on_key: Callable[[str, bool], object], on_close: Callable[[], object]) -> None:
    """Call `on_key` with the name of each key pressed in a window and whether it repeats, `on_close` at the close
    button.

    The listener decides what closing means, so the window stays open.
    """

    def key(_: Any, key: int, scancode: int, action: int, modifiers: int) -> None:
        if action in (glfw.PRESS, glfw.REPEAT) and (name := key_name(key, scancode, modifiers)):
            on_key(name, action == glfw.REPEAT)

    def close(window: Any) -> None:
        glfw.set_window_should_close(window, glfw.FALSE)
        on_close()

    glfw.set_key_callback(window, key)
    glfw.set_window_close_callback(window, close)


def key_name(key: int, scancode: int, modifiers: int) -> str | None:
    """`space`, `page-down`, `f5`, or the character on the key in the keyboard's own layout, as in `ctrl+shift+b`.

    None for keys without a name, such as the modifiers themselves.
    """
    name = _KEYS.get(key) or glfw.get_key_name(key, scancode)
    if name is None:
        return None
    return "+".join([*(word for bit, word in _MODIFIERS if modifiers & bit), name.lower()])


def _remember(code: int, text: str | bytes) -> None:
    """GLFW's error callback: keeps the text for the message of a failing call. (Declared with str, called with
    bytes.)"""
    global _last_error  # a process has one GLFW, and one last error
    _last_error = text.decode(errors="replace") if isinstance(text, bytes) else text
    log.debug("GLFW error %d: %s", code, _last_error)
