"""Trials of artists' own shaders: a separate process, which can be killed, compiles and times them in the background.

A shader can hang a graphics driver, and all users of its context with it. The driver caches the compiled shaders on
disk, so the show gets them at once.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from installation.errors import Mistake, ScoreError
from installation.picture.thread_priority import NICENESS
from installation.show.frame import Shader
from installation.show.score import EffectTracks, Score
from installation.systems import lower_priority

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""A shader that has not drawn two frames after this time hangs, or is far too slow."""

START_SECONDS = 20.0
"""Time for the start of the process on a busy machine."""

_tried: dict[tuple[Shader, tuple[int, int]], float] = {}
_LINE = re.compile(r"(?P<file>[^\s:][^:\n]*):(?P<line>\d+): *(?P<what>[^\n]+)")


def shaders_in(score: Score) -> tuple[Shader, ...]:
    """The shaders that a score uses, each once."""
    lists: list[Sequence[EffectTracks]] = [score.effects]
    for cue in score.cues:
        lists += [cue.effects, *(layer.effects for layer in cue.layers)]
    return tuple(dict.fromkeys(one.shader for effects in lists for one in effects if one.shader))


def try_shaders(score: Score, sizes: Mapping[str, tuple[int, int]]) -> Mapping[Shader, float]:
    """Compile every shader of a score, draw it at the largest of these sizes, and return its seconds per frame.

    Raises ScoreError for shaders that do not compile, with the line in the shader, and for a shader that hangs. Without
    OpenGL nothing is tried. This process remembers the results per shader and size.
    """
    shaders = shaders_in(score)
    size = max(sizes.values(), key=lambda one: one[0] * one[1], default=(64, 36))
    untried = [one for one in shaders if (one, size) not in _tried]
    mistakes = list(_trials(untried, size)) if untried else []
    if mistakes:
        raise ScoreError("\n".join(map(str, mistakes)), tuple(mistakes))
    return {one: _tried[one, size] for one in shaders if (one, size) in _tried}


def refuse_slow(seconds: Mapping[Shader, float], fps: Fraction) -> None:
    """Raise ScoreError for shaders that alone take longer than a frame."""
    slow = {one: took for one, took in seconds.items() if took > 1 / fps}
    if slow:
        mistakes = tuple(
            Mistake(
                one.file,
                1,
                1,
                "",
                f"this shader takes {1000 * took:.0f} ms for a frame on this machine, and a frame lasts "
                f"{1000 / float(fps):.0f} ms: make it simpler, or its passes smaller",
            )
            for one, took in slow.items()
        )
        raise ScoreError("\n".join(map(str, mistakes)), mistakes)


def _trials(shaders: Sequence[Shader], size: tuple[int, int]) -> Iterator[Mistake]:
    """Try shaders in a separate process, and yield their mistakes."""
    command = (sys.executable, "-m", "installation.commands.processes.shader_trial")
    asked = json.dumps({"size": size, "shaders": [[one.file, one.digest] for one in shaders]}).encode()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    lower_priority(process.pid, NICENESS)
    try:
        told, _ = process.communicate(asked, START_SECONDS + PATIENCE_SECONDS * len(shaders))
        hangs = False
    except subprocess.TimeoutExpired as late:
        process.kill()
        process.communicate()
        told, hangs = late.stdout or b"", True
    answers = [json.loads(line) for line in told.splitlines() if line.endswith(b"}")]
    if answers and answers[0].get("no_gl"):
        log.warning("shaders cannot be tried beside the show: %s", answers[0]["no_gl"])
        return
    for shader, answer in zip(shaders, answers, strict=False):
        if answer["error"]:
            yield _mistake(shader, answer["error"])
        else:
            _tried[shader, size] = answer["seconds"]
    if len(answers) < len(shaders):
        shader = shaders[len(answers)]
        why = "drew no two frames" if hangs else "ended the process that tried it before it drew two frames"
        within = f" of {size[0]}x{size[1]} within {PATIENCE_SECONDS:g} s" if hangs else ""
        yield Mistake(shader.file, 1, 1, "", f"this shader {why}{within}: does a loop in it not end?")


def _mistake(shader: Shader, error: str) -> Mistake:
    """The driver's error message as a mistake, at the line that it names."""
    for found in _LINE.finditer(error):
        if found["file"].endswith((".fs", ".vs")) and "/" in found["file"]:
            return Mistake(found["file"], int(found["line"]), 1, "", found["what"].strip())
    return Mistake(shader.file, 1, 1, "", error.strip().splitlines()[-1])
