"""Windows: the sink that shows outputs on screens, in one window each or one wide window for all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import glfw

from installation.errors import DeviceError, RigError
from installation.outputs.heads.delay import Delay, delays
from installation.outputs.heads.drawing import warm_up
from installation.outputs.heads.maps import HeadMaps
from installation.outputs.output_timing import OutputTiming
from installation.outputs.sink import OutputStatistics
from installation.outputs.windows.barrier import Barrier
from installation.outputs.windows.connected import connected_monitors
from installation.outputs.windows.gl import GlFunctions
from installation.outputs.windows.output_window import OutputWindow
from installation.outputs.windows.rig_windows import RigWindows
from installation.outputs.windows.swap_group import SwapGroup
from installation.outputs.windows.toolkit import (
    create_window,
    glfw_session,
    listen,
    monitors_from_left,
    refresh_rate,
    window_context,
)
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.rig.head import Head, sizes_on


class Windows(Owner):
    """Owns GLFW, the mixer's GL context and the output windows; only the main thread may touch it.

    `context` belongs to a hidden window with which all output windows share textures, so that they can come and go
    without any loss for the mixer; it stays current in this thread. `outputs` gives each output's size in pixels
    (width, height). `on_key` gets the name of every pressed key (see toolkit.key_name; a held key counts once). Escape
    and a close button set `closing`. With the `heads` of a rig each output fills the monitor that its head names, while
    that is connected. `fps` is the show's rate. Raises DeviceError without a display or OpenGL 3.3, and in full screen
    with fewer monitors than needed.
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
        fps: Fraction = Fraction(60),
    ) -> None:
        self.closing = False
        self._on_key = on_key
        self._fps = fps
        self._timing = {output: OutputTiming() for output in outputs}
        self._steady_epoch: float | None = None
        self._rig_windows: RigWindows | None = None
        with ExitStack() as cleanup:
            cleanup.enter_context(glfw_session())
            root = create_window((16, 16), title)
            cleanup.callback(glfw.destroy_window, root)
            glfw.make_context_current(root)
            self.context = window_context()
            cleanup.callback(self.context.release)
            self._card = GlFunctions()
            self._swap_group = SwapGroup()
            self._delay = cleanup.enter_context(Delay(self.context))
            self._maps = cleanup.enter_context(HeadMaps())
            self._barrier: Barrier[OutputWindow] = Barrier(
                left=lambda output_window: self._swap_group.leave(output_window.window),
                joined=lambda output_window: self._swap_group.join(output_window.window),
            )
            if heads:
                warm_up(self.context.screen)
                self._rig_windows = RigWindows(heads, outputs, title, root, fps, self._opened)
                cleanup.callback(self._rig_windows.close)
                self._delay.set(delays(self._rig_windows.heads, fps))
            else:
                self._free = self._open_free(outputs, title, root, cleanup, wide, full_screen)
            self._cleanup = cleanup.pop_all()

    def _open_free(
        self,
        outputs: Mapping[str, tuple[int, int]],
        title: str,
        root: Any,
        cleanup: ExitStack,
        wide: bool,
        full_screen: bool,
    ) -> list[OutputWindow]:
        """Open windows without a rig: on the desktop or, in full screen, on the monitors from left to right."""
        arrangement = [_side_by_side(outputs)] if wide else [_side_by_side({n: s}) for n, s in outputs.items()]
        monitors = _monitors(len(arrangement)) if full_screen else [None] * len(arrangement)
        output_windows: list[OutputWindow] = []
        left = 0
        for parts, monitor in zip(arrangement, monitors, strict=True):
            refresh = refresh_rate(monitor or glfw.get_primary_monitor())
            output_window = OutputWindow(
                ", ".join([title, *parts]),
                parts,
                root,
                monitor=monitor,
                position=(left, 0),
                refresh=refresh,
                fps=self._fps,
            )
            cleanup.callback(output_window.close)
            self._opened(output_window)
            output_windows.append(output_window)
            left += max(part.right for part in parts.values())
        return output_windows

    @property
    def output_windows(self) -> list[OutputWindow]:
        """The windows that show pictures now."""
        return self._rig_windows.output_windows if self._rig_windows is not None else self._free

    def _opened(self, output_window: OutputWindow) -> None:
        listen(output_window.window, self._pressed, self._close_asked)
        self._swap_group.join(output_window.window)

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """Let every window draw in its own thread, then all show together when the frame is due; then handle key
        presses.

        Raises DeviceError if the graphics card was reset.
        """
        due_at = None if self._steady_epoch is None else self._steady_epoch + float(frame_number / self._fps)
        outputs = canvases.keys()
        canvases = self._delay.delayed(self._by_head(canvases))
        for output, canvas in canvases.items():
            if canvas.bent is not None and canvas.bent.pixel_map is not self.pixel_map(output):
                canvas.straighten()  # the head has moved since the canvas was drawn for its pixels
        self._card.finish()  # other contexts read only complete canvases
        self._card.check()

        def show(output_windows: Sequence[OutputWindow]) -> Mapping[OutputWindow, float]:
            for output_window in output_windows:
                output_window.set_canvases(canvases)
            return self._barrier.present(output_windows, due_at)

        self._count(outputs, show(self.output_windows), due_at)
        glfw.poll_events()
        if self._rig_windows is not None:
            self._rig_windows.follow(show)

    @property
    def _heads(self) -> Sequence[Head]:
        return self._rig_windows.heads if self._rig_windows is not None else ()

    def _by_head(self, canvases: Mapping[str, Canvas]) -> Mapping[str, Canvas]:
        """The picture of every head, by the head's name, which is its output's name unless several heads show one
        output."""
        if not any(head.shows for head in self._heads):
            return canvases
        return {head.output: canvases[head.source] for head in self._heads if head.source in canvases}

    def _count(self, outputs: Collection[str], shown_at: Mapping[OutputWindow, float], due_at: float | None) -> None:
        """Note when the pictures of these outputs appeared."""
        first = min(shown_at.values(), default=0.0)
        sources = {head.output: head.source for head in self._heads}
        seen = {
            sources.get(name, name): moment
            for output_window, moment in shown_at.items()
            for name in output_window.outputs
        }
        for output, output_timing in self._timing.items():
            if output in seen and output in outputs:
                output_timing.shown_at(seen[output], first, due_at, float(1 / self._fps))
            elif output in outputs:
                output_timing.dropped += 1

    def keep_time(self, steady_epoch: float) -> None:
        """From now on show pictures when they are due, and measure how late they are: frame 0 is due at this time of
        time.monotonic."""
        self._steady_epoch = steady_epoch

    def sizes_of(self, heads: Sequence[Head], sizes: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
        """The sizes on the present monitors of outputs with `sizes` in the score; without a rig windows keep theirs."""
        if self._rig_windows is not None:
            return sizes_on(heads, connected_monitors(), sizes)
        parts = {output: part for output_window in self._free for output, part in output_window.parts.items()}
        return {output: (part.width, part.height) for output, part in parts.items() if output in sizes}

    def pixel_map(self, output: str) -> PixelMap | None:
        """The map for decoding this output for its monitor's pixels; None if that is not possible now."""
        if sum(head.source == output for head in self._heads) != 1:  # one picture cannot be bent in several ways
            return None
        head_and_monitor = self._rig_windows.head_and_monitor(output) if self._rig_windows is not None else None
        return self._maps.of(*head_and_monitor) if head_and_monitor is not None else None

    def take_heads(self, heads: Sequence[Head], outputs: Collection[str] | None = None) -> None:
        """Show the outputs with another rig's heads, from the next frame on: for a rig that is edited or adjusted.

        `outputs` are the show's present ones, None if they have not changed. A window stays if its monitor stays.
        Raises RigError if this show began without a rig: its windows cannot get one.
        """
        if self._rig_windows is None:
            raise RigError("this show began without a rig: start it again with --rig RIG")
        for output in outputs or ():
            self._timing.setdefault(output, OutputTiming())
        self._rig_windows.take_heads(heads, self._timing if outputs is None else outputs)
        self._delay.set(delays(self._rig_windows.heads, self._fps))

    def statistics(self) -> Mapping[str, OutputStatistics]:
        sources = {head.output: head.source for head in self._heads}
        refresh = {
            sources.get(name, name): output_window.refresh
            for output_window in self.output_windows
            for name in output_window.outputs
        }
        return {
            output: output_timing.statistics(refresh.get(output), self._is_connected(output))
            for output, output_timing in self._timing.items()
            if output_timing.shown or output_timing.dropped
        }

    def _is_connected(self, output: str) -> bool | None:
        """Whether every monitor with a part of an output is connected; None without a rig."""
        if self._rig_windows is None:
            return None
        names = [head.output for head in self._heads if head.source == output]
        return bool(names) and all(self._rig_windows.head_and_monitor(name) is not None for name in names)

    def _pressed(self, key: str, repeats: bool) -> None:
        if not repeats:
            self.closing = self.closing or key.endswith("escape")
            self._on_key(key)

    def _close_asked(self) -> None:
        """Set `closing`; the player decides when the show ends."""
        self.closing = True

    def close(self) -> None:
        self._cleanup.close()


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
