"""The possible orders of cues, by the order of the file, by `next` and by `return`."""

from __future__ import annotations

from collections import defaultdict

from installation.language.nodes import Node
from installation.language.reading import Reading, nearest
from installation.score.model import CueSpec, ScoreSpec
from installation.show.score import Branch

RETURNS = ("resume", "restart")
"""The values of `return` besides the id of a cue."""


class Branches:
    """The ways through the cues of `spec`; it reports every mistake in them."""

    def __init__(self, spec: ScoreSpec, reading: Reading) -> None:
        self._reading = reading
        self._loop = spec.loop
        self._order = [one for one in spec.cues if not one.on_call]
        self._by_id = {one.id: one for one in spec.cues}
        self._after = {one: self._followers(one) for one in spec.cues}
        self._before: dict[CueSpec, list[CueSpec]] = defaultdict(list)
        for one, followers in self._after.items():
            for follower in followers:
                self._before[follower].append(one)
        if not self._order and spec.cues:
            reading.refuse(spec.node.at("cues"), "every cue is on call: nothing would play by itself")

    def after(self, one: CueSpec) -> list[CueSpec]:
        """The cues that may follow a cue, by itself or at a GO; without cues on call, which may interrupt any cue."""
        return self._after[one]

    def before(self, one: CueSpec) -> list[CueSpec]:
        """The cues that a cue may follow."""
        return self._before[one]

    def is_first(self, one: CueSpec) -> bool:
        """Whether the show begins with a cue."""
        return self._order[:1] == [one]

    def warn_of_unreached(self) -> None:
        """Warns of cues of the running order that no way reaches from the first or from a cue on call."""
        reached: set[CueSpec] = set()
        ahead = self._order[:1]
        while ahead:
            one = ahead.pop()
            if one not in reached:
                reached.add(one)
                ahead += self._after[one]
        reached.update(follower for one in self._by_id.values() if one.on_call for follower in self._after[one])
        for one in self._order:
            if one not in reached:
                told = (
                    f"no cue leads to cue {one.id}: only a GO for it starts it; write `on_call: true` if you mean that"
                )
                self._reading.warn(one.node.at("id"), told)

    def _followers(self, one: CueSpec) -> list[CueSpec]:
        if one.on_call:
            return self._returned_to(one)
        if one.return_ is not None:
            self._refuse(one.node.at("return"), "'return' goes with `on_call: true`; for others there is 'next'")
        found = [self._target(branch.to, branch.node) for branch in one.next]
        followers = list(dict.fromkeys(cue for cue in found if cue is not None))
        if all(branch.when is not None for branch in one.next):
            followers += self._below(one)
        return list(dict.fromkeys(followers))

    def _returned_to(self, one: CueSpec) -> list[CueSpec]:
        if one.next:
            self._refuse(one.node.at("next"), "a cue on call has no 'next': 'return' says what comes after it")
        if one.return_ is None or one.return_ in RETURNS:
            return []
        cue = self._target(one.return_, one.node.at("return"))
        return [cue] if cue is not None else []

    def _target(self, cue: str, node: Node) -> CueSpec | None:
        """The cue with an id, which must be in the running order; None after a mistake, which it reports."""
        found = self._by_id.get(cue)
        if found is None:
            self._refuse(node, f"there is no cue {cue!r}; there is {', '.join(self._by_id)}{nearest(cue, self._by_id)}")
        elif found.on_call:
            self._refuse(
                node, f"cue {cue} is on call: it plays only when somebody starts it, and no cue may lead to it"
            )
            return None
        return found

    def _below(self, one: CueSpec) -> list[CueSpec]:
        """The next cue of the running order, if any; in a looping score the first follows the last."""
        at = self._order.index(one) + 1
        if at < len(self._order):
            return [self._order[at]]
        return self._order[:1] if self._loop else []

    def _refuse(self, node: Node, message: str) -> None:
        self._reading.refuse(node, message)


def branches_of(one: CueSpec) -> tuple[Branch, ...]:
    """The branches of a cue, for the show."""
    return tuple(Branch(branch.to, branch.weight, branch.when) for branch in one.next)
