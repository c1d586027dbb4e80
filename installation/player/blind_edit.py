"""A blind edit: a saved edit is held back while the show plays; somebody previews it on one output, then applies or
discards it.

Its commands are not part of the show, like the rig's: no journal holds them, and no film of the evening shows a
preview.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from installation.desk.rig_gateway import EDIT_ROOT
from installation.editions.edition import Edition
from installation.editions.held_edits import HeldEdits
from installation.editions.takeover import TakeoverHost
from installation.errors import RefusedError
from installation.rig.actions import NONE, Action
from installation.rig.controls import Numbers
from installation.rig.rigging import Rigging
from installation.show.control import Control
from installation.show.playing.performance import Performance

SWITCH = ((0.0, 1.0),)

ABOUT = {
    "blind": "1 holds back what is saved until it is applied; 0 lets it take over.",
    "apply": "Lets the edit that is held back take over.",
    "discard": "Forgets the edit that is held back; the file stays as it was saved.",
    "preview": "Shows the edit that is held back on this output.",
    NONE: "Shows the show on all outputs again.",
}


class BlindEdit:
    """Offers the addresses under /edit through `rigging`. Call `step` before every frame.

    `outputs` gives the outputs that this machine shows; `refuse` gets the error if an edit cannot be drawn.
    """

    def __init__(
        self,
        edits: HeldEdits[Any],
        host: TakeoverHost,
        performance: Performance,
        rigging: Rigging,
        outputs: Callable[[], Collection[str]],
        refuse: Callable[[Exception], object],
    ) -> None:
        self._edits, self._host, self._performance = edits, host, performance
        self._rigging, self._outputs, self._refuse = rigging, outputs, refuse
        self._output = ""
        self._shown: tuple[Edition, Control, str] | None = None
        self._offered: tuple[object, ...] = ()
        self._offer()

    def step(self, frame_number: int) -> None:
        """Show the held edit on the preview output, as it would be at this frame; end the preview if none is held."""
        held = self._edits.held
        if held is None or not self._output:
            self._output = ""
            if self._shown is not None:
                self._shown = None
                self._performance.preview(None)
        else:
            self._show(held, frame_number)
        self._offer()

    def _show(self, held: Edition, frame_number: int) -> None:
        shown = held, self._performance.control, self._output
        if self._shown is not None and all(one is other for one, other in zip(shown, self._shown, strict=True)):
            return
        try:
            if not self._host.prepare(held):
                return
        except Exception as error:  # whatever it is, the show plays on
            self._edits.discard()
            self._refuse(error)
            return
        self._shown = shown
        self._performance.preview(self._performance.successor(held.score, frame_number), self._output)

    def _offer(self) -> None:
        """Offer the addresses as they are now, if that has changed."""
        offered = self._edits.is_blind, self._edits.held, self._output, *self._outputs()
        if offered == self._offered:
            return
        self._offered = offered
        is_blind = float(self._edits.is_blind)
        actions = {
            f"{EDIT_ROOT}/blind": Action(ABOUT["blind"], self._switch, SWITCH, value=(is_blind,)),
            f"{EDIT_ROOT}/apply": Action(ABOUT["apply"], self._apply),
            f"{EDIT_ROOT}/discard": Action(ABOUT["discard"], self._discard),
            f"{EDIT_ROOT}/preview/{NONE}": Action(ABOUT[NONE], self._previewing("")),
        }
        for output in self._outputs():
            actions[f"{EDIT_ROOT}/preview/{output}"] = Action(ABOUT["preview"], self._previewing(output))
        self._rigging.offer("edit", actions, self._page_state())

    def _page_state(self) -> Mapping[str, Any]:
        held = self._edits.held
        return {
            "blind": self._edits.is_blind,
            "held": held.score.title if held else None,
            "preview": self._output,
            "outputs": list(self._outputs()),
        }

    def _switch(self, numbers: Numbers) -> None:
        self._edits.is_blind = numbers[0] >= 0.5

    def _apply(self, _: Numbers) -> None:
        self._require_held("apply")
        self._output = ""
        self._edits.apply()

    def _discard(self, _: Numbers) -> None:
        self._require_held("discard")
        self._edits.discard()

    def _previewing(self, output: str) -> Callable[[Numbers], None]:
        def do(_: Numbers) -> None:
            if output:
                self._require_held(f"preview/{output}")
            self._output = output

        return do

    def _require_held(self, word: str) -> None:
        if self._edits.held is None:
            way_out = "save an edit first" if self._edits.is_blind else "switch blind on, then save an edit"
            raise RefusedError(f"{EDIT_ROOT}/{word}: no edit is held back; {way_out}")
