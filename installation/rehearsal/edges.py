"""Finds cameras whose view extends beyond the picture."""

from __future__ import annotations

from typing import NamedTuple

from installation.atlas.atlas import Atlas
from installation.picture.view import picture_coordinates
from installation.show.frame import LatentPoint, LayerFrame

TOLERANCE = 0.1
"""In half short sides: nobody notices smears in such a narrow strip."""


class Overreach(NamedTuple):
    """A layer whose camera sees `seen` half short sides from the middle, while the picture ends at `extent`."""

    neurons: str
    seen: float
    extent: float

    def __str__(self) -> str:
        return (
            f"the camera sees {self.seen:.1f} half short sides from the middle of {self.neurons}, whose picture goes "
            f"on to {self.extent:.2f}: beyond lie smears; zoom in {self.times:.1f} times, or show a neuron that goes "
            "farther (`installation atlas show` tells)"
        )

    @property
    def times(self) -> float:
        """The ratio of the view to the picture's extent."""
        return self.seen / self.extent


def overreach(layer: LayerFrame, size: tuple[int, int], atlas: Atlas) -> Overreach | None:
    """The worse of both directions for a layer that covers `size` pixels.

    None if the picture fills the view, has no edge, or has an unknown extent. Between two neurons, the extent is the
    mean of theirs, weighted by their shares.
    """
    subject = layer.shot.subject
    if not isinstance(subject, LatentPoint):
        return None  # a plate fades to black itself, and other subjects have no edge
    extents = [(share, atlas.extent(address)) for address, share in subject.shares]
    known = [(share, extent) for share, extent in extents if extent is not None]
    if len(known) < len(extents):
        return None
    to_picture = picture_coordinates(layer.shot.view, size[0] / size[1])
    corners = [to_picture.at(u, v) for u in (0.0, 1.0) for v in (0.0, 1.0)]
    names = " and ".join(atlas.find(address).name for address, _ in subject.shares)
    reaches = (
        (max(abs(x) for x, _ in corners), sum(share * extent.wide for share, extent in known)),
        (max(abs(y) for _, y in corners), sum(share * extent.tall for share, extent in known)),
    )
    worst = max((Overreach(names, seen, extent) for seen, extent in reaches), key=lambda one: one.times)
    return worst if worst.seen > worst.extent + TOLERANCE else None
