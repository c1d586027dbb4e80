"""Scores as the desk sees them: only names, ranges and times matter here."""

from __future__ import annotations

from fractions import Fraction

from installation.show.score import Cue, Keyframe, Layer, Leg, Output, Parameter, Score, Take, Track, Transition, Walk

STILL = Take(Walk((Leg("net/layer/1", "net/layer/1", 0.0, 10.0),), 10.0))


def tide() -> Score:
    """Three cues of ten seconds that wait for GO, two outputs, one layer, two parameters."""
    layer = Layer("sea", (STILL,), ("left", "right"), opacity=Track((Keyframe(0.0, 1.0),)))
    cues = tuple(
        Cue(name.lower(), name, 10.0, (layer,), Transition("dissolve", 2.0), end="hold")
        for name in ("Ebb", "Flood", "Slack")
    )
    return Score(
        title="Tide",
        fps=Fraction(60),
        outputs=(Output("left", 640, 360), Output("right", 640, 360)),
        cues=cues,
        parameters=(Parameter("warmth", 0.5), Parameter("zoom", 1.0, 1.0, 9.0, "How near the camera is.")),
        digest="0123456789abcdef" * 4,
    )
