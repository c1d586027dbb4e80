"""Windows: the sink that shows outputs on screens, one window each or one wide window over all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import glfw
import moderngl

from installation.errors import DeviceError, RigError
from installation.outputs.heads.delay import Delay, delays
from installation.outputs.heads.drawing import warm_up
from installation.outputs.heads.maps import HeadMaps
from installation.outputs.presence import Presence
from installation.outputs.sink import OutputStatistics
from installation.outputs.windows.barrier import Barrier
from installation.outputs.windows.connected import connected_monitors
from installation.outputs.windows.gl import Card
from installation.outputs.windows.pane import Pane
from installation.outputs.windows.swap_group import SwapGroup
from installation.outputs.windows.toolkit import create_window, listen, monitors_from_left, opened, refresh_rate
from installation.outputs.windows.wall import Wall
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.rig.head import Head, sizes_on


class Windows(Owner):
    """Owns GLFW, the mixer's GL context and the panes; only the main thread may touch it.

    `context` belongs to a hidden window that all panes share textures with, so that panes can come and go without the
    mixer losing anything; it is current on this thread for good. `outputs` gives each output's size in pixels (width,
    height). `on_key` gets the name of every key pressed (see toolkit.key_name; a key held down counts once).
    Escape and a close button make `closing` true. With the `heads` of a rig each output is in full screen on the
    monitor that its head names, while that is connected. `fps` is the show's rate.
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
        fps: Fraction = Fraction(60),
    ) -> None:
        self.closing = False
        self._on_key = on_key
        self._fps = fps
        self._presence = {output: Presence() for output in outputs}
        self._steady_epoch: float | None = None
        self._wall: Wall | None = None
        with ExitStack() as cleanup:
            cleanup.enter_context(opened())
            root = create_window((16, 16), title)
            cleanup.callback(glfw.destroy_window, root)
            glfw.make_context_current(root)
            self.context = moderngl.create_context(require=330)
            cleanup.callback(self.context.release)
            self._card = Card()
            self._swap_group = SwapGroup()
            self._delay = cleanup.enter_context(Delay(self.context))
            self._maps = cleanup.enter_context(HeadMaps())
            self._barrier: Barrier[Pane] = Barrier(
                left=lambda pane: self._swap_group.leave(pane.window),
                joined=lambda pane: self._swap_group.join(pane.window),
            )
            if heads:
                warm_up(self.context.screen)
                self._wall = Wall(heads, outputs, title, root, fps, self._opened)
                cleanup.callback(self._wall.close)
                self._delay.set(delays(self._wall.heads, fps))
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
    ) -> list[Pane]:
        """Panes without a rig: on the desktop or, in full screen, on the monitors from left to right."""
        arrangement = [_side_by_side(outputs)] if wide else [_side_by_side({n: s}) for n, s in outputs.items()]
        monitors = _monitors(len(arrangement)) if full_screen else [None] * len(arrangement)
        panes: list[Pane] = []
        left = 0
        for parts, monitor in zip(arrangement, monitors, strict=True):
            refresh = refresh_rate(monitor or glfw.get_primary_monitor())
            pane = Pane(
                ", ".join([title, *parts]),
                parts,
                root,
                monitor=monitor,
                position=(left, 0),
                refresh=refresh,
                fps=self._fps,
            )
            cleanup.callback(pane.close)
            self._opened(pane)
            panes.append(pane)
            left += max(part.right for part in parts.values())
        return panes

    @property
    def panes(self) -> list[Pane]:
        """What pictures are shown in now."""
        return self._wall.panes if self._wall is not None else self._free

    def _opened(self, pane: Pane) -> None:
        listen(pane.window, self._pressed, self._close_asked)
        self._swap_group.join(pane.window)

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """Let every pane draw on its own thread, then all show together when the frame is due; then take key presses.

        Raises DeviceError when the graphics card was reset.
        """
        due_at = None if self._steady_epoch is None else self._steady_epoch + float(frame_number / self._fps)
        canvases = self._delay.delayed(canvases)
        for output, canvas in canvases.items():
            if canvas.bent is not None and canvas.bent.pixel_map is not self.pixel_map(output):
                canvas.straighten()  # the head was moved since this was drawn for its pixels
        self._card.finish()  # other contexts read the canvases only when they are whole
        self._card.check()

        def show(panes: Sequence[Pane]) -> Mapping[Pane, float]:
            for pane in panes:
                pane.give(canvases)
            return self._barrier.present(panes, due_at)

        self._count(canvases.keys(), show(self.panes), due_at)
        glfw.poll_events()
        if self._wall is not None:
            self._wall.follow(show)

    def _count(self, outputs: Collection[str], shown_at: Mapping[Pane, float], due_at: float | None) -> None:
        """Note how the pictures of these outputs were seen."""
        first = min(shown_at.values(), default=0.0)
        seen = {output: moment for pane, moment in shown_at.items() for output in pane.outputs}
        for output, presence in self._presence.items():
            if output in seen and output in outputs:
                presence.shown_at(seen[output], first, due_at, float(1 / self._fps))
            elif output in outputs:
                presence.dropped += 1

    def keep_time(self, steady_epoch: float) -> None:
        """From now on show pictures when they are due, and tell how late they are: frame 0 is due at that moment by
        time.monotonic."""
        self._steady_epoch = steady_epoch

    def sizes_of(self, heads: Sequence[Head], sizes: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
        """What outputs of `sizes` in the score have on the monitors of now; without a rig windows keep theirs."""
        if self._wall is not None:
            return sizes_on(heads, connected_monitors(), sizes)
        parts = {output: part for pane in self._free for output, part in pane.parts.items()}
        return {output: (part.width, part.height) for output, part in parts.items() if output in sizes}

    def pixel_map(self, output: str) -> PixelMap | None:
        """The map with which this output can be decoded for the pixels of its monitor; None where it cannot now."""
        laid = self._wall.laid(output) if self._wall is not None else None
        return self._maps.of(*laid) if laid is not None else None

    def take_heads(self, heads: Sequence[Head], outputs: Collection[str] | None = None) -> None:
        """Show the outputs as another rig says, from the next frame on: for a rig that is edited or adjusted.

        `outputs` are those that the show has now, None where they have not changed. Windows stay where their monitor
        stays. Raises RigError where this show began without a rig: its windows cannot be given one.
        """
        if self._wall is None:
            raise RigError("this show began without a rig: start it again with --rig RIG")
        for output in outputs or ():
            self._presence.setdefault(output, Presence())
        self._wall.take_heads(heads, self._presence if outputs is None else outputs)
        self._delay.set(delays(self._wall.heads, self._fps))

    def statistics(self) -> Mapping[str, OutputStatistics]:
        refresh = {output: pane.refresh for pane in self.panes for output in pane.outputs}
        return {
            output: presence.statistics(
                refresh.get(output), None if self._wall is None else self._wall.laid(output) is not None
            )
            for output, presence in self._presence.items()
            if presence.shown or presence.dropped
        }

    def _pressed(self, key: str, repeats: bool) -> None:
        if not repeats:
            self.closing = self.closing or key.endswith("escape")
            self._on_key(key)

    def _close_asked(self) -> None:
        """The player decides when the show ends."""
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
