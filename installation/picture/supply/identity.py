"""Which layer of a frame is which of the frame before: the names under which layers stay the same, and their tracks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from installation.picture.supply.supply import LayerKey, Sizes, layers_of
from installation.picture.supply.track import KeyPictureTrack
from installation.show.frame import Frame, Shot

LayerIdentity = tuple[str, str, int, str, int]
"""Output, cue, which of several cues of that name; layer, which of several layers of that name."""

LayerShot = tuple[LayerKey, Shot, tuple[int, int]]
"""A layer of a frame: where it lies in it, what it shows, and how many pixels (width, height) its place has."""


def identities(frame: Frame, sizes: Sizes) -> dict[LayerIdentity, LayerShot]:
    """The layers of a frame under names that stay the same from frame to frame."""
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
    """The tracks of a frame's layers: those of the frame before that go on, and new ones.

    A morph shows what was seen under another name: such a layer goes on from one that is gone.
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
