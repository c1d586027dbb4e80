"""From the words of a layer to a Layer: which outputs, which takes on which places, how opaque."""

from __future__ import annotations

from installation.language.reading import Reading
from installation.language.times import written
from installation.score.model import LayerWords, OpacityKeyWords
from installation.score.takes import SAME, CueTime, take_of
from installation.show.frame import Place
from installation.show.score import (
    OPAQUE,
    Canon,
    Key,
    Layer,
    Mirror,
    Single,
    Span,
    Split,
    Take,
    Track,
)

SMALLEST = 0.001
"""Fraction of an output: a place or cell that is narrower has no pixels."""


def layer_of(words: LayerWords, number: int, time: CueTime) -> Layer | None:
    """The layer that `words` say, `number` from 1 in its cue; None once a mistake is told."""
    outputs = _outputs(words, time.reading)
    takes = _takes(words, time)
    place = _place(words, time.reading)
    opacity = _opacity(words, time)
    if not takes or not outputs or place is None:
        return None
    layer = Layer(words.name or f"layer{number}", takes, outputs, words.montage, place, opacity, words.blend)
    _fits(layer, words, time)
    return layer


def _outputs(words: LayerWords, reading: Reading) -> tuple[str, ...]:
    if "outputs" not in words.node:
        return tuple(reading.outputs)
    for number, name in enumerate(words.outputs):
        if name in words.outputs[:number]:
            reading.refuse(words.node.at("outputs"), f"output {name!r} is listed twice")
    return words.outputs


def _takes(words: LayerWords, time: CueTime) -> tuple[Take, ...]:
    if "takes" not in words.node:
        take = take_of(words, time)
        return (take,) if take else ()
    for word in ("walk", "plate", "view"):
        if word in words.node:
            time.reading.refuse(
                words.node.entries[word][0], f"{word!r} beside takes: each take has its own, put it there"
            )
    return tuple(take for one in words.takes or () if (take := take_of(one, time)))


def _place(words: LayerWords, reading: Reading) -> Place | None:
    if len(words.place) != 4:
        return None
    x, y, width, height = words.place
    node = words.node.at("place")
    if width < SMALLEST or height < SMALLEST:
        reading.refuse(node, f"a place of {width:g} x {height:g} has nothing to show; width and height are more than 0")
        return None
    for what, start, length in (("right", x, width), ("lower", y, height)):
        if start + length > 1 + SAME:
            reading.refuse(node, f"this place ends at {start + length:g}, beyond the {what} edge of its output (1)")
            return None
    return Place(x, y, width, height)


def _opacity(words: LayerWords, time: CueTime) -> Track:
    if not isinstance(words.opacity, tuple):
        return OPAQUE if words.opacity == 1.0 else Track((Key(0.0, words.opacity),))
    keys: tuple[OpacityKeyWords, ...] = words.opacity
    times = time.rising([(one.at, one.node.at("at")) for one in keys])
    if not keys:
        return OPAQUE
    return Track(tuple(Key(at, one.value, one.ease) for at, one in zip(times, keys, strict=True)))


def _fits(layer: Layer, words: LayerWords, time: CueTime) -> None:
    """Refuse or warn where montage, takes and outputs do not go together."""
    reading = time.reading
    node = words.node.at("montage")
    name = type(layer.montage).__name__.lower()
    outputs, takes = len(layer.outputs), len(layer.takes)
    match layer.montage:
        case Single():
            places = outputs
        case Split(columns, rows):
            places = outputs * columns * rows
            _gap_fits(layer, layer.montage, reading, words)
            if places == outputs:
                reading.warn(node, "a split of 1x1 is the same as `single`")
        case Span() | Canon() | Mirror():
            places = 1
            if outputs == 1:
                reading.warn(node, f"{name} on one output is the same as `single`")
            if takes > 1:
                reading.refuse(node, f"{name} shows one picture, not {takes} takes; takes go with `single` and `split`")
                return
    if takes > places:
        reading.warn(
            words.node.at("takes"), f"{takes} takes on {places} place{'s' * (places > 1)}: the rest is never seen"
        )
    if isinstance(layer.montage, Canon) and time.seen and not time.stays and outputs > 1:
        last = layer.montage.delay * (outputs - 1)
        if last >= time.seen - SAME:
            told = f"{written(last)}, and the cue is seen for {written(time.seen)}"
            reading.warn(node, f"the canon reaches its last output after {told}: nothing moves there")


def _gap_fits(layer: Layer, split: Split, reading: Reading, words: LayerWords) -> None:
    for name in layer.outputs:
        output = reading.outputs.get(name)
        if output is None:
            continue
        short_side = min(output.width, output.height)
        for count, side, share in (
            (split.columns, output.width, layer.place.width),
            (split.rows, output.height, layer.place.height),
        ):
            if share - split.gap * short_side / side * (count - 1) < SMALLEST * count:
                reading.refuse(
                    words.node.at("montage"), f"gaps of {split.gap:g} between {count} cells leave no room on {name!r}"
                )
                return
