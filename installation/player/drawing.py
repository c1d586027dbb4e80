"""How a performance is drawn: the mixer, and a supply of pictures for every atlas that is visible or is to come."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from itertools import chain

from installation.editions.edition import Edition
from installation.editions.shader_trials import shaders_in
from installation.editions.takeover import IsReady
from installation.owner import Owner
from installation.picture.mixing.mixer import Mixer
from installation.picture.mixing.programs_ahead import ProgramsAhead
from installation.picture.supply.atlas_supplies import AtlasSupplies, frame_for_atlas
from installation.picture.supply.supply import Sizes, Supply
from installation.player.screens import Screens
from installation.player.supplies import SupplyFactory
from installation.show.effects import chains_in
from installation.show.frame import Frame
from installation.show.playing.performance import Performance
from installation.show.score import Score

WARM_UP_SECONDS = 4.0
"""Seconds since the command after which the player compiles no further GL program before the first frame ..."""

LEAST_WARM_UP_SECONDS = 1.0
"""... but it compiles for at least these seconds: programs that an earlier show compiled take no longer."""


class Drawing(Owner):
    """Owns mixer and supplies, and prepares an edition before it takes over: see takeover.TakeoverHost.

    `since_command` gives the seconds since the command. A `hurried` player draws its first frame at once: the player
    before it has compiled the programs, and each costs a later frame a few milliseconds.
    """

    def __init__(
        self,
        screens: Screens,
        supplies: SupplyFactory,
        performance: Performance,
        edition: Edition,
        since_command: Callable[[], float],
        *,
        hurried: bool = False,
    ) -> None:
        self._screens, self._supplies, self._performance = screens, supplies, performance
        self._checked = edition
        self._chains = self._chains_of_edit = frozenset(chains_in(edition.score))
        self._ahead_of_edit = ProgramsAhead()
        with ExitStack() as cleanup:
            self.mixer = cleanup.enter_context(Mixer(screens.context, screens.sizes_of(edition)))
            self._ahead = cleanup.enter_context(_programs(self.mixer, edition.score, since_command, hurried=hurried))
            self.supply = AtlasSupplies(edition.score.atlas, _supply_for(edition, supplies, performance))
            cleanup.callback(self.supply.close)
            cleanup.callback(lambda: self._ahead_of_edit.close())
            self._cleanup = cleanup.pop_all()

    def draw(self, frame: Frame) -> None:
        """Draw a frame's pictures. This may take longer than a frame."""
        self.mixer.mix(frame, self.supply.sources(frame, self.mixer.sizes))

    def look(self, frame_number: int) -> None:
        """Compile the programs for which there was no time at the start. Call it after every frame."""
        self._ahead.look(frame_number)

    def show(self, sizes: Sizes) -> None:
        """Show outputs at these sizes from the next frame on."""
        self._performance.show(sizes)
        self.mixer.show(sizes)

    def prepare(self, edition: Edition) -> bool:
        """See TakeoverHost."""
        if edition is not self._checked:
            self._screens.check(edition)
            self._ahead_of_edit.close()
            self._ahead_of_edit = self._programs_of_edit(edition.score)
            self._checked = edition
        if not self._ahead_of_edit.step():  # one program a frame
            return False
        self._chains |= self._chains_of_edit
        return self._supply_of(edition) is not None

    def prefetch(self, edition: Edition, frame_number: int) -> IsReady:
        """See TakeoverHost."""
        successor, supply = self._performance.successor(edition.score, frame_number), self._supply_of(edition)
        if successor is None or supply is None:
            return lambda: True
        sizes = self._screens.sizes_of(edition)
        successor.show(sizes)
        return supply.prefetch(successor.frame_at, frame_number, sizes)

    def _programs_of_edit(self, score: Score) -> ProgramsAhead:
        """The programs that an edited score needs: chains that are new are compiled by another process first. Its
        shaders were compiled when they were tried."""
        chains = chains_in(score)
        new = [one for one in chains if one not in self._chains]
        self._chains_of_edit = frozenset(chains)
        left = chain(self.mixer.warm_up_chains(new), self.mixer.warm_up_shaders(shaders_in(score)))
        return ProgramsAhead(left, compiled_for=new or None)

    def _supply_of(self, edition: Edition) -> Supply | None:
        """The supply of an edition's atlas; None while it is being made."""
        return self.supply.prepare(edition.score.atlas, lambda: _supply_for(edition, self._supplies, self._performance))

    def close(self) -> None:
        self._cleanup.close()


def _programs(mixer: Mixer, score: Score, since_command: Callable[[], float], *, hurried: bool) -> ProgramsAhead:
    """Compile GL programs as long as there is time. The result compiles the rest later."""
    chains, begun = chains_in(score), since_command()
    left = chain(mixer.warm_up_shaders(shaders_in(score)), mixer.warm_up(chains))
    if hurried:
        return ProgramsAhead(left)
    for _ in left:
        now = since_command()
        if now > WARM_UP_SECONDS and now - begun > LEAST_WARM_UP_SECONDS:
            return ProgramsAhead(left, compiled_for=chains)
    return ProgramsAhead()


def _supply_for(edition: Edition, supplies: SupplyFactory, performance: Performance) -> Supply:
    """The supply that draws an edition's atlas. It gets the parts of future frames that this atlas draws."""
    atlas = edition.score.atlas
    return supplies(
        edition,
        lambda frame_number: frame_for_atlas(performance.frame_at(frame_number), atlas),
        lambda: performance.control,
    )
