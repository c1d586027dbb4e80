"""Matches a frame's layers with the frame before: identities that stay the same, and the layers' tracks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from installation.picture.supply.supply import LayerKey, Sizes, layers_of
from installation.picture.supply.track import KeyPictureTrack
from installation.show.frame import Frame, Shot

LayerIdentity = tuple[str, str, int, str, int]
"""Output, cue, index among cues of that name; layer, index among layers of that name."""

LayerShot = tuple[LayerKey, Shot, tuple[int, int]]
"""A layer of a frame: its key, its shot, and the size of its place in pixels (width, height)."""


def identities(frame: Frame, sizes: Sizes) -> dict[LayerIdentity, LayerShot]:
    """A frame's layers by identities that stay the same from frame to frame."""
    cues: dict[tuple[str, int], tuple[str, int]] = {}
    for output in frame.outputs:
        seen: Counter[str] = Counter()
        for number, cue in enumerate(output.cues):
            cues[output.output, number] = (cue.cue, seen[cue.cue])
            seen[cue.cue] += 1
    named: dict[LayerIdentity, LayerShot] = {}
    layers: Counter[tuple[str, int, str]] = Counter()
    for key, layer, size_px in layers_of(frame, sizes):
        output_name, cue_number, _ = key
        place = (output_name, cue_number, layer.name)
        named[output_name, *cues[output_name, cue_number], layer.name, layers[place]] = (key, layer.shot, size_px)
        layers[place] += 1
    return named


def continued_tracks(
    before: Mapping[LayerIdentity, KeyPictureTrack], number: int, named: Mapping[LayerIdentity, LayerShot]
) -> dict[LayerIdentity, KeyPictureTrack]:
    """The tracks of a frame's layers: continued from the frame before, or new.

    A morph continues a picture under another name: such a layer continues the track of a layer that is gone.
    """
    gone = [track for identity, track in before.items() if identity not in named]
    tracks: dict[LayerIdentity, KeyPictureTrack] = {}
    for identity, (_, shot, size_px) in named.items():
        output = identity[0]
        possible = [before[identity]] if identity in before else [one for one in gone if one.output == output]
        track = next((one for one in possible if one.goes_on(number, shot, size_px)), None)
        if track in gone:
            gone.remove(track)
        tracks[identity] = track or KeyPictureTrack(number, size_px, output)
        tracks[identity].see(number, shot)
    return tracks
