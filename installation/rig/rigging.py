"""Rigging: adjusts heads and shows test patterns while the show runs, undoes adjustments, and saves on command."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from installation.desk.rig_gateway import ROOT, RigControl, RigGateway, RigState
from installation.errors import InstallationError, RefusedError
from installation.owner import Owner
from installation.rig.actions import NONE, Action, head_actions, page_state_of, pattern_card_of
from installation.rig.controls import Numbers, Size, require_possible
from installation.rig.file import save_heads
from installation.rig.head import Head
from installation.rig.pattern_drawings import PATTERNS, Pattern, PatternCard
from installation.rig.venue import read_venue
from installation.show.playing.transport import LOCAL_SENDERS

log = logging.getLogger(__name__)

Heads = tuple[Head, ...]

MAX_UNDO_STEPS = 200

MAX_PER_FRAME = 8
"""The most requests before one frame: each lays the pictures out again, which takes about a millisecond."""

UNDO_MERGE_SECONDS = 0.7
"""Changes of the same value within this time are undone together, such as a held key or a swept fader."""

ABOUT_PATTERN = {
    NONE: "Shows the picture again.",
    "grid": "Shows squares, circles and the outermost pixels.",
    "identity": "Shows the output's name and monitor, readable from afar.",
    "edges": "Shows the soft edges over even grey and black.",
    "colour": "Shows primaries, ramps, greys and what is nearly black or white.",
    "sync": "Shows the frame number as a code that cameras can read.",
}

COMMANDS = {
    "undo": "Undoes the last adjustment.",
    "save": "Writes the adjustments into the rig.",
    "revert": "Shows the rig as its file has it again.",
}


class Rigging(Owner):
    """Owns the heads while they are adjusted; a separate thread reads and writes the file.

    Requests come through `gateway` from any thread and take effect in `step`, which the player's thread calls once per
    frame. `lay` shows heads from the next frame on, `sizes` returns every output's present size in pixels, `is_locked`
    says whether the show is locked. `refused` receives every refused request.
    """

    def __init__(
        self,
        heads: Sequence[Head],
        file: Path | None,
        lay: Callable[[Heads], None],
        sizes: Callable[[], Mapping[str, Size]],
        is_locked: Callable[[], bool],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refused: Callable[[RefusedError, str], object] = lambda _refused, _source: None
        self._file, self._lay, self._sizes, self._is_locked, self._steady = file, lay, sizes, is_locked, steady
        self._heads = self._saved = tuple(heads)
        self._undo: list[Heads] = []
        self._moved, self._moved_at = "", 0.0
        self._patterns: dict[str, Pattern] = {}
        self._status, self._failed = "", False
        self._known_sizes = dict(sizes())
        self._actions: dict[str, Action] = {}
        self._known_offers: dict[str, tuple[Head, Size, dict[str, _Offer]]] = {}
        self._sheets: dict[str, PatternCard] = {}
        self._further: dict[str, Mapping[str, Action]] = {}
        self._further_shown: dict[str, Any] = {}
        self._writer = ThreadPoolExecutor(1, "rig")
        self._writing: Future[_Written] | None = None
        self.gateway = RigGateway()
        self._describe()

    def step(self) -> Mapping[str, PatternCard]:
        """Carry out the requests since the last frame; returns the present test patterns."""
        changed = self._written() | self._do_all()
        sizes = dict(self._sizes())
        if changed or sizes != self._known_sizes:
            self._known_sizes = sizes
            self._describe()
        return self._sheets

    def take(self, heads: Sequence[Head]) -> None:
        """Take the heads of a file that was read again. If they are unchanged, later adjustments stay."""
        if tuple(heads) != self._saved:
            self._saved = tuple(heads)
            self._change_heads(self._saved)
        elif self._heads != self._saved:
            self._lay(self._heads)
        self._describe()

    def offer(self, what: str, actions: Mapping[str, Action], shown: object = None) -> None:
        """Offer these addresses beside the rig's from now on, and show `shown` on the page as `what`."""
        self._further[what] = actions
        if shown is not None:
            self._further_shown[what] = shown
        self._describe()

    def refuse(self, refused: RefusedError, source: str) -> None:
        """Report that a request, which somebody else carries out, was refused."""
        self._refuse(refused, source)
        self._describe()

    def _do_all(self) -> bool:
        """Carry out requests and return whether there were any; surplus ones wait for the next frame."""
        before = self._heads
        any_done = False
        for _ in range(MAX_PER_FRAME):
            request = self.gateway.next_request()
            if request is None:
                break
            any_done = True
            try:
                if self._is_locked() and request.source.partition(":")[0] in LOCAL_SENDERS:
                    raise RefusedError(f"{request.address}: the show is locked; unlock it first", "locked")
                action = self._actions.get(request.address.casefold())
                if action is None:  # it existed at the time of the request
                    raise RefusedError(f"{request.address}: this is no longer there", "unknown address")
                action.do(request.numbers)
            except RefusedError as refused:
                self._refuse(refused, request.source)
        if self._heads != before:
            self._lay(self._heads)
        return any_done

    def _refuse(self, refused: RefusedError, source: str) -> None:
        self._status, self._failed = str(refused), True
        self.refused(refused, source)

    def _change_heads(self, heads: Heads, moved: str = "") -> None:
        """Replace the heads and remember the old ones for undo; merges successive changes of the same value."""
        now = self._steady()
        if heads == self._heads:
            return
        if not moved or moved != self._moved or now - self._moved_at > UNDO_MERGE_SECONDS:
            self._undo = [*self._undo[1 - MAX_UNDO_STEPS :], self._heads]
        self._moved, self._moved_at = moved, now
        self._status, self._failed = "", False
        self._heads = heads

    def _adjust(self, address: str, output: str, change: Callable[[Head], Head]) -> None:
        changed = tuple(
            require_possible(address, change(head)) if head.output == output else head for head in self._heads
        )
        self._change_heads(changed, address.replace("/nudge/", "/"))

    def _undo_last(self) -> None:
        if not self._undo:
            raise RefusedError(f"{ROOT}/undo: there is nothing to undo")
        self._heads = self._undo.pop()
        self._moved, self._status, self._failed = "", "", False

    def _save(self) -> None:
        self._write(lambda file: _save(file, self._saved, self._heads))

    def _revert(self) -> None:
        machines = {head.machine for head in self._saved}
        self._write(lambda file: _read(file, machines))

    def _write(self, what: Callable[[Path], _Written]) -> None:
        """Read or write the file on the other thread; the result arrives in a later frame."""
        if self._file is None:
            raise RefusedError("this show has no rig to save to: start it with --rig RIG")
        if self._writing is not None:
            raise RefusedError("the rig file is being read or written; try again in a moment")
        self._writing = self._writer.submit(what, self._file)

    def _written(self) -> bool:
        """Whether the file was read or written since the last frame."""
        if self._writing is None or not self._writing.done():
            return False
        writing, self._writing = self._writing, None
        try:
            written = writing.result()
        except InstallationError as error:
            self._status, self._failed = str(error), True
            log.warning("%s", error)
            return True
        except Exception as error:  # a failed save must not end the show
            self._status, self._failed = f"the rig was not written or read: {type(error).__name__}: {error}", True
            log.exception("the rig was not written or read")
            return True
        self._saved = written.heads
        if written.is_read and self._heads != written.heads:
            self._change_heads(written.heads)
            self._lay(self._heads)
        self._moved = ""
        self._status, self._failed = written.told, False
        log.info("%s", written.told)
        return True

    def _describe(self) -> None:
        """Publish the possible requests and the present state."""
        heads = {head.output: head for head in self._heads}
        sources = {output: output for output in self._known_sizes} | {
            head.output: head.source for head in self._heads if head.source in self._known_sizes
        }
        sizes = self._sizes_of_heads(sources, heads)
        actions = {f"{ROOT}/{word}": action for word, action in self._common(heads).items()}
        for output, source in sources.items():
            for pattern in (NONE, *PATTERNS):
                actions[f"{ROOT}/{output}/pattern/{pattern}"] = self._pattern(pattern, (source,))
        for further in self._further.values():
            actions |= further
        every, shown = _offered(actions), []
        for output, size in sizes.items():
            if head := heads.get(output):
                every |= self._offered_by(head, size)
            shown.append(page_state_of(output, head, size, self._patterns.get(sources[output], NONE)))
        self._actions = {address: offer.action for address, offer in every.items()}
        self._sheets = {
            output: pattern_card_of(wanted, output, number, size, heads.get(output))
            for number, (output, size) in enumerate(self._known_sizes.items(), start=1)
            if (wanted := self._patterns.get(output))
        }
        self.gateway.state = RigState(
            {address: offer.control for address, offer in every.items()},
            tuple(sizes),
            {
                "file": self._file.name if self._file else "",
                "outputs": shown,
                "undo": len(self._undo),
                "unsaved": self._heads != self._saved,
                "told": self._status,
                "failed": self._failed,
                **self._further_shown,
            },
            "" if self._heads else "without a rig (--rig RIG) there are only test patterns",
        )

    def _sizes_of_heads(self, sources: Mapping[str, str], heads: Mapping[str, Head]) -> dict[str, Size]:
        """The picture sizes in pixels, by name, of outputs and of heads that show a part of one."""
        return {
            name: heads[name].part_size(self._known_sizes[source]) if name in heads else self._known_sizes[source]
            for name, source in sources.items()
        }

    def _offered_by(self, head: Head, size: Size) -> dict[str, _Offer]:
        """The offers of a head, cached while it is unchanged: a fine mesh has thousands of addresses."""
        known = self._known_offers.get(head.output)
        if known is None or known[0] is not head or known[1] != size:
            known = head, size, _offered(head_actions(head, size, self._adjust))
            self._known_offers[head.output] = known
        return known[2]

    def _common(self, heads: Mapping[str, Head]) -> dict[str, Action]:
        every = tuple(self._known_sizes)
        found = {f"pattern/{pattern}": self._pattern(pattern, every) for pattern in (NONE, *PATTERNS)}
        if heads:
            found["undo"] = Action(COMMANDS["undo"], lambda _: self._undo_last())
            found["save"] = Action(COMMANDS["save"], lambda _: self._save())
            found["revert"] = Action(COMMANDS["revert"], lambda _: self._revert())
        return found

    def _pattern(self, pattern: str, outputs: Sequence[str]) -> Action:
        def do(_: Numbers) -> None:
            for output in outputs:
                self._patterns.pop(output, None)
                if pattern != NONE:
                    self._patterns[output] = next(one for one in PATTERNS if one == pattern)

        return Action(ABOUT_PATTERN[pattern], do)

    def close(self) -> None:
        """Finish a write in progress, then end the thread."""
        self._writer.shutdown()


class _Offer(NamedTuple):
    """An action, and its description for the desk."""

    action: Action
    control: RigControl


def _offered(actions: Mapping[str, Action]) -> dict[str, _Offer]:
    """Offers by lower-case address."""
    return {address.casefold(): _Offer(action, action.control(address)) for address, action in actions.items()}


class _Written(NamedTuple):
    """The heads that the file now holds, and a sentence about the write or read."""

    heads: Heads
    told: str
    is_read: bool = False


def _save(file: Path, saved: Heads, heads: Heads) -> _Written:
    if heads == saved:
        return _Written(heads, f"nothing to save: everything is as in {file.name}")
    save_heads(file, saved, heads)
    return _Written(heads, f"{file.name} is saved")


def _read(file: Path, machines: Collection[str]) -> _Written:
    heads = tuple(head for head in read_venue(file).heads if head.machine in machines)
    return _Written(heads, f"as in {file.name}", is_read=True)
