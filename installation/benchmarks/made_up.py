"""Neurons that no network has, for atlases of random pictures."""

from __future__ import annotations

from installation.atlas.format import Neuron

NO_SHA256 = "0" * 64

NETWORK = "made-up"


def made_up_neuron(family: str, row: int, parent: int | None) -> Neuron:
    """The neuron in a row of a family; `parent` is its parent's row."""
    return Neuron(
        address=f"{NETWORK}/{family}/{row}",
        name=f"{family}-{row}",
        network=NETWORK,
        layer=family,
        channel=row,
        label="",
        family=family,
        parent=None if parent is None else f"{NETWORK}/{family}/{parent}",
        row=row,
        activation=1.0,
        steps=1,
        seed=row,
        recipe="made up",
        code="none",
        network_sha256=NO_SHA256,
    )
