"""Montage and transition: each is one word, or a word with its quantity and options."""

from __future__ import annotations

from functools import partial
from typing import Any

from installation.language.limits import SHARE
from installation.language.quantities import Dimensions, Duration, DurationOrParameter, SampledDuration
from installation.language.scalars import FloatRange, OneOf
from installation.language.tagged_union import Alternative, TaggedUnion
from installation.score import limits
from installation.show.score import (
    CUT,
    SINGLE,
    Canon,
    Ease,
    Mirror,
    Montage,
    Span,
    Split,
    Transition,
    TransitionKind,
    ViewEase,
)

EASE: OneOf[Ease] = OneOf(Ease, "ease")
VIEW_EASE: OneOf[ViewEase] = OneOf(ViewEase, "ease")


def _split(size: tuple[int, int], gap: float = 0.0) -> Montage:
    return Split(*size, gap)


def _span(gap: float | None) -> Montage:
    return Span(gap or 0.0)


MONTAGE: TaggedUnion[Montage] = TaggedUnion(
    "montage",
    {
        "single": Alternative(lambda _: SINGLE, "Every output shows a take of its own; a single take shows on all."),
        "mirror": Alternative(
            lambda _: Mirror(), "The same on every output, with every second one mirrored, so that edges meet."
        ),
        "span": Alternative(
            _span,
            "One picture across all outputs; the number is the gap between them in heights.",
            FloatRange(*limits.SPAN_GAP),
            "0.1",
        ),
        "split": Alternative(
            _split,
            "Each output is a grid of takes, columns x rows; strips are `3x1` or `1x3`.",
            Dimensions("a grid", "2x2", *limits.SPLIT),
            "2x2",
            False,
            ("gap",),
        ),
        "canon": Alternative(
            Canon,
            "The same on every output, each later by this time than the one to its left.",
            Duration(),
            "4s",
            False,
        ),
    },
    {"gap": (FloatRange(*limits.GAP), "Dark between the cells, in short sides of the output; 0 if missing.")},
    {"grid": "split", "delay": "canon", "flip": "mirror", "wide": "span"},
)


def _timed(kind: TransitionKind, duration: SampledDuration, **options: Any) -> Transition:
    return Transition(kind, duration.longest, sampled=duration.number, **options)


def _transition(kind: TransitionKind, about: str, *options: str) -> Alternative[Transition]:
    return Alternative(partial(_timed, kind), about, DurationOrParameter(), "3s", False, ("ease", *options))


TRANSITION: TaggedUnion[Transition] = TaggedUnion(
    "transition",
    {
        "cut": Alternative(lambda _: CUT, "At once."),
        "dissolve": _transition("dissolve", "The new cue grows opaque over the old."),
        "wipe": _transition("wipe", "An edge travels across.", "degrees", "softness"),
        "iris": _transition("iris", "A circle opens from the centre.", "softness"),
        "push": _transition("push", "The new cue pushes the old one out.", "degrees"),
        "luma": _transition("luma", "The new cue's bright parts come first.", "softness"),
        "morph": _transition("morph", "Latents and cameras of the old cue travel into those of the new."),
    },
    {
        "ease": (EASE, "How it moves; smooth if missing."),
        "degrees": (
            FloatRange(*limits.DEGREES),
            "The direction in which it travels: 0 to the right, 90 down; 0 if missing.",
        ),
        "softness": (FloatRange(*SHARE), "How soft its edge is; 0.1 if missing."),
    },
    {"angle": "degrees", "direction": "degrees", "soft": "softness", "fade": "dissolve", "crossfade": "dissolve"},
)
