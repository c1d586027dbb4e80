"""Makes Cues of the words of cues: checks their visible times, their neighbours, and layers that hide others."""

from __future__ import annotations

from installation.language.reading import Reading
from installation.language.times import format_time
from installation.score.branches import Branches, branches_of
from installation.score.cue_time import TIME_TOLERANCE, CueTime
from installation.score.effects import effects_of, refuse_guided
from installation.score.layers import layer_of
from installation.score.mattes import guides_of, with_mattes
from installation.score.model import CueSpec, MatteSpec, ScoreSpec, ShuffledBranches
from installation.score.sounds import sounds_of
from installation.show.frame import Place, Plate
from installation.show.score import (
    OPAQUE,
    Clip,
    Cue,
    Descend,
    Layer,
    Mirror,
    Split,
    Take,
    Text,
    Variant,
    Walk,
    is_open,
)

SOME = 4
"""The most neurons that a warning names."""

MIN_HOLD_SECONDS = 1.0
"""The length of a cue that holds, has no duration and contains no motion."""


def cues_of(spec: ScoreSpec, reading: Reading) -> tuple[Cue, ...]:
    """The cues of `spec`, those on call after all others; complete only if there was no mistake."""
    _ids(spec.cues, reading)
    branches = Branches(spec, reading)
    branches.warn_of_unreached()
    cues = {one: _cue(one, branches.after(one), reading) for one in spec.cues}
    for one in spec.cues:
        _transition(one, branches.before(one), branches.is_first(one), reading)
        if one.transition.kind == "morph":
            for before in branches.before(one):
                _morphs(one, cues[before], cues[one], reading)
    return tuple(cues[one] for one in sorted(spec.cues, key=lambda one: one.on_call))


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


def _transition(one: CueSpec, befores: list[CueSpec], is_first: bool, reading: Reading) -> None:
    """Refuses a transition that is longer than its cue or a cue before it, or that has nothing to come from."""
    kind, seconds = one.transition.kind, one.transition.duration
    node = one.node.at("transition")
    if one.duration is not None and seconds > one.duration + TIME_TOLERANCE:
        reading.refuse(
            node, f"this {kind} of {format_time(seconds)} is longer than its cue ({format_time(one.duration)})"
        )
    for before in befores:
        if before.end == "follow" and before.duration is not None and seconds > before.duration + TIME_TOLERANCE:
            reading.refuse(
                node,
                f"this {kind} of {format_time(seconds)} is longer than cue {before.id} before it "
                f"({format_time(before.duration)})",
            )
    if not befores and is_first and kind == "morph":
        reading.refuse(node, "there is nothing to morph from: this is the first cue, and the score does not loop")
    elif not befores and is_first and kind != "cut":
        reading.warn(
            node,
            f"nobody sees this {kind} when the show begins: nothing comes before it; to come from black, begin with a "
            "cue without layers",
        )


def _cue(one: CueSpec, afters: list[CueSpec], reading: Reading) -> Cue:
    undated = "duration" not in one.node
    if undated and one.end != "hold":
        reading.refuse(one.node, "'duration' is missing: only a cue with `end: hold` may leave it out")
    undated = undated and one.end == "hold"
    following = [one] if one.on_call else afters
    comes_in = sorted({cue.transition.duration for cue in following}, reverse=True) if one.end == "follow" else []
    time = _seen(one, comes_in[0] if comes_in else 0.0, undated, reading)
    layers = _layers(one, time)
    with reading.muted():  # mistakes are reported already
        variants = [_variant(one, _seen(one, seconds, undated, reading), seconds) for seconds in comes_in[1:]]
    _names(one, layers, reading)
    kinds = [one.transition.kind, *(cue.transition.kind for cue in afters)]
    if len(layers) == len(one.layers) and "morph" not in kinds:
        _warn_of_hidden(one, layers, reading)  # in a morph, layers change their place
    layers = with_mattes(one, layers, time)
    refuse_guided(one.effects, reading)
    duration = one.duration or max(MIN_HOLD_SECONDS, one.transition.duration, *map(_movement, layers))
    return Cue(
        one.id,
        one.name or one.id,
        duration,
        layers,
        one.transition,
        one.end,
        sounds_of(one.sound, time),
        branches_of(one),
        one.on_call,
        one.return_ or "resume",
        tuple(reading.choices.get(one.node, ())),
        one.node in reading.choices,
        one.clock,
        isinstance(one.next, ShuffledBranches),
        tuple(variant for variant in variants if variant.layers != layers),
        effects_of(one.effects, time),
    )


def _seen(one: CueSpec, comes_in: float, undated: bool, reading: Reading) -> CueTime:
    """The visible time of a cue if the transition of the next cue lasts `comes_in` seconds."""
    seen = None if one.duration is None else one.duration + comes_in
    return CueTime(reading, seen, stays=one.end == "hold", undated=undated)


def _variant(one: CueSpec, time: CueTime, seconds: float) -> Variant:
    return Variant(seconds, with_mattes(one, _layers(one, time), time))


def _layers(one: CueSpec, time: CueTime) -> tuple[Layer, ...]:
    found = (layer_of(layer, number, time) for number, layer in enumerate(one.layers, 1))
    return tuple(layer for layer in found if layer)


