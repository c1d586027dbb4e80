"""From the words of cues to Cues: how long each is seen, what comes before and after, what hides what."""

from __future__ import annotations

from installation.language.reading import Reading
from installation.language.times import format_time
from installation.score.layers import layer_of
from installation.score.model import CueSpec, ScoreSpec
from installation.score.sounds import sounds_of
from installation.score.takes import TIME_TOLERANCE, CueTime
from installation.show.frame import Place
from installation.show.score import OPAQUE, Cue, Descend, Layer, Mirror, Split, Walk

MIN_HOLD_SECONDS = 1.0
"""What a cue counts that holds, has no duration of its own and in which nothing moves."""


def cues_of(spec: ScoreSpec, reading: Reading) -> tuple[Cue, ...]:
    """The cues that `spec` say; only whole where no mistake is told."""
    _ids(spec.cues, reading)
    cues: list[Cue] = []
    for number, one in enumerate(spec.cues):
        before = _neighbour(spec, number - 1)
        after = _neighbour(spec, number + 1)
        _transition(one, before, number == 0, reading)
        cues.append(_cue(one, after, reading))
    for number, (one, cue) in enumerate(zip(spec.cues, cues, strict=True)):
        if cue.transition.kind == "morph" and (number or spec.loop):
            _morphs(one, cues[number - 1], cue, reading)
    return tuple(cues)


def _neighbour(spec: ScoreSpec, number: int) -> CueSpec | None:
    """The cue before or after another; a looping score has no ends."""
    count = len(spec.cues)
    return spec.cues[number % count] if spec.loop or 0 <= number < count else None


def _ids(cues: tuple[CueSpec, ...], reading: Reading) -> None:
    first: dict[str, CueSpec] = {}
    for one in cues:
        if one.id and (before := first.get(one.id.casefold())):
            line = before.node.at("id").line
            alike = "" if before.id == one.id else f" as {before.id!r}, which is the same to a desk"
            reading.refuse(
                one.node.at("id"), f"cue {one.id!r} is already used on line {line}{alike}; every cue needs its own id"
            )
        first.setdefault(one.id.casefold(), one)


def _transition(one: CueSpec, before: CueSpec | None, is_first: bool, reading: Reading) -> None:
    """Refuse a transition that the cue or the one before is too short for, or that has nothing to come from."""
    kind, seconds = one.transition.kind, one.transition.duration
    node = one.node.at("transition")
    if one.duration is not None and seconds > one.duration + TIME_TOLERANCE:
        reading.refuse(
            node, f"this {kind} of {format_time(seconds)} is longer than its cue ({format_time(one.duration)})"
        )
    if (
        before is not None
        and before.end == "follow"
        and before.duration is not None
        and seconds > before.duration + TIME_TOLERANCE
    ):
        reading.refuse(
            node,
            f"this {kind} of {format_time(seconds)} is longer than cue {before.id} before it "
            f"({format_time(before.duration)})",
        )
    if before is None and is_first and kind == "morph":
        reading.refuse(node, "nothing is there to morph from: this is the first cue, and the score does not loop")
    elif before is None and is_first and kind != "cut":
        reading.warn(
            node,
            f"this {kind} is not seen when the show begins: nothing comes before it; to come from black, begin with a "
            "cue without layers",
        )


def _cue(one: CueSpec, after: CueSpec | None, reading: Reading) -> Cue:
    undated = "duration" not in one.node
    if undated and one.end != "hold":
        reading.refuse(one.node, "'duration' is missing: only a cue with `end: hold` may leave it out")
    seen = one.duration
    if seen is not None and one.end == "follow" and after is not None:
        seen += after.transition.duration
    time = CueTime(reading, seen, stays=one.end == "hold", undated=undated and one.end == "hold")
    found = [layer_of(layer, number, time) for number, layer in enumerate(one.layers, 1)]
    layers = tuple(layer for layer in found if layer)
    _names(one, layers, reading)
    if len(layers) == len(one.layers) and "morph" not in (one.transition.kind, after and after.transition.kind):
        _warn_of_hidden(one, layers, reading)  # in a morph layers come from elsewhere, and go there
    duration = one.duration or max(MIN_HOLD_SECONDS, one.transition.duration, *map(_movement, layers))
    return Cue(one.id, one.name or one.id, duration, layers, one.transition, one.end, sounds_of(one.sound, time))


