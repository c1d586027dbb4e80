"""A morph: the layers of one cue travel into those of the next, shot by shot."""

from __future__ import annotations

from installation.show.camera import CameraMove
from installation.show.compiled_score import Layers
from installation.show.frame import Effect, LatentPoint, LayerFrame, Place, Shot

LayerPair = tuple[LayerFrame | None, LayerFrame | None]


def morphed(old: Layers, new: Layers, share: float) -> Layers | None:
    """The layers of one output at a share of the way; None if a pair cannot travel and the cues must dissolve.

    Layers pair up by name, the rest by their order; a layer without a partner fades. A pair cannot travel if its
    blend modes, kinds of effects, mattes or mirroring differ, or its subjects differ and are not both latent points.
    """
    pairs = _pairs(old, new)
    if not all(_travels(before, after) for before, after in pairs):
        return None
    if share <= 0.0:
        return old
    if share >= 1.0:
        return new
    return tuple(_between(before, after, share) for before, after in pairs)


def _pairs(old: Layers, new: Layers) -> list[LayerPair]:
    """Pairs of old and new layers, back to front in the new order; old layers without a partner lie beneath."""
    left = list(old)
    partners: list[LayerFrame | None] = []
    for layer in new:
        partner = next((other for other in left if other.name == layer.name), None)
        if partner is not None:
            left.remove(partner)
        partners.append(partner)
    for index, partner in enumerate(partners):
        if partner is None and left:
            partners[index] = left.pop(0)
    return [*((layer, None) for layer in left), *zip(partners, new, strict=True)]


def _travels(before: LayerFrame | None, after: LayerFrame | None) -> bool:
    if before is None or after is None:
        return True
    if (before.matte, before.is_matte) != (after.matte, after.is_matte):
        return False
    if [(one.kind, one.by) for one in before.effects] != [(one.kind, one.by) for one in after.effects]:
        return False
    if before.blend != after.blend or before.shot.view.mirrored != after.shot.view.mirrored:
        return False
    if isinstance(before.shot.subject, LatentPoint) and isinstance(after.shot.subject, LatentPoint):
        return True
    return before.shot.subject == after.shot.subject


def _between(before: LayerFrame | None, after: LayerFrame | None, share: float) -> LayerFrame:
    if before is None or after is None:
        if before is not None:
            return before._replace(opacity=before.opacity * (1.0 - share))
        assert after is not None
        return after._replace(opacity=after.opacity * share)
    return LayerFrame(
        after.name,
        _shot(before.shot, after.shot, share),
        _place(before.place, after.place, share),
        before.opacity + (after.opacity - before.opacity) * share,
        after.blend,
        tuple(_effect(old, new, share) for old, new in zip(before.effects, after.effects, strict=True)),
        after.matte,
        after.is_matte,
    )


def _effect(before: Effect, after: Effect, share: float) -> Effect:
    values = tuple(old + (new - old) * share for old, new in zip(before.values, after.values, strict=True))
    return after._replace(values=values)


def _shot(before: Shot, after: Shot, share: float) -> Shot:
    subject = after.subject
    if isinstance(before.subject, LatentPoint) and isinstance(after.subject, LatentPoint):
        subject = mixed(before.subject, after.subject, share)
    view = CameraMove(before.view, after.view).at(share)
    return Shot(subject, view._replace(mirrored=after.view.mirrored))


def mixed(before: LatentPoint, after: LatentPoint, share: float) -> LatentPoint:
    """The point between two points: the neurons of both, each with its share, in the order of their addresses."""
    if before == after or share >= 1.0:
        return after
    if share <= 0.0:
        return before
    shares: dict[str, float] = {}
    for point, part in ((before, 1.0 - share), (after, share)):
        for neuron, weight in point.shares:
            shares[neuron] = shares.get(neuron, 0.0) + weight * part
    around = (after.phase - before.phase + 0.5) % 1.0 - 0.5  # the shorter way around
    phase = (before.phase + around * share) % 1.0
    return LatentPoint(tuple(sorted(item for item in shares.items() if item[1] > 0.0)), phase)


def _place(before: Place, after: Place, share: float) -> Place:
    if before == after:
        return after
    return Place(
        before.x + (after.x - before.x) * share,
        before.y + (after.y - before.y) * share,
        before.width + (after.width - before.width) * share,
        before.height + (after.height - before.height) * share,
    )
