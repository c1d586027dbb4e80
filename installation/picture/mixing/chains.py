"""Chains of pointwise effects: programs that apply them in the pass that reads the picture anyway."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import moderngl

from installation.owner import Owner
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle
from installation.show.effects import EFFECTS
from installation.show.frame import Effect

MAX_EFFECTS = 8
"""How many effects one pass applies; more need another pass."""

MAX_CHAINS = 24
"""How many chains one program keeps; a new one replaces the least recently used."""

NUMBERS = {name.upper(): number for number, name in enumerate(EFFECTS)}
"""The shaders' numbers of the kinds."""

Chain = tuple[str, ...]
"""The kinds of consecutive effects."""


def is_pointwise(effect: Effect) -> bool:
    return EFFECTS[effect.kind].drawn == "pointwise"


def constants_of(kinds: Sequence[str]) -> dict[str, int]:
    """The constants for a shader with effects/chain.glsl and these effects."""
    own = {f"KIND_{place}": NUMBERS[kind.upper()] for place, kind in enumerate(kinds)}
    return {**NUMBERS, **own, "EFFECTS": len(kinds)}


class ChainedProgram(Owner):
    """A program with a variant for each chain, compiled when first needed; owns them.

    `samplers` names the array of samplers to number.
    """

    def __init__(
        self,
        context: moderngl.Context,
        fragment: str,
        constants: Mapping[str, int] | None = None,
        *,
        vertex: str = "rectangle.vert",
        samplers: str = "picture",
    ) -> None:
        self._context, self._fragment, self._constants = context, fragment, dict(constants or {})
        self._vertex, self._samplers = vertex, samplers
        self._variants: OrderedDict[Chain, Program] = OrderedDict()
        with ExitStack() as cleanup:
            cleanup.callback(self._release)
            self._plain = cleanup.enter_context(self._compiled(()))
            self._cleanup = cleanup.pop_all()

    def of(self, effects: Sequence[Effect], treated: Rectangle) -> Program:
        """The program that applies these pointwise effects to a picture at `treated`, in pixels of the target."""
        if not effects:
            return self._plain
        kinds = tuple([one.kind for one in effects])
        program = self._variants.pop(kinds, None) or self._compiled(kinds)
        self._variants[kinds] = program
        if len(self._variants) > MAX_CHAINS:
            self._variants.popitem(last=False)[1].close()
        program.set_numbers("moments", [one.moment % 2**31 for one in effects])
        program.set_rows("values", [row for one in effects for row in rows_of(one)])
        program.set("treated", (treated.left, treated.top, treated.width, treated.height))
        return program

    def _compiled(self, kinds: Chain) -> Program:
        constants = {**self._constants, **constants_of(kinds)}
        program = Program(self._context, self._fragment, constants, vertex=self._vertex)
        program.number_samplers(self._samplers)
        return program

    def _release(self) -> None:
        while self._variants:
            self._variants.popitem()[1].close()

    def close(self) -> None:
        self._cleanup.close()


def rows_of(effect: Effect) -> list[tuple[float, ...]]:
    """An effect's values as two vec4s."""
    values = (*effect.values, *[0.0] * 8)[:8]
    return [values[:4], values[4:]]
