"""All limits of the language in one table, each with its reason."""

from __future__ import annotations

from typing import Final

PARAMETERS: Final = 256
"""More than any console page shows."""

CUES: Final = 10_000
"""More than a night of one cue every three seconds."""

CLOCK_TIMES: Final = 1440
"""Start times of one cue: every minute of a day."""

OPEN_WAYS: Final = 2_000
"""Random ways between neurons in an even walk: the player measures all before the show, a few per second."""

CAMERAS: Final = 256
"""More than anybody can name."""

DRIFT: Final = (0.0001, 1.0)
"""In halves of the visible picture: beyond 1, the picture leaves the frame."""

DRIFT_DEGREES: Final = (0.0, 90.0)
"""Up to a quarter turn: nobody turns a hand-held camera further."""

BEATS: Final = 256
"""Beats of a rhythm: a longer one should be a list of cues."""

BRANCHES: Final = 256
"""Branches of one cue: more than anybody can distinguish."""

WEIGHT: Final = (0.001, 1000.0)
"""The weight of a branch: once in a million is never."""

LAYERS: Final = 16
"""Layers of one cue: the player decodes each on each of its outputs; a wall keeps its full rate with 8."""

TAKES: Final = 256
"""A grid of 16 x 16 pictures on one output; for smaller pictures a plate is better."""

SPLIT: Final = (1, 16)
"""Columns and rows of a split, for the same reason."""

CURVE_POINTS: Final = 256
"""Points of a parameter's curve: as many as a fader that sends bytes has steps."""

OSC_ADDRESS: Final = 200
"""Characters: a packet with it still fits into the 512 bytes that every console sends."""

KEYS: Final = 4096
"""Keys of one track: more is recorded data, which belongs at the desk."""

STOPS: Final = 4096
"""Neurons of one walk or plate: more than the largest layer of the networks in use has (2,048)."""

COLUMNS: Final = (1, 4096)
"""Columns of a plate, for the same reason."""

FRAMES_PER_SECOND: Final = (1, 240)
"""From slide show to the fastest projectors."""


EFFECTS: Final = 16
"""Effects in a row on one picture: each, except pointwise ones, takes at least one pass over all pixels."""

FIGURE: Final = (0.001, 100.0)
"""A side of a shape in short sides of its place: from less than a pixel to far beyond it."""

CORNERS: Final = (0.0, 10.0)
"""Roundness or softness, in short sides of the place."""

ECHOES: Final = 8
"""Echoes of a layer: the player decodes and draws the layer once more for each."""

ECHO_SECONDS: Final = 8.0
"""How long control remembers the motion of its faders."""

ECHO_FADE: Final = (0.01, 1.0)
"""From one age to the next: below, an echo is invisible; above, the past would be stronger than the present."""

GAP: Final = (0.0, 0.5)
"""Gap between cells, as a fraction of a cell: beyond half there is more gap than picture."""

SPAN_GAP: Final = (0.0, 4.0)
"""Gap between screens, in heights of an output: beyond, nobody sees a single picture any more."""

BODY_SIZE: Final = (0.05, 3.0)
"""The reach of a body in half short sides: beyond, the camera would be inside it."""

WORLD_RADIUS: Final = (0.02, 0.5)
"""Radius of the place in a picture that holds the next picture: below, the descent shows mostly flat colour; beyond,
the two pictures merge."""

ZOOM: Final = (0.001, 1000.0)
"""A CPPN is float32: beyond a thousandfold zoom its steps are visible."""

CENTRE: Final = (-1000.0, 1000.0)
"""The camera's position: far outside the trained square (-1..1), where a CPPN is a plain colour."""

DEGREES: Final = (-36_000.0, 36_000.0)
"""A hundred turns either way: beyond, a float32 angle is no longer exact to a pixel."""

INPUT: Final = (-1e9, 1e9)
"""The values of a sensor: from raw counts of 30 bits to fractions."""

TEXT_LETTERS: Final = 10_000
"""Letters of one text: several pages, more than anybody reads on a wall."""

TEXT_SIZE: Final = (0.001, 20.0)
"""Height of a letter in short sides of its place: from illegible to larger than a wall."""

FONTS: Final = 16
"""The most fonts of one text."""

FONT_WEIGHT: Final = (1, 1000)
"""The range of OpenType."""

MARGIN: Final = (0.0, 0.45)
"""Margin around a text, in short sides of its place: beyond, no room is left."""

TRACKING: Final = (-0.5, 10.0)
"""Space between letters, in heights of a letter: below, they overlap completely."""

CLIP_RATE: Final = (0.001, 100.0)
"""Factor of a film's rate: below, a frame stays for an hour; above, nobody recognizes the film."""

LEADING: Final = (0.1, 20.0)
"""Distance from line to line, in em."""

OUTLINE: Final = (0.0, 0.5)
"""Width of an outline around letters, in heights of a letter: beyond, letters merge."""

PARAMETER: Final = (-36_000.0, 36_000.0)
"""The range of every value that a parameter may replace."""

SEED: Final = (0, 2**32 - 1)
"""Fits every generator."""

SOUNDS = 16
"""Sounds in one cue: mix more of them beforehand."""
