"""Windows as screens: on the desktop or, with a rig, each output on the monitor that its head names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

import moderngl

from installation.editions.edition import Edition
from installation.errors import Mistake, RigError
from installation.house.power import sleep_inhibited
from installation.notices import Notices
from installation.outputs.sink import Sink
from installation.outputs.windows.connected import connected_monitors, connectors_now, monitors_now
from installation.outputs.windows.windows import Windows
from installation.owner import Owner
from installation.picture.pixel_map import PixelMap
from installation.picture.supply.supply import Sizes
from installation.rig.check import check_rig, rig_mismatches
from installation.rig.head import Head
from installation.rig.monitors import Monitor

log = logging.getLogger(__name__)


class WindowScreens(Owner):
    """Owns the windows of a show and keeps its machine awake; see Screens. `on_key` gets the keys pressed in them.

    If this machine cannot show all of a `rig`, the start fails with RigError. An `unattended` show puts the mistakes
    into `notices` instead and shows the rest, since nobody is there to correct them.
    """

    def __init__(
        self,
        edition: Edition,
        rig: Path | None,
        notices: Notices,
        *,
        unattended: bool = False,
        wide: bool = False,
        full_screen: bool = False,
    ) -> None:
        self.on_key: Callable[[str], None] = lambda _key: None
        self._rig, self._notices = rig, notices
        self._venue, self._outputs = edition.venue, edition.production.sizes.keys()
        self._sized: tuple[Sequence[Head], Sizes, Sizes] = (), {}, {}
        self._mismatches: tuple[Mistake, ...] = ()
        self._pending_mismatches: tuple[Mistake, ...] = ()
        heads = edition.venue.heads
        monitors = monitors_now() if heads else ()
        if rig and heads:
            self._check_at_start(rig, monitors, edition, unattended=unattended)
        with ExitStack() as cleanup:
            cleanup.enter_context(sleep_inhibited())
            self._windows = cleanup.enter_context(
                Windows(
                    edition.production.on(heads, monitors).sizes,
                    lambda key: self.on_key(key),
                    title=edition.score.title,
                    wide=wide,
                    full_screen=full_screen,
                    heads=heads,
                    fps=edition.score.fps,
                )
            )
            self._cleanup = cleanup.pop_all()

    @property
    def sink(self) -> Sink:
        """See Screens."""
        return self._windows

    @property
    def context(self) -> moderngl.Context:
        """See Screens."""
        return self._windows.context

    @property
    def closing(self) -> bool:
        """Whether somebody closed a window. The player may reset it."""
        return self._windows.closing

    @closing.setter
    def closing(self, closing: bool) -> None:
        self._windows.closing = closing

    def sizes_of(self, edition: Edition) -> Sizes:
        """See Screens: in pixels of the monitors that the rig names, or of the score without a rig."""
        heads, sizes = edition.venue.heads, edition.production.sizes
        if (heads, sizes) != self._sized[:2]:
            self._sized = heads, sizes, self._windows.sizes_of(heads, sizes)
        return self._sized[2]

    def pixel_map(self, output: str) -> PixelMap | None:
        """The pixel map of the monitor on which an output is warped; None for an output that is not."""
        return self._windows.pixel_map(output)

    def check(self, edition: Edition) -> None:
        """See Screens: refuses a rig with missing connectors, or with two outputs on one monitor.

        A mismatch that existed at the start does not keep other edits out.
        """
        heads = edition.venue.heads
        if self._rig is None or not heads or heads == self._venue.heads:
            return
        monitors = tuple(connected_monitors())
        self._pending_mismatches, warnings = rig_mismatches(self._rig, monitors, connectors_now(), edition.score)
        known = {one.message for one in self._mismatches}
        if new := tuple(one for one in self._pending_mismatches if one.message not in known):
            raise RigError("\n".join(map(str, new)), new)
        _log_warnings(warnings, edition)

    def lay(self, heads: Sequence[Head]) -> None:
        """See Screens."""
        self._windows.take_heads(heads)

    def keep_time(self, steady_epoch: float) -> None:
        """See Screens."""
        self._windows.keep_time(steady_epoch)

    def take(self, edition: Edition) -> Sequence[str]:
        """See Screens."""
        before, heads, outputs = self._venue.heads, edition.venue.heads, edition.production.sizes.keys()
        told = []
        if not before:
            told += [
                f"output '{output}': another size takes effect at the next start"
                for output, size_px in self.sizes_of(edition).items()
                if size_px != edition.production.sizes[output]
            ]
        if bool(heads) != bool(before):
            told.append("rig: adding the first heads, or removing all heads, takes effect at the next start")
        elif heads and (heads != before or outputs != self._outputs):
            self._windows.take_heads(heads, outputs)
        if heads != before:
            self._take_mismatches(self._pending_mismatches)
        self._venue, self._outputs = edition.venue, outputs
        return told

    def _check_at_start(self, rig: Path, monitors: Sequence[Monitor], edition: Edition, *, unattended: bool) -> None:
        if unattended:
            mismatches, warnings = rig_mismatches(rig, monitors, connectors_now(), edition.score)
            self._take_mismatches(mismatches)
        else:
            warnings = check_rig(rig, monitors, connectors_now(), edition.score).warnings
        _log_warnings(warnings, edition)

    def _take_mismatches(self, mismatches: tuple[Mistake, ...]) -> None:
        self._mismatches = mismatches
        self._notices.put("rig", *map(str, mismatches))

    def close(self) -> None:
        self._cleanup.close()


def _log_warnings(warnings: Iterable[Mistake], edition: Edition) -> None:
    """Log the warnings that hold on this machine only; the engine reports those that hold on every machine."""
    for warning in warnings:
        if str(warning) not in edition.production.warnings:
            log.warning("%s", warning)
