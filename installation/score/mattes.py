"""Mattes in a score: layers that decide where other layers are visible, and layers that guide effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from installation.language.nodes import Node
from installation.language.reading import Reading, nearest
from installation.score.cue_time import CueTime
from installation.score.model import CueSpec, LayerSpec, MatteSpec
from installation.score.takes import take_of
from installation.show.frame import Matte
from installation.show.score import Layer


def with_mattes(cue: CueSpec, layers: Sequence[Layer], time: CueTime) -> tuple[Layer, ...]:
    """The layers of a cue with their mattes; a matte with its own picture becomes a layer that is not shown.

    If a layer of the cue could not be read, it returns the layers unchanged.
    """
    if len(layers) != len(cue.layers):
        return tuple(layers)
    by_name = {layer.name: spec for layer, spec in zip(layers, cue.layers, strict=True)}
    found: list[Layer] = []
    named: set[str] = set()
    for layer, spec in zip(layers, cue.layers, strict=True):
        for node, guide in guides_of(spec):
            if _is_there(guide, layer, node, by_name, time.reading):
                named.add(guide)
        if spec.matte is None:
            found.append(layer)
            continue
        told = spec.matte if isinstance(spec.matte, MatteSpec) else None
        name = told.layer if told else str(spec.matte)
        if told and name is None:
            take = take_of(told, time)
            name = f"{layer.name}-matte"
            if take is not None:
                own = (layer.outputs, layer.montage, layer.place)
                found.append(Layer(name, (take,), *own, is_matte=True))
        elif name is not None and _is_there(name, layer, spec.node.at("matte"), by_name, time.reading):
            named.add(name)
        matte = Matte(name or "", told.use if told else "brightness", told.invert if told else False)
        found.append(replace(layer, matte=matte))
    return tuple(replace(layer, is_matte=True) if layer.name in named else layer for layer in found)


def guides_of(spec: LayerSpec) -> list[tuple[Node, str]]:
    """The layers that guide effects of a layer, each with the node that names it."""
    effects = (*((spec.isf,) if spec.isf else ()), *spec.effects)
    return [guide for effect in effects for guide in effect.by]


def _is_there(name: str, layer: Layer, node: Node, by_name: dict[str, LayerSpec], reading: Reading) -> bool:
    if name == layer.name:
        reading.refuse(node, f"layer {name!r} cannot guide itself: name another layer of the cue")
    elif name not in by_name:
        others = ", ".join(one for one in by_name if one != layer.name) or "no other"
        reading.refuse(node, f"layer {name!r} is not in this cue; it has {others}{nearest(name, by_name)}")
    elif by_name[name].matte is not None or guides_of(by_name[name]):
        reading.refuse(
            node, f"layer {name!r} is guided by another itself; what guides a layer has nothing but its own light"
        )
    else:
        return True
    return False
