"""Screens: where a show is seen. They are complete before the engine and know nothing of it; these show nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Protocol

import moderngl

from installation.editions.edition import Edition
from installation.outputs.headless import Headless
from installation.outputs.sink import NullSink, Sink
from installation.owner import Owner
from installation.picture.supply.supply import Sizes
from installation.rig.head import Head


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
