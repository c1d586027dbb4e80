"""Makes a Layer of its words: its outputs, its takes and their places, its opacity."""

from __future__ import annotations

from itertools import pairwise

from installation.language.reading import Reading
from installation.language.times import format_time
from installation.score import limits
from installation.score.cue_time import TIME_TOLERANCE, CueTime
from installation.score.effects import effects_of
from installation.score.model import SUBJECT_WORDS, DrawnTakes, EchoSpec, LayerSpec
from installation.score.takes import take_of, track_of
from installation.show.frame import Place, Shape
from installation.show.score import (
    OPAQUE,
    Canon,
    Echo,
    Layer,
    Mirror,
    Single,
    Span,
    Split,
    Take,
    ViewKeyframe,
)

MIN_FRACTION = 0.001
"""The smallest side of a place or cell, as a fraction of an output: a smaller one has no pixels."""


def layer_of(spec: LayerSpec, number: int, time: CueTime) -> Layer | None:
    """The layer that `spec` describes, `number` from 1 in its cue; None after a mistake, which it reports."""
    outputs = _outputs(spec, time.reading)
    takes = _takes(spec, time)
    place = _place(spec, time.reading)
    opacity = track_of(spec.opacity, time) or OPAQUE
    effects = effects_of((*((spec.isf,) if spec.isf else ()), *spec.effects), time)
    if not takes or not outputs or place is None:
        return None
    choice = spec.takes.choice if isinstance(spec.takes, DrawnTakes) else None
    name = spec.name or f"layer{number}"
    echo = _echo(spec, time.reading)
    layer = Layer(name, takes, outputs, spec.montage, place, opacity, spec.blend, choice, spec.cut, effects, echo=echo)
    _fits(layer, spec, time)
    return layer


def _echo(spec: LayerSpec, reading: Reading) -> Echo | None:
    """The echo of a layer; None if it has none, and after a mistake, which it reports."""
    if spec.echo is None:
        return None
    told = spec.echo.ages if isinstance(spec.echo, EchoSpec) else spec.echo
    node = spec.node.at("echo")
    for before, age in pairwise((0.0, *told)):
        if age <= before:
            reading.refuse(node, f"{format_time(age)} does not come after {format_time(before)}: ages grow")
            return None
    if told and told[-1] > limits.ECHO_SECONDS:
        most = format_time(limits.ECHO_SECONDS)
        reading.refuse(node, f"an echo of {format_time(told[-1])} ago is too old: control remembers {most}")
        return None
    if not told:
        return None
    return Echo(told, spec.echo.fade) if isinstance(spec.echo, EchoSpec) else Echo(told)


def _outputs(spec: LayerSpec, reading: Reading) -> tuple[str, ...]:
    if "outputs" not in spec.node:
        return tuple(reading.outputs)
    for number, name in enumerate(spec.outputs):
        if name in spec.outputs[:number]:
            reading.refuse(spec.node.at("outputs"), f"output {name!r} is listed twice")
    return spec.outputs


GROUND = Take(Shape("rectangle", 100.0, 100.0, colour=(0.0, 0.0, 0.0, 1.0)), (ViewKeyframe(0.0),))
"""The background of a shader that needs no input picture."""


def _made(spec: LayerSpec, reading: Reading) -> tuple[Take, ...]:
    """The background of a shader that makes a picture; refuses a shader that filters one, and subjects beside it."""
    node = spec.node.at("isf")
    for word in (*SUBJECT_WORDS, "takes", "view", "surface", "drift"):
        if word in spec.node:
            reading.refuse(spec.node.entries[word][0], f"{word!r} beside `isf`: the shader makes all of this picture")
    if spec.isf is None:
        return ()
    if spec.isf.shader is not None and spec.isf.shader.is_filter:
        reading.refuse(node, "this shader changes a picture (`inputImage`) and makes none: put it among `effects`")
        return ()
    return (GROUND,)


def _takes(spec: LayerSpec, time: CueTime) -> tuple[Take, ...]:
    if "isf" in spec.node:
        return _made(spec, time.reading)
    if "takes" not in spec.node:
        take = take_of(spec, time)
        return (take,) if take else ()
    for word in (*SUBJECT_WORDS, "surface"):
        if word in spec.node:
            time.reading.refuse(
                spec.node.entries[word][0], f"{word!r} beside takes: each take has its own, so write it there"
            )
    specs = spec.takes.takes if isinstance(spec.takes, DrawnTakes) else spec.takes or ()
    return tuple(take for one in specs if (take := take_of(one, time, shared=spec)))


def _place(spec: LayerSpec, reading: Reading) -> Place | None:
    if len(spec.place) != 4:
        return None
    x, y, width, height = spec.place
    node = spec.node.at("place")
    if width < MIN_FRACTION or height < MIN_FRACTION:
        reading.refuse(node, f"a place of {width:g} x {height:g} has nothing to show; width and height are more than 0")
        return None
    for what, start, length in (("right", x, width), ("lower", y, height)):
        if start + length > 1 + TIME_TOLERANCE:
            reading.refuse(node, f"this place ends at {start + length:g}, beyond the {what} edge of its output (1)")
            return None
    return Place(x, y, width, height)


def _fits(layer: Layer, spec: LayerSpec, time: CueTime) -> None:
    """Refuses or warns if montage, takes and outputs do not fit together."""
    reading = time.reading
    node = spec.node.at("montage")
    name = type(layer.montage).__name__.lower()
    outputs, takes = len(layer.outputs), layer.choice.count if layer.choice else len(layer.takes)
    match layer.montage:
        case Single():
            places = outputs
        case Split(columns, rows):
            places = outputs * columns * rows
            _gap_fits(layer, layer.montage, reading, spec)
            if places == outputs:
                reading.warn(node, "a split of 1x1 is the same as `single`")
        case Span() | Canon() | Mirror():
            places = 1
            if outputs == 1:
                reading.warn(node, f"{name} on one output is the same as `single`")
            if takes > 1 and not layer.cuts:
                reading.refuse(node, f"{name} shows one picture, not {takes} takes; takes go with `single` and `split`")
                return
    _takes_fit(layer, takes, places, spec, reading)
    if isinstance(layer.montage, Canon) and time.seen and not time.stays and outputs > 1:
        last = layer.montage.delay * (outputs - 1)
        if last >= time.seen - TIME_TOLERANCE:
            told = f"{format_time(last)}, and the cue is seen for {format_time(time.seen)}"
            reading.warn(node, f"the canon reaches its last output after {told}: nothing moves there")


def _takes_fit(layer: Layer, takes: int, places: int, spec: LayerSpec, reading: Reading) -> None:
    on = f"{takes} take{'s' * (takes > 1)} on {places} place{'s' * (places > 1)}"
    if layer.cuts and takes <= places:
        reading.refuse(spec.node.at("cut"), f"cuts between {on}: nothing to cut to")
    elif takes > places and not layer.cuts:
        reading.warn(spec.node.at("takes"), f"{on}: the other takes are never seen")


def _gap_fits(layer: Layer, split: Split, reading: Reading, spec: LayerSpec) -> None:
    for name in layer.outputs:
        output = reading.outputs.get(name)
        if output is None:
            continue
        short_side = min(output.width, output.height)
        for count, side, share in (
            (split.columns, output.width, layer.place.width),
            (split.rows, output.height, layer.place.height),
        ):
            if share - split.gap * short_side / side * (count - 1) < MIN_FRACTION * count:
                reading.refuse(
                    spec.node.at("montage"), f"gaps of {split.gap:g} between {count} cells leave no room on {name!r}"
                )
                return
