"""Shaders of artists' own are tried beside the show: compiled, and timed, by a process that may be killed.

A shader can hang a graphics driver, and whoever shares its context hangs with it. What the process has compiled stands
in the driver's cache on disk, so the show has it at once.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction

from installation.errors import Mistake, ScoreError
from installation.picture.thread_priority import NICENESS
from installation.show.frame import Shader
from installation.show.score import EffectTracks, Score

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""A shader that has not drawn two frames by then hangs, or is far too slow."""

START_SECONDS = 20.0
"""The process itself, on a machine that is busy."""

_tried: dict[tuple[Shader, tuple[int, int]], float] = {}
_LINE = re.compile(r"(?P<file>[^\s:][^:\n]*):(?P<line>\d+): *(?P<what>[^\n]+)")


def shaders_in(score: Score) -> tuple[Shader, ...]:
    """The shaders that a score uses, each once."""
    lists: list[Sequence[EffectTracks]] = [score.effects]
    for cue in score.cues:
        lists += [cue.effects, *(layer.effects for layer in cue.layers)]
    return tuple(dict.fromkeys(one.shader for effects in lists for one in effects if one.shader))


def try_shaders(score: Score, sizes: Mapping[str, tuple[int, int]]) -> Mapping[Shader, float]:
    """Compile every shader of a score and draw it at the largest of these sizes; how long a frame takes, in seconds.

    Raises ScoreError for those that do not compile, with their own line, and for one that hangs. Where there is no
    OpenGL nothing is tried. What was tried once at a size is known as long as this process runs.
    """
    shaders = shaders_in(score)
    size = max(sizes.values(), key=lambda one: one[0] * one[1], default=(64, 36))
    untried = [one for one in shaders if (one, size) not in _tried]
    mistakes = list(_trials(untried, size)) if untried else []
    if mistakes:
        raise ScoreError("\n".join(map(str, mistakes)), tuple(mistakes))
    return {one: _tried[one, size] for one in shaders if (one, size) in _tried}


def refuse_slow(seconds: Mapping[Shader, float], fps: Fraction) -> None:
    """Raise ScoreError for shaders that alone take longer than a frame lasts."""
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
    """Try shaders in a process of their own; what is wrong with them."""
    command = (sys.executable, "-m", "installation.commands.processes.shader_trial")
    asked = json.dumps({"size": size, "shaders": [[one.file, one.digest] for one in shaders]}).encode()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with suppress(AttributeError, OSError):  # only Unix has it, and a sandbox may refuse
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
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
    """A driver's complaint, at the line that it names."""
    for found in _LINE.finditer(error):
        if found["file"].endswith((".fs", ".vs")) and "/" in found["file"]:
            return Mistake(found["file"], int(found["line"]), 1, "", found["what"].strip())
    return Mistake(shader.file, 1, 1, "", error.strip().splitlines()[-1])
