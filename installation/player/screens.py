"""Screens: where a show is seen. The player opens them before the engine, and they know nothing of it.

This module has the headless screens, and the choice between them and windows.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import moderngl

from installation.editions.edition import Edition
from installation.errors import DeviceError
from installation.notices import Notices
from installation.outputs.headless import Headless
from installation.outputs.sink import NullSink, Sink
from installation.owner import Owner
from installation.picture.supply.supply import Sizes
from installation.player.options import LiveOptions
from installation.rig.head import Head

if TYPE_CHECKING:
    from installation.player.window_screens import WindowScreens

log = logging.getLogger(__name__)


class Screens(Protocol):
    """The interface of the screens for the engine. `context` is the OpenGL context that draws the pictures."""

    @property
    def sink(self) -> Sink: ...

    @property
    def context(self) -> moderngl.Context: ...

    def sizes_of(self, edition: Edition) -> Sizes:
        """The outputs of an edition that these screens show, each with its size in pixels (width, height)."""

    def check(self, edition: Edition) -> None:
        """Raises RigError if this machine cannot show a saved edition although its files are valid."""

    def lay(self, heads: Sequence[Head]) -> None:
        """Lay out the pictures by these heads from the next frame on: the rig's heads with their adjustments."""

    def keep_time(self, steady_epoch: float) -> None:
        """Set the moment by time.monotonic at which the show's first frame is due. The player makes every frame one
        frame before it is due, so that it is visible on time."""

    def take(self, edition: Edition) -> Sequence[str]:
        """Show an edition from the next frame on. Returns sentences about changes that wait for a new start."""


class HeadlessScreens(Owner):
    """Nobody sees the show: its outputs have the sizes of the score and of the rig's heads.

    `on_key` and `closing` are those of windows, and never used.
    """

    def __init__(self) -> None:
        self.sink: Sink = NullSink()
        self.closing = False
        self.on_key: Callable[[str], None] = lambda _key: None
        with ExitStack() as cleanup:
            self.context = cleanup.enter_context(Headless()).context
            self._cleanup = cleanup.pop_all()

    def sizes_of(self, edition: Edition) -> Sizes:
        """See Screens."""
        return edition.production.on(edition.venue.heads, ()).sizes

    def pixel_map(self, output: str) -> None:
        """None: headless screens warp no output."""

    def check(self, edition: Edition) -> None:
        """See Screens: headless screens accept every rig."""

    def lay(self, heads: Sequence[Head]) -> None:
        """See Screens: there is no wall."""

    def keep_time(self, steady_epoch: float) -> None:
        """See Screens: nobody waits."""

    def take(self, edition: Edition) -> Sequence[str]:  # noqa: ARG002 the protocol's
        """See Screens."""
        return ()

    def close(self) -> None:
        self._cleanup.close()


def open_screens(
    edition: Edition, rig: Path | None, options: LiveOptions, notices: Notices
) -> HeadlessScreens | WindowScreens:
    """Windows, or headless screens if the options say so or there is no display; the caller closes them.

    An unattended show without a display raises DeviceError: nobody would read a warning, and the house starts the show
    again until there is a display.
    """
    unattended = options.engine.resume
    if options.headless:
        return HeadlessScreens()
    if not has_display():
        if unattended:
            raise DeviceError("there is no display; start from a desktop, set DISPLAY, or play with --headless")
        log.warning("there is no display: playing headless")
        return HeadlessScreens()
    # Imported here, so that a machine without a display needs no windowing library.
    from installation.player.window_screens import WindowScreens

    wide, full_screen = options.wide, options.full_screen
    return WindowScreens(edition, rig, notices, unattended=unattended, wide=wide, full_screen=full_screen)


def has_display() -> bool:
    """Whether windows can be opened; on Linux the environment says so."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