def _names(one: CueSpec, layers: tuple[Layer, ...], reading: Reading) -> None:
    if len(layers) != len(one.layers):
        return
    for number, (layer, spec) in enumerate(zip(layers, one.layers, strict=True)):
        if layer.name in [other.name for other in layers[:number]]:
            reading.refuse(spec.node.at("name"), f"two layers of this cue are called {layer.name!r}")


def _movement(layer: Layer) -> float:
    """Seconds after which nothing moves any more in a layer."""
    ends = [layer.opacity.keys[-1].at]
    for take in layer.takes:
        ends.append(take.view[-1].at)
        if isinstance(take.subject, Walk | Descend):
            ends.append(take.subject.duration)
    return max(ends)


def _warn_of_hidden(one: CueSpec, layers: tuple[Layer, ...], reading: Reading) -> None:
    """Warn of a layer that one in front hides wholly all the time."""
    for number, (layer, spec) in enumerate(zip(layers, one.layers, strict=True)):
        for front in layers[number + 1 :]:
            covers = _covers(front.place, layer.place) and front.opacity == OPAQUE and front.blend == "normal"
            if covers and not isinstance(front.montage, Split) and set(layer.outputs) <= set(front.outputs):
                reading.warn(spec.node, f"layer {front.name!r} in front hides layer {layer.name!r} all the time")
                break
        if all(key.value == 0.0 for key in layer.opacity.keys):
            reading.warn(spec.node.at("opacity"), f"layer {layer.name!r} is never seen: its opacity is 0 all the time")


def _covers(outer: Place, inner: Place) -> bool:
    """Whether one place covers another wholly."""
    return (
        outer.x <= inner.x + TIME_TOLERANCE
        and outer.y <= inner.y + TIME_TOLERANCE
        and outer.x + outer.width >= inner.x + inner.width - TIME_TOLERANCE
        and outer.y + outer.height >= inner.y + inner.height - TIME_TOLERANCE
    )


def _morphs(one: CueSpec, before: Cue, cue: Cue, reading: Reading) -> None:
    """Refuse a morph between layers that have no way between them; layers meet by name, the rest by their order."""
    old = list(before.layers)
    partners: list[Layer | None] = [
        next((other for other in old if other.name == layer.name), None) for layer in cue.layers
    ]
    rest = iter([other for other in old if other not in partners])
    for layer, partner in zip(cue.layers, [partner or next(rest, None) for partner in partners], strict=True):
        if partner is None:
            continue
        reason = _cannot_morph(partner, layer)
        if reason:
            reading.refuse(
                one.node.at("transition"),
                f"cue {before.id} cannot morph into cue {cue.id}: layers {partner.name!r} and {layer.name!r} {reason}; "
                "use a dissolve",
            )


def _cannot_morph(before: Layer, after: Layer) -> str:
    if before.blend != after.blend:
        return f"blend as {before.blend} and {after.blend}"
    if isinstance(before.montage, Mirror) != isinstance(after.montage, Mirror) and len(after.outputs) > 1:
        return "are mirrored and not mirrored"
    count = max(len(before.takes), len(after.takes))
    for number in range(count):
        old = before.takes[number % len(before.takes)].subject
        new = after.takes[number % len(after.takes)].subject
        if old != new and not (isinstance(old, Walk) and isinstance(new, Walk)):
            return "do not both walk, so nothing lies between them"
    return ""