def _names(one: CueSpec, layers: tuple[Layer, ...], reading: Reading) -> None:
    if len(layers) != len(one.layers):
        return
    for number, (layer, spec) in enumerate(zip(layers, one.layers, strict=True)):
        if layer.name in [other.name for other in layers[:number]]:
            reading.refuse(spec.node.at("name"), f"two layers of this cue are called {layer.name!r}")


def _movement(layer: Layer) -> float:
    """The time in seconds after which a layer no longer moves."""
    ends = [layer.opacity.keys[-1].at]
    for take in layer.takes:
        ends.append(take.view[-1].at)
        if isinstance(take.subject, Walk | Descend | Text | Clip):
            ends.append(take.subject.duration)
    return max(ends)


def _warn_of_hidden(one: CueSpec, layers: tuple[Layer, ...], reading: Reading) -> None:
    """Warns of a layer that another in front hides completely all the time, unless it serves as a matte or guide."""
    mattes = {spec.matte.layer if isinstance(spec.matte, MatteSpec) else spec.matte for spec in one.layers}
    mattes |= {name for spec in one.layers for _, name in guides_of(spec)}
    for number, (layer, spec) in enumerate(zip(layers, one.layers, strict=True)):
        for front, front_spec in zip(layers[number + 1 :], one.layers[number + 1 :], strict=True):
            covers = _covers(front.place, layer.place) and front.opacity == OPAQUE and front.blend == "normal"
            covers = covers and not any(_is_see_through(take, reading) for take in front.takes)
            covers = covers and front_spec.matte is None and not isinstance(front.montage, Split)
            if covers and layer.name not in mattes and set(layer.outputs) <= set(front.outputs):
                reading.warn(spec.node, f"layer {front.name!r} in front hides layer {layer.name!r} all the time")
                break
        if all(key.value == 0.0 for key in layer.opacity.keys):
            reading.warn(spec.node.at("opacity"), f"layer {layer.name!r} is never seen: its opacity is 0 all the time")


def _is_see_through(take: Take, reading: Reading) -> bool:
    """Whether a take may show what is behind it: around a body, words, pictures or films, or through neurons with
    alpha."""
    subject = take.subject
    if take.surface is None and isinstance(subject, Walk):
        return any(reading.has_alpha(neuron) for leg in subject.legs for neuron in (leg.a, leg.b))
    return take.surface is not None or not isinstance(subject, Plate | Descend)


def _covers(outer: Place, inner: Place) -> bool:
    """Whether one place covers another completely."""
    return (
        outer.x <= inner.x + TIME_TOLERANCE
        and outer.y <= inner.y + TIME_TOLERANCE
        and outer.x + outer.width >= inner.x + inner.width - TIME_TOLERANCE
        and outer.y + outer.height >= inner.y + inner.height - TIME_TOLERANCE
    )


def _morphs(one: CueSpec, before: Cue, cue: Cue, reading: Reading) -> None:
    """Refuses a morph between layers that cannot morph; layers pair by name, the rest by their order."""
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
        else:
            _warn_without_road(one, partner, layer, reading)


def _warn_without_road(one: CueSpec, before: Layer, after: Layer, reading: Reading) -> None:
    """Warns of a morph between two families: no path in latent space joins them, so both pictures show at once."""
    for number in range(max(len(before.takes), len(after.takes))):
        old = before.takes[number % len(before.takes)].subject
        new = after.takes[number % len(after.takes)].subject
        if not isinstance(old, Walk) or not isinstance(new, Walk):
            continue
        ends = old.legs[-1].b, new.legs[0].a
        if any(map(is_open, ends)):
            continue
        (start, start_family), (goal, goal_family) = map(reading.named, ends)
        if start_family and goal_family and start_family != goal_family:
            reading.warn(
                one.node.at("transition"),
                f"no road leads from {start} to {goal}: this morph is a double exposure. A road leads from {start} to "
                f"{_some(reading, start_family, start)}, and to {goal} from {_some(reading, goal_family, goal)}",
            )
            return


def _some(reading: Reading, family: str, but: str) -> str:
    """A few of a family's neurons by their names."""
    names = [name for name, _ in map(reading.named, reading.family(family)) if name != but][:SOME]
    several = " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return several or f"none, for it is alone in family {family}"


def _cannot_morph(before: Layer, after: Layer) -> str:
    if before.blend != after.blend:
        return f"blend as {before.blend} and {after.blend}"
    if [(one.kind, one.by) for one in before.effects] != [(one.kind, one.by) for one in after.effects]:
        return "have different effects"
    if isinstance(before.montage, Mirror) != isinstance(after.montage, Mirror) and len(after.outputs) > 1:
        return "are mirrored and not mirrored"
    count = max(len(before.takes), len(after.takes))
    for number in range(count):
        old = before.takes[number % len(before.takes)].subject
        new = after.takes[number % len(after.takes)].subject
        if old != new and not (isinstance(old, Walk) and isinstance(new, Walk)):
            return "are not both walks, so nothing lies between them"
    return ""
