"""Windows: the sink that shows outputs on screens, one window each or one wide window over all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import glfw
import moderngl

from installation.errors import DeviceError, RigError
from installation.outputs.rig import Head
from installation.outputs.sink import OutputStatistics
from installation.outputs.windows_glfw import create_window, key_name, monitors_from_left, opened
from installation.outputs.windows_pane import Pane
from installation.outputs.windows_wall import Wall
from installation.picture.canvas import Canvas
from installation.picture.rectangle import Rectangle


class Windows:
    """Owns GLFW, the mixer's GL context and the panes; only the main thread may touch it.

    `context` belongs to a hidden window that all panes share textures with, so that panes can come and go without the
    mixer losing anything. `outputs` gives each output's size in pixels (width, height). `on_key` gets the name of every
    key pressed (see windows_glfw.key_name; a key held down counts once). Escape and a close button make `closing` true.
    With the `heads` of a rig each output is in full screen on the monitor that its head names, while that is connected.
    Raises DeviceError without a display or OpenGL 3.3, and in full screen with fewer monitors than needed.
    """

    def __init__(
        self,
        outputs: Mapping[str, tuple[int, int]],
        on_key: Callable[[str], None],
        *,
        title: str = "The Neural Image",
        wide: bool = False,
        full_screen: bool = False,
        heads: Sequence[Head] = (),
    ) -> None:
        self.closing = False
        self.panes: list[Pane] = []
        self._on_key = on_key
        self._shown: dict[str, int] = {}
        self._skews_ms: dict[str, float] = {}
        with ExitStack() as cleanup:
            cleanup.enter_context(opened())
            self._root = create_window((16, 16), title)
            cleanup.callback(glfw.destroy_window, self._root)
            glfw.make_context_current(self._root)
            self.context = moderngl.create_context(require=330)
            cleanup.callback(self.context.release)
            cleanup.callback(glfw.make_context_current, self._root)
            self._wall: Wall | None = None
            if heads:
                self._wall = Wall(heads, outputs, title, self._root, self._listen)
                cleanup.callback(self._wall.close)
                self._set_pace(list(self._wall.panes.values()))
            else:
                self._open_panes(outputs, title, cleanup, wide, full_screen)
            glfw.make_context_current(self._root)
            self._cleanup = cleanup.pop_all()

    def _open_panes(
        self, outputs: Mapping[str, tuple[int, int]], title: str, cleanup: ExitStack, wide: bool, full_screen: bool
    ) -> None:
        """Panes without a rig: on the desktop or, in full screen, on the monitors from left to right."""
        arrangement = [_side_by_side(outputs)] if wide else [_side_by_side({n: s}) for n, s in outputs.items()]
        monitors = _monitors(len(arrangement)) if full_screen else [None] * len(arrangement)
        panes: list[Pane] = []
        left = 0
        for parts, monitor in zip(arrangement, monitors, strict=True):
            panes.append(Pane(", ".join([title, *parts]), parts, self._root, monitor=monitor, position=(left, 0)))
            cleanup.callback(panes[-1].close)
            self._listen(panes[-1])
            left += max(part.right for part in parts.values())
        self._set_pace(panes)

    def _listen(self, pane: Pane) -> None:
        glfw.set_key_callback(pane.window, self._on_glfw_key)
        glfw.set_window_close_callback(pane.window, self._on_glfw_close)

    def _set_pace(self, panes: list[Pane]) -> None:
        """These are the panes now; the first one's display sets the pace.

        Waiting for each in turn would halve the rate with every window. A virtual display has no refresh rate, and
        waiting for it took 30 to 50 ms (two windows, Xvfb, software GL).
        """
        self.panes = panes
        for pane in panes:
            pane.wait_for_display(pane is panes[0] and pane.refresh is not None)

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:  # noqa: ARG002 the protocol's
        """Draw every pane, then show them as close together as one thread can; then take key presses."""
        for pane in self.panes:
            pane.draw(canvases)
        moments = []
        for pane in self.panes:
            pane.swap()
            moments.append(time.perf_counter())
            for output in pane.parts:
                self._shown[output] = self._shown.get(output, 0) + 1
                self._skews_ms[output] = 1000 * (moments[-1] - moments[0])
        glfw.poll_events()
        if self._wall is not None:
            self._wall.follow()
            if list(self._wall.panes.values()) != self.panes:
                self._set_pace(list(self._wall.panes.values()))
        glfw.make_context_current(self._root)

    def take_heads(self, heads: Sequence[Head]) -> None:
        """Show the outputs as another rig says, from the next frame on: for a rig that is edited or adjusted.

        Windows stay where their monitor stays. Raises RigError where this show began without a rig: its windows cannot
        be given one.
        """
        if self._wall is None:
            raise RigError("this show began without a rig: start it again with --rig RIG")
        self._wall.take_heads(heads)

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {
            output: OutputStatistics(self._shown[output], pane.refresh, self._skews_ms[output])
            for pane in self.panes
            for output in pane.parts
            if output in self._shown
        }

    def _on_glfw_key(self, _: Any, key: int, scancode: int, action: int, modifiers: int) -> None:
        if action == glfw.PRESS:
            self.closing = self.closing or key == glfw.KEY_ESCAPE
            if name := key_name(key, scancode, modifiers):
                self._on_key(name)

    def _on_glfw_close(self, window: Any) -> None:
        """The player decides when the show ends, so the window stays until then."""
        glfw.set_window_should_close(window, glfw.FALSE)
        self.closing = True

    def close(self) -> None:
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _side_by_side(outputs: Mapping[str, tuple[int, int]]) -> dict[str, Rectangle]:
    parts = {}
    left = 0
    for output, (width, height) in outputs.items():
        parts[output] = Rectangle(left, 0, left + width, height)
        left += width
    return parts


def _monitors(count: int) -> list[Any]:
    monitors = monitors_from_left()
    if len(monitors) < count:
        raise DeviceError(
            f"full screen needs {count} monitors, {len(monitors)} are connected; connect them, or play in windows"
        )
    return monitors[:count]
