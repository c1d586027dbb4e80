"""What somebody may do to a show, and that afterwards it is the same however it came there."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from installation.desk.journal.journal_lines import Succession, read_line, succession_line
from installation.errors import RefusedError
from installation.show.compiled_score import compiled
from installation.show.control import Control, Message, MessageKind, fold, initial_control
from installation.show.evaluate import evaluate
from installation.show.frame import Frame
from installation.show.playing.sounding import SoundMoment, sounds_at
from installation.show.playing.transport import resolve
from installation.show.score import Score

LAST_FRAME = 339

Deeds = list[tuple[int, MessageKind, str, float]]

DEEDS = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.sampled_from(
            ["go", "go", "go", "set", "set", "pause", "resume", "rate", "locate", "back", "panic", "restore", "load"]
        ),
        st.sampled_from(["", "a", "b", "i"]),
        st.floats(0, 1),
    ),
    max_size=8,
)


def stamped(show: Score, deeds: Deeds) -> list[Message]:
    """What a desk would have stamped of what somebody did."""
    apply = compiled(show).course.apply
    control, messages = initial_control(show), []
    for number, (frame, kind, target, value) in enumerate(sorted(deeds, key=lambda one: one[0])):
        target = "/p/near" if kind == "set" else target if kind in ("go", "load", "back") else ""
        value = {"rate": 0.5 + value, "locate": value * 30}.get(kind, value)
        try:
            one = resolve(show, control, Message(frame, number, kind, target, value), double_go_seconds=0.0)
        except RefusedError:
            continue
        control = apply(control, one)
        messages.append(one)
    return messages


def through_a_journal(control: Control) -> Control:
    read = read_line(succession_line(Succession(0, "", "", control)).encode())
    assert isinstance(read, Succession)
    return read.control


def seen_and_heard(show: Score, frame_number: int, control: Control) -> tuple[Frame, tuple[SoundMoment, ...]]:
    return evaluate(show, frame_number, control), sounds_at(show, frame_number, control)


def assert_seek_play_and_restart_agree(
    show: Score, fresh: Callable[[], Score], deeds: Deeds, frames: Sequence[int], chance: random.Random
) -> None:
    """What is seen and heard at these frames is the same played from the start, sought in a score that is `fresh` and
    for which nothing was worked out, with messages in any order, and gone on from half of them through a journal."""
    messages = stamped(show, deeds)
    played_through = []
    apply = compiled(show).course.apply
    control, waiting = initial_control(show), list(messages)
    for frame in range(LAST_FRAME + 1):
        while waiting and waiting[0].frame <= frame:
            control = apply(control, waiting.pop(0))
        played_through.append(seen_and_heard(show, frame, control))
    for frame in frames:
        other = fresh()
        late = [one for one in messages if one.frame <= frame]
        chance.shuffle(late)
        sought = fold(late, initial_control(other), compiled(other).course.apply)
        assert seen_and_heard(other, frame, sought) == played_through[frame]
        half = len(late) // 2
        ordered = sorted(late, key=lambda one: one.order)
        begun = fold(ordered[:half], initial_control(other), compiled(other).course.apply)
        again = fold(ordered[half:], through_a_journal(begun), compiled(other).course.apply)
        assert seen_and_heard(other, frame, again) == played_through[frame]
