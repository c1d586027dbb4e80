"""Makes Sounds of the words of a cue's sounds."""

from __future__ import annotations

from installation.errors import DeviceError, ScoreError
from installation.language.times import format_time
from installation.score.cue_time import CueTime
from installation.score.model import SoundSpec
from installation.score.takes import track_of
from installation.show.score import OPAQUE, Sound
from installation.sound.sound_file import SUFFIXES, facts_of


def sounds_of(spec: SoundSpec | tuple[SoundSpec, ...] | None, time: CueTime) -> tuple[Sound, ...]:
    """The sounds of a cue; it reports mistakes and leaves out the sounds that have them."""
    if spec is None:
        return ()
    specs = spec if isinstance(spec, tuple) else (spec,)
    goes_on = any(one.loop for one in specs)
    return tuple(sound for one in specs if (sound := _sound(one, time, goes_on)))


def _sound(spec: SoundSpec, time: CueTime, goes_on: bool) -> Sound | None:
    """One sound, None after a reported mistake. `goes_on`: a sound of the cue loops, so that this one may be short."""
    reading, level = time.reading, track_of(spec.level, time) or OPAQUE
    if not spec.file:
        return None
    node = spec.node.at("file")
    path = reading.beside(spec.file)
    if path.suffix.lower() not in SUFFIXES:
        allowed = ", ".join(SUFFIXES)
        reading.refuse(node, f"{spec.file!r} is not a file of sound that the player can read; allowed are {allowed}")
        return None
    try:
        facts = facts_of(path)
    except DeviceError as error:  # the pictures play without sound
        told = f"{error}; until then the show is silent"
        if all(one.message != told for one in reading.every_warning):
            reading.warn(node, told)
        return None
    except ScoreError as error:
        reading.refuse(node, str(error))
        return None
    left = facts.seconds - spec.begin
    if left <= 0:
        told = f"{format_time(spec.begin)} is beyond the file's end, which is at {format_time(facts.seconds)}"
        reading.refuse(spec.node.at("begin"), told)
        return None
    if time.seen and not time.stays and not goes_on and left < time.seen / 2:
        reading.warn(node, f"it ends after {format_time(left)}, but the cue goes on; `loop: true` repeats it")
    return Sound(spec.file, facts.digest, left, level, spec.begin, spec.loop, spec.bus)
