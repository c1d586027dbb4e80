"""The wall: the panes of a rig, each on its monitor for as long as that monitor is there."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import glfw

from installation.errors import DeviceError
from installation.outputs.monitors import Monitor
from installation.outputs.rig import Head, matched
from installation.outputs.windows_monitors import connected_monitors, monitor_layout
from installation.outputs.windows_pane import Pane
from installation.picture.rectangle import Rectangle

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
"""How often modes and places are looked at, of which GLFW does not tell; a pulled cable it tells at once."""


class Wall:
    """Owns a pane per head whose monitor is connected; `follow` lets them come and go with the monitors.

    `opened` is told of each new pane. A monitor that nobody names stays untouched, a head without its monitor dark.
    """

    def __init__(
        self,
        heads: Sequence[Head],
        outputs: Mapping[str, tuple[int, int]],
        title: str,
        share: Any,
        opened: Callable[[Pane], None],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.panes: dict[str, Pane] = {}
        self._heads = tuple(head for head in heads if head.output in outputs)
        self._outputs, self._title, self._share, self._opened, self._steady = outputs, title, share, opened, steady
        self._monitors: dict[str, Monitor] = {}
        self._layout: tuple[object, ...] | None = None
        self._look_at = float("-inf")
        self._told: set[str] = set()
        glfw.set_monitor_callback(self._on_monitor)
        with ExitStack() as cleanup:
            cleanup.callback(self.close)
            self.follow()
            cleanup.pop_all()

    def take_heads(self, heads: Sequence[Head]) -> None:
        """Show the pictures as another rig says, from the next frame on.

        A head that means the monitor that it is on keeps its window, whatever else of it has changed.
        """
        bound = {head.output: head.monitor for head in self._heads}
        self._heads = tuple(head for head in heads if head.output in self._outputs)
        for head in self._heads:
            if head.output in self.panes and head.monitor.means(self._monitors[head.output]):
                self.panes[head.output].take_head(head)
        if bound != {head.output: head.monitor for head in self._heads}:
            self._look_at, self._layout = float("-inf"), None

    def follow(self) -> None:
        """Put every picture where its monitor is now. Call it once per frame, after events were polled."""
        now = self._steady()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        layout = monitor_layout()
        if layout != self._layout:
            self._layout = layout if self._rearrange() else None

    def _rearrange(self) -> bool:
        """Close what has lost its monitor, then open what has one again; False where that is to be tried again."""
        connected = connected_monitors()
        wanted = matched(self._heads, connected)
        for output in [one for one in self.panes if wanted.get(one) != self._monitors[one]]:
            log.warning("output %s has lost %s", output, self._monitors[output])
            self._told.add(output)
            self.panes.pop(output).close()
        done = True
        for head in self._heads:
            if head.output in self.panes:
                continue
            if head.output in wanted:
                done &= self._open(head, wanted[head.output], connected[wanted[head.output]])
            elif head.output not in self._told:
                self._told.add(head.output)
                log.warning("output %s stays dark: its monitor is not connected (%s)", head.output, head.monitor)
        return done

    def _open(self, head: Head, monitor: Monitor, handle: Any) -> bool:
        width, height = self._outputs[head.output]
        parts = {head.output: Rectangle(0, 0, width, height)}
        try:
            pane = Pane(f"{self._title}, {head.output}", parts, self._share, monitor=handle, head=head)
        except DeviceError as error:  # monitors may change again at any moment
            log.warning("output %s: no window on %s yet (%s)", head.output, monitor, error)
            return False
        self.panes[head.output], self._monitors[head.output] = pane, monitor
        self._told.discard(head.output)
        self._opened(pane)
        log.info("output %s is shown on %s", head.output, monitor)
        return True

    def _on_monitor(self, _monitor: Any, _event: int) -> None:
        """A cable: look at once, and whatever the places are."""
        self._look_at = float("-inf")
        self._layout = None

    def close(self) -> None:
        glfw.set_monitor_callback(None)  # type: ignore[arg-type]  # None takes it away
        while self.panes:
            self.panes.popitem()[1].close()
