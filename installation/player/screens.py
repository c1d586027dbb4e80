"""Screens: where a show is seen. They are complete before the engine and know nothing of it.

Here are those that show nothing, and the choice between them and windows.
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
    """What the engine asks of the place where its pictures are seen. `context` is the one that draws them."""

    @property
    def sink(self) -> Sink: ...

    @property
    def context(self) -> moderngl.Context: ...

    def sizes_of(self, edition: Edition) -> Sizes:
        """The outputs of an edition that are seen here, each with its size in pixels (width, height)."""

    def check(self, edition: Edition) -> None:
        """Raises RigError where an edition that was saved cannot be shown on this machine, whatever its files say."""

    def lay(self, heads: Sequence[Head]) -> None:
        """Lay the pictures as these heads say from the next frame on; they are the rig's, adjusted."""

    def keep_time(self, steady_epoch: float) -> None:
        """The show's first frame is due at this moment by time.monotonic. Every frame is made one frame before it is
        due, so that it can be seen just then."""

    def take(self, edition: Edition) -> Sequence[str]:
        """An edition takes over: show it from the next frame on. Gives sentences about what waits for a new start."""


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
        """Nothing is bent where nobody sees it."""

    def check(self, edition: Edition) -> None:
        """See Screens: every rig can be played to nobody."""

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
    """Windows, or headless if asked for or without a display; the caller closes them.

    Raises DeviceError without a display where nobody is there to read a warning: the house tries again until there is
    one.
    """
    unattended = options.engine.resume
    if options.headless:
        return HeadlessScreens()
    if not has_display():
        if unattended:
            raise DeviceError("there is no display; start from a desktop, set DISPLAY, or play with --headless")
        log.warning("there is no display: playing headless")
        return HeadlessScreens()
    # Only here, so that a machine without a display needs no windowing library.
    from installation.player.window_screens import WindowScreens

    wide, full_screen = options.wide, options.full_screen
    return WindowScreens(edition, rig, notices, unattended=unattended, wide=wide, full_screen=full_screen)


def has_display() -> bool:
    """Whether windows can be opened; on Linux the environment says so."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
