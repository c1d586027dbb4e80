"""Text over time: typed or rolling words with values of the show in them, and captions that name the visible neuron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from installation.show.camera import cell_at
from installation.show.expressions import Parameters, number
from installation.show.frame import LatentPoint, LayerFrame, Plate, Shot, ShowValue, Words
from installation.show.score import Cue, Text


@dataclass(frozen=True, slots=True)
class TimedText:
    """A text in a place of width / height `aspect`; see subjects.TimedSubject. `captioned` adds the show's values."""

    text: Text
    aspect: float

    def at(self, seconds: float, parameters: Parameters) -> Words:
        text = self.text
        parts = tuple(
            part if isinstance(part, str | ShowValue) else _in_figures(number(part, parameters)) for part in text.parts
        )
        shown = 1.0 if text.typed_seconds is None else min(seconds / text.typed_seconds, 1.0)
        rolled = None if text.roll_seconds is None else min(seconds / text.roll_seconds, 1.0)
        return Words(parts, text.style, number(text.size, parameters), shown, rolled, self.aspect)


def _in_figures(value: float) -> str:
    """A parameter's value for people to read: at most two decimals."""
    figures = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if figures == "-0" else figures


def captioned(layers: Sequence[LayerFrame], cue: Cue, names: Mapping[str, str]) -> tuple[LayerFrame, ...]:
    """The layers of one output with every text spelled out: with the show's values, and the letters typed by now.

    `names` maps neurons' addresses to their names.
    """
    neuron: str | None = None
    found = []
    for layer in layers:
        words = layer.shot.subject
        if isinstance(words, Words):
            if neuron is None:
                neuron = _seen_neuron(layers)
            words = _spelled_out(words, _values(cue, neuron, names))
            layer = layer._replace(shot=Shot(words, layer.shot.view))
        found.append(layer)
    return tuple(found)


def _spelled_out(words: Words, values: Mapping[str, str]) -> Words:
    text = "".join(part if isinstance(part, str) else values[part.name] for part in words.parts)
    if words.shown >= 1.0:
        return replace(words, parts=(text,))
    count = int(words.shown * len(text))
    return replace(words, parts=(text,), shown=count / max(len(text), 1))


def _values(cue: Cue, neuron: str, names: Mapping[str, str]) -> dict[str, str]:
    """The values of SHOW_VALUES by name; those of the neuron are empty if none is visible."""
    network, _, rest = neuron.partition("/")
    layer, _, channel = rest.rpartition("/")
    return {
        "cue": cue.name,
        "cue_id": cue.id,
        "neuron": names.get(neuron) or neuron,
        "address": neuron,
        "network": network,
        "layer": layer,
        "network_layer": f"{network}/{layer}" if neuron else "",
        "channel": channel,
    }


SHOW_VALUES = tuple(_values(Cue("", "", 0.0, ()), "", {}))
"""The values of the show that a text may name, such as `$show.cue`."""


def seen_shares(layers: Sequence[LayerFrame]) -> tuple[tuple[str, float], ...]:
    """The neurons (addresses) in the topmost visible layer of neurons, with their shares; of a plate the cell in the
    middle of the view. Empty if there are none."""
    for layer in reversed(layers):
        subject, view = layer.shot
        if isinstance(subject, LatentPoint) and subject.shares and layer.opacity > 0:
            return subject.shares
        if isinstance(subject, Plate) and layer.opacity > 0:
            cell = cell_at(subject, view)
            return ((cell, 1.0),) if cell else ()
    return ()


def _seen_neuron(layers: Sequence[LayerFrame]) -> str:
    """The address of the neuron with the largest share in the topmost visible layer of neurons; empty for none."""
    return max(seen_shares(layers), key=lambda share: share[1], default=("", 0.0))[0]
