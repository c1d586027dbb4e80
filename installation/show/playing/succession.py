"""An edited score takes over from the playing one: control is carried over, and the picture cross-fades.

Both scores can be evaluated at any frame, so nothing stops and nothing jumps: the playing cue goes on where it is,
faders keep their values, and notices name what has gone from the score.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from installation.show.compiled_score import compiled
from installation.show.control import Audition, Control, CueStart, initial_control
from installation.show.frame import Frame, OutputFrame, Reveal
from installation.show.ramp import Ramp
from installation.show.score import Parameter, Score


def carry_over(control: Control, frame_number: int, old: Score, new: Score) -> Control | None:
    """The state in which `new` continues from the place of `old`; None if it lacks the playing cue.

    `new` must have the frame rate of `old`: frame numbers go on.
    """
    if old.fps != new.fps:
        raise ValueError(f"a score at {new.fps} frames per second cannot take over from one at {old.fps}")
    first = initial_control(new)
    parameters = {f"/p/{parameter.name}": parameter for parameter in new.parameters}
    after = replace(
        control,
        longest_transition=first.longest_transition,
        cues=first.cues,
        entered=_entered(old, control, frame_number, first.cues),
        faders=_faders(control.faders, first.faders, parameters),
        auditions={output: _kept(control.auditions.get(output), first.cues) for output in first.auditions},
        starts=tuple(start for start in control.starts if start.cue in first.cues),
        standby=control.standby if control.standby in first.cues else None,
        memory_frames=first.memory_frames,
        earlier=tuple(one for one in control.earlier if one.address in first.faders),
    )
    playing = _playing(old, control, frame_number)
    if playing[-1].cue not in first.cues:
        return None
    course = compiled(new).open_course
    if course is not None:
        return course.taken_over(after, frame_number, [start for start in playing if start.cue in first.cues])
    if _playing(new, after, frame_number)[-1] == playing[-1]:
        return after
    # The edit moved the cue in the score: here it counts as started by hand when it began. What lies beneath an
    # unfinished transition shows as long as the new score has it.
    starts = tuple(start for start in playing if start.cue in first.cues)
    return replace(after, starts=starts)


def _entered(score: Score, control: Control, frame_number: int, cues: Collection[str]) -> Mapping[str, int]:
    """The number of entries of each cue that the new score still has."""
    course = compiled(score).open_course
    entered = control.entered if course is None else course.settled(control, frame_number).entered
    return {cue: count for cue, count in entered.items() if cue in cues}


def _kept(audition: Audition | None, cues: frozenset[str]) -> Audition | None:
    return audition if audition is not None and audition.cue in cues else None


def _playing(score: Score, control: Control, frame_number: int) -> list[CueStart]:
    """The visible cues, back to front, as if each had been started by hand."""
    compiled_score = compiled(score)
    if compiled_score.open_course is not None:
        return list(compiled_score.open_course.settled(control, frame_number).starts) or list(control.starts)
    playing = compiled_score.course.playing_at(control, control.playhead.at(frame_number))
    black = {(start.cue, start.at) for start in control.starts if start.from_black}
    found = [(score.cues[one.index].id, one.start) for one in playing]
    return [CueStart(cue, Fraction(at), from_black=(cue, at) in black) for cue, at in found]


def _faders(
    old: Mapping[str, Ramp], new: Mapping[str, Ramp], parameters: Mapping[str, Parameter]
) -> Mapping[str, Ramp]:
    """The faders of the new score: each keeps its value, limited to its new range; home is the new score's."""
    faders = {}
    for address, resting in new.items():
        left = old.get(address)
        if left is None or _untouched(left):
            faders[address] = resting
            continue
        one = parameters.get(address)
        low, high = (one.low, one.high) if one else (0.0, 1.0)
        faders[address] = replace(
            left,
            start_value=min(max(left.start_value, low), high),
            target=min(max(left.target, low), high),
            home=resting.home,
            lag_frames=resting.lag_frames,
            motion=left.motion and left.motion._replace(value=min(max(left.motion.value, low), high)),
        )
    return faders


def _untouched(ramp: Ramp) -> bool:
    return ramp.start_value == ramp.target == ramp.home


def edit_notices(old: Score, new: Score, control: Control, seen: Collection[str]) -> tuple[str, ...]:
    """Sentences about what an edit removed, and what it cannot change while the show runs.

    `seen` are the outputs that are shown now.
    """
    before, now = ([one.name for one in score.outputs] for score in (old, new))
    sentences = [f"output '{name}' is no longer in the score: it stays black" for name in before if name not in now]
    sentences += [
        f"output '{name}' is new: it appears after the next start"
        for name in now
        if name not in before and name not in seen
    ]
    if new.priority != old.priority:
        sentences.append("priority: it takes effect at the next start")
    if control.standby is not None and control.standby not in {cue.id for cue in new.cues}:
        sentences.append(f"cue '{control.standby}' was on standby and is no longer in the score")
    return tuple(sentences)


def cross_faded(old: Frame, new: Frame, share: float) -> Frame:
    """The cross-fade from the old frame to the new one at a share of 0 to 1; what is equal in both does not change.

    Only dissolves can be faded exactly: an output in the middle of another transition changes at once.
    """
    before = {output.output: output for output in old.outputs}
    return replace(new, outputs=tuple(_faded(before.get(one.output), one, share) for one in new.outputs))


def _faded(old: OutputFrame | None, new: OutputFrame, share: float) -> OutputFrame:
    if old is None or old.cues == new.cues or not all(_is_dissolve(cue.reveal) for cue in new.cues):
        return new
    come = []
    # From the top: each cue gets its part of the light that those above it leave.
    left, light = 1.0, share
    for cue in reversed(new.cues):
        part = light * cue.reveal.progress
        come.append(replace(cue, reveal=Reveal("dissolve", part / left if left > 0.0 else 0.0)))
        left, light = left - part, light - part
    return replace(new, cues=(*old.cues, *reversed(come)))


def _is_dissolve(reveal: Reveal) -> bool:
    return reveal.progress >= 1.0 or reveal.kind == "dissolve"
