"""The rehearsal window as screens: all outputs as in the room, or one alone, as large as the window allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import moderngl

from installation.editions.edition import Edition
from installation.outputs.sink import Sink
from installation.outputs.windows.rehearsal_window import Pointer, RehearsalWindow
from installation.owner import Owner
from installation.picture.supply.supply import Sizes
from installation.rehearsal.layout import WindowLayout, window_layout_of
from installation.rig.head import Head

CONSOLE_ONLY_PX = 160
"""The width of the outputs that only the console page shows while one output is alone in the window."""


class RehearsalScreens(Owner):
    """Owns the window; see player.screens.Screens. Keys go to `on_key`, and pointer events to `on_pointer`.

    `solo` is the output that is alone in the window; a console page shows the others, small.
    """

    def __init__(self, edition: Edition, size_px: tuple[int, int], *, console_page: bool) -> None:
        self.on_key: Callable[[str], None] = lambda _key: None
        self.on_pointer: Callable[[Pointer, float, float], None] = lambda _what, _x, _y: None
        self.solo: str | None = None
        self._console_page = console_page
        with ExitStack() as cleanup:
            self.window = cleanup.enter_context(
                RehearsalWindow(
                    size_px,
                    f"{edition.score.title}: rehearsal",
                    lambda key: self.on_key(key),
                    lambda what, x, y: self.on_pointer(what, x, y),
                )
            )
            self.layout = self._layout_of(edition)
            self.window.places = self.layout.outputs
            self._cleanup = cleanup.pop_all()

    @property
    def sink(self) -> Sink:
        """See Screens."""
        return self.window

    @property
    def context(self) -> moderngl.Context:
        """See Screens."""
        return self.window.context

    def lay_out(self, edition: Edition) -> bool:
        """Lay the outputs out for the present window; returns False if nothing changes."""
        layout = self._layout_of(edition)
        if layout == self.layout:
            return False
        self.layout = layout
        self.window.places = layout.outputs
        return True

    def sizes_of(self, edition: Edition) -> Sizes:
        """See Screens: the sizes in the window; outputs that only the console page shows are small."""
        shown = self._layout_of(edition).sizes
        if not self._console_page:
            return shown
        others = {output: size for output, size in shown_outputs(edition).items() if output not in shown}
        return shown | {
            output: (CONSOLE_ONLY_PX, max(CONSOLE_ONLY_PX * high // wide, 1)) for output, (wide, high) in others.items()
        }

    def check(self, edition: Edition) -> None:
        """See Screens: a window takes every rig."""

    def lay(self, heads: Sequence[Head]) -> None:
        """See Screens: the window shows pictures before the warp."""

    def keep_time(self, steady_epoch: float) -> None:
        """See Screens: the delay of this window says nothing about the show."""

    def take(self, edition: Edition) -> Sequence[str]:
        """See Screens."""
        self.lay_out(edition)
        return ()

    def _layout_of(self, edition: Edition) -> WindowLayout:
        mountings = {head.output: head.mounted for head in edition.venue.heads if head.mounted}
        return window_layout_of(self.window.size_px, shown_outputs(edition), mountings, self.solo)

    def close(self) -> None:
        self._cleanup.close()


def shown_outputs(edition: Edition) -> Sizes:
    """The outputs that the venue shows, in the pixels of the show."""
    return edition.production.on(edition.venue.heads, ()).sizes
