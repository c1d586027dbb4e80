"""The sounds at a frame, as a pure function of score, frame number and control.

A cue's sounds begin with its transition in and fade with it; they loop or end, as the score says. A show that is paused
or plays at a rate other than 1 is silent, since nobody wants to hear that. Blackout and panic also silence the sound.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from installation.show.compiled_score import CompiledScore, compiled
from installation.show.control import SOUND_MASTER, Control
from installation.show.playhead import ShowFrame
from installation.show.score import Score, Sound
from installation.show.timeline import PlayingCue, seconds_of
from installation.show.track import eased, value_at

MIN_LEVEL = 1e-4
"""-80 dB: nobody hears lower levels in a room with people."""


class SoundMoment(NamedTuple):
    """One sound at one frame: `since` is the exact time in seconds since it began, `level` a factor of its signal.

    `entrance` distinguishes one entrance of a cue from the next, so that a restarted sound is a different one.
    """

    sound: Sound
    entrance: tuple[int, ShowFrame]
    since: Fraction
    level: float


def sounds_at(score: Score, frame_number: int, control: Control) -> tuple[SoundMoment, ...]:
    """All audible sounds at a frame, in the order of their cues, back to front."""
    if control.playhead.paused or control.playhead.rate != 1:
        return ()
    compiled_score = compiled(score)
    show_frame = control.playhead.at(frame_number)
    faders = {address: ramp.followed_at(frame_number) for address, ramp in control.faders.items()}
    parameters = compiled_score.values(faders).parameters
    room = control.blackout.at(frame_number) * control.panic.at(frame_number)
    room *= faders.get(SOUND_MASTER, 1.0)
    if room <= MIN_LEVEL:
        return ()
    found: list[SoundMoment] = []
    left = 1.0
    for playing in reversed(compiled_score.course.playing_at(control, show_frame)):
        come_in = _come_in(compiled_score, playing, show_frame)
        for sound in reversed(compiled_score.playing(playing).cue.sounds):
            since = Fraction(show_frame - playing.start) / score.fps
            fader = faders[f"/sound/{sound.bus}/level"]
            level = room * left * come_in * fader * max(value_at(sound.level, float(since), parameters), 0.0)
            if level > MIN_LEVEL and (sound.loops or since < sound.seconds):
                found.append(SoundMoment(sound, (playing.index, playing.start), since, level))
        left *= 1.0 - come_in
    return tuple(reversed(found))


def _come_in(compiled_score: CompiledScore, playing: PlayingCue, show_frame: ShowFrame) -> float:
    """How far a cue has come in, 0 to 1, by its own transition and ease."""
    since = show_frame - playing.came_in
    if since >= playing.transition_frames:
        return 1.0
    by = playing.index if playing.by is None else playing.by
    ease = compiled_score.score.cues[by].transition.ease
    return eased(ease, seconds_of(since, Fraction(1)) / playing.transition_frames)
