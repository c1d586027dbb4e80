"""The windows of a rig, each over its monitors while these are connected."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import glfw

from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.outputs.windows.arrangement import WindowSpan, area_of, spans
from installation.outputs.windows.changes import LayoutChanges
from installation.outputs.windows.connected import connected_monitors, monitor_layout
from installation.outputs.windows.output_window import OutputWindow
from installation.outputs.windows.toolkit import can_place_windows
from installation.rig.head import Head, match_monitors
from installation.rig.monitors import Monitor

log = logging.getLogger(__name__)

POLL_SECONDS = 0.25
"""The interval of polls for modes and places if no events report them, and of new tries after a failure."""


class RigWindows:
    """Owns the windows of the heads whose monitors are connected; `follow` opens and closes them with the monitors.

    It calls `opened` for each new window. Monitors that no head names stay untouched; heads without their monitor stay
    dark.
    """

    def __init__(
        self,
        heads: Sequence[Head],
        outputs: Collection[str],
        title: str,
        share: Any,
        fps: Fraction,
        opened: Callable[[OutputWindow], None],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._heads = {head.output: head for head in heads if head.source in outputs}
        self._title, self._share, self._fps = title, share, fps
        self._opened, self._steady = opened, steady
        self._output_windows: dict[WindowSpan, OutputWindow] = {}
        self._outgoing: list[OutputWindow] = []
        self._monitors: dict[str, Monitor] = {}
        self._connected: Mapping[Monitor, Any] = {}
        self._layout: tuple[object, ...] | None = None
        self._look_at = float("-inf")
        self._logged: set[str] = set()
        self._failures = FailureLog(log)
        glfw.set_monitor_callback(self._on_monitor)
        with ExitStack() as cleanup:
            self._changes = LayoutChanges()
            cleanup.callback(self._changes.close)
            cleanup.callback(self._close_windows)
            cleanup.callback(glfw.set_monitor_callback, None)  # type: ignore[arg-type]  # None removes it
            self.follow(lambda _: None)
            self._cleanup = cleanup.pop_all()

    @property
    def heads(self) -> Sequence[Head]:
        """The heads of this show's outputs."""
        return tuple(self._heads.values())

    def head_and_monitor(self, output: str) -> tuple[Head, Monitor] | None:
        """The head of an output and its monitor, while that is connected."""
        head, monitor = self._heads.get(output), self._monitors.get(output)
        return None if head is None or monitor is None else (head, monitor)

    @property
    def output_windows(self) -> list[OutputWindow]:
        """All windows that show pictures now. Outgoing ones come last, because their successors cover them."""
        return [
            *self._output_windows.values(),
            *(output_window for output_window in self._outgoing if output_window.outputs),
        ]

    def take_heads(self, heads: Sequence[Head], outputs: Collection[str]) -> None:
        """Show these outputs with another rig's heads, from the next frame on.

        A head keeps its window if it still names the same monitor, whatever else has changed.
        """
        bound = {output: (head.monitor, head.area) for output, head in self._heads.items()}
        self._heads = {head.output: head for head in heads if head.source in outputs}
        for output_window in self._output_windows.values():
            for output in output_window.parts:
                head = self._heads.get(output)
                monitor = self._monitors[output]
                if head and head.monitor.means(monitor.whole_monitor):
                    output_window.take_head(head)
        if bound != {output: (head.monitor, head.area) for output, head in self._heads.items()}:
            self._look_again()

    def follow(self, show: Callable[[Sequence[OutputWindow]], object]) -> None:
        """Put every picture where its monitor is now. Call this once per frame, after polling events.

        If windows change, `show` gets all of them at once, to show the present picture: in new windows, and in old ones
        as far as they are still in the right place, until they are covered and closed.
        """
        now = self._steady()
        if self._changes.have_occurred():
            self._look_again()
        if now < self._look_at:
            return
        # Reported changes need no polling; after a change look once more.
        layout = monitor_layout()
        is_quiet = self._changes.are_reported and layout == self._layout
        self._look_at = float("inf") if is_quiet else now + POLL_SECONDS
        if layout != self._layout:
            self._layout = layout if self._rearrange() else None
            show(self.output_windows)
            if self._layout is not None:
                self._close_outgoing()

    def _rearrange(self) -> bool:
        """Open the wanted windows, and retire the others; False if it must be tried again."""
        self._connected = connected_monitors()
        wanted = match_monitors(self._heads.values(), self._connected)
        spans_now = spans(wanted, can_place=can_place_windows())
        self._log_changes(wanted)
        self._monitors = wanted
        for span in [span for span in self._output_windows if span not in spans_now]:
            self._retire(span, self._output_windows.pop(span))
        still_seen = {output for output_window in self._outgoing for output in output_window.outputs}
        done = True
        for span in spans_now:
            if span not in self._output_windows:
                done &= self._open(span, black=still_seen.isdisjoint(span.outputs))
        return done

    def _retire(self, span: WindowSpan, output_window: OutputWindow) -> None:
        """Close a window at once, or, if it is still on the right monitors, after others have taken its place."""
        here = {output: area_of(monitor) for output, monitor in self._monitors.items()}
        right = {one for one, monitor in span.monitors if one in here and here[one].holds(area_of(monitor))}
        output_window.show_only(frozenset(right))
        self._outgoing.append(output_window)
        if not right:
            output_window.close()

    def _close_outgoing(self) -> None:
        """Close the windows that waited for their successors. A frozen one is only hidden, and closed later."""
        for output_window in self._outgoing:
            output_window.show_only(frozenset())
            output_window.close()
        self._outgoing = [output_window for output_window in self._outgoing if not output_window.is_closed]

    def _open(self, span: WindowSpan, *, black: bool) -> bool:
        names = ", ".join(span.outputs)
        try:
            output_window = OutputWindow(
                f"{self._title}, {names}",
                span.parts,
                self._share,
                monitor=None if can_place_windows() else self._connected[span.monitors[0][1].whole_monitor],
                area=span.area,
                heads=[self._heads[output] for output in span.outputs],
                refresh=span.refresh,
                fps=self._fps,
                black=black,
            )
        except DeviceError as error:  # monitors may change again at any moment
            self._failures.failed(f"the window of {names}", error)
            return False
        self._failures.succeeded(f"the window of {names}")
        self._output_windows[span] = output_window
        self._opened(output_window)
        if len(span.outputs) > 1:
            log.info("outputs %s share one window", names)
        return True

    def _log_changes(self, wanted: Mapping[str, Monitor]) -> None:
        """Log the changes of each output."""
        for output, head in self._heads.items():
            before, now = self._monitors.get(output), wanted.get(output)
            if now == before and (now or output in self._logged):
                continue
            self._logged.add(output)
            if now:
                log.info("output %s is shown on %s", output, now)
            elif before:
                log.warning("output %s: %s was disconnected", output, before)
            else:
                log.warning("output %s stays dark: its monitor is not connected (%s)", output, head.monitor)

    def _look_again(self) -> None:
        self._look_at = float("-inf")
        self._layout = None

    def _on_monitor(self, _monitor: Any, _event: int) -> None:
        """A monitor was plugged in or out: look again at once."""
        self._look_again()

    def _close_windows(self) -> None:
        for output_window in (*self._output_windows.values(), *self._outgoing):
            output_window.close()
        self._output_windows.clear()
        self._outgoing.clear()

    def close(self) -> None:
        self._cleanup.close()
