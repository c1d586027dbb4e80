"""Every bound of the language in one table, each with its reason."""

from __future__ import annotations

from typing import Final

PARAMETERS: Final = 256
"""More than any console page shows."""

CUES: Final = 10_000
"""More than a night of one cue every three seconds."""

CLOCK_TIMES: Final = 1440
"""Of one cue: every minute of a day."""

OPEN_WAYS: Final = 2_000
"""Ways between neurons that an even walk leaves to chance: all of them are measured before the show, some a second."""

CAMERAS: Final = 256
"""More than anybody can name."""

DRIFT: Final = (0.0001, 1.0)
"""In halves of what is seen: beyond, the picture is out of the frame."""

DRIFT_DEGREES: Final = (0.0, 90.0)
"""A quarter turn: beyond, nobody holds a camera so."""

BEATS: Final = 256
"""Of a rhythm: more is a list of cues."""

BRANCHES: Final = 256
"""Of one cue: more than anybody can distinguish."""

WEIGHT: Final = (0.001, 1000.0)
"""Of a branch: once in a million is never."""

LAYERS: Final = 16
"""Layers of one cue: each is decoded on each of its outputs; a wall holds 8 at full rate."""

TAKES: Final = 256
"""A grid of 16 x 16 pictures on one output; smaller ones are better made as a plate."""

SPLIT: Final = (1, 16)
"""Columns and rows of a split, for the same reason."""

CURVE_POINTS: Final = 256
"""Of a parameter's curve: more than the steps of a fader that sends bytes."""

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
"""One after the other on one picture: each but the pointwise ones is a pass or more over all of its pixels."""

FIGURE: Final = (0.001, 100.0)
"""A side of a shape in short sides of its place: from less than a pixel to far beyond it."""

CORNERS: Final = (0.0, 10.0)
"""Round or soft, in short sides of the place."""

ECHOES: Final = 8
"""Each is the layer once more: decoded, and drawn."""

ECHO_SECONDS: Final = 8.0
"""So long control remembers what its faders did."""

ECHO_FADE: Final = (0.01, 1.0)
"""From one age to the next: below, an echo is not seen; above, the past would be stronger than the present."""

GAP: Final = (0.0, 0.5)
"""Between cells, in fractions: beyond half a cell more is gap than picture."""

SPAN_GAP: Final = (0.0, 4.0)
"""Between screens, in heights of an output: beyond, nobody sees one picture any more."""

BODY_SIZE: Final = (0.05, 3.0)
"""Reach of a body in half short sides: beyond, the eye would stand in it."""

WORLD_RADIUS: Final = (0.02, 0.5)
"""Of the place in a picture where another one lies: below, the way down is mostly flat colour, beyond, two pictures are
one."""

ZOOM: Final = (0.001, 1000.0)
"""A CPPN is float32: beyond a thousandfold its steps are seen."""

CENTRE: Final = (-1000.0, 1000.0)
"""Where the camera may stand: far outside the trained square (-1..1), where a CPPN is plain colour anyway."""

DEGREES: Final = (-36_000.0, 36_000.0)
"""A hundred turns either way: beyond, a float32 angle is no longer exact to a pixel."""

INPUT: Final = (-1e9, 1e9)
"""What a sensor may send: from raw counts of 30 bits to fractions."""

TEXT_LETTERS: Final = 10_000
"""Of one text: some pages, more than anybody reads on a wall."""

TEXT_SIZE: Final = (0.001, 20.0)
"""Height of a letter in short sides of its place: from what nobody can read to one that fills a wall."""

FONTS: Final = 16
"""From which the letters of one text may come."""

FONT_WEIGHT: Final = (1, 1000)
"""As OpenType has it."""

MARGIN: Final = (0.0, 0.45)
"""Around a text, in short sides of its place: beyond, no room is left."""

TRACKING: Final = (-0.5, 10.0)
"""Between letters, in heights of a letter: below, they lie over each other."""

CLIP_RATE: Final = (0.001, 100.0)
"""Times the rate of a film: below, a frame stands for an hour; above, nobody sees what it was."""

LEADING: Final = (0.1, 20.0)
"""Distance from line to line, in em."""

OUTLINE: Final = (0.0, 0.5)
"""Width of a line around letters, in heights of a letter: beyond, they run into one another."""

PARAMETER: Final = (-36_000.0, 36_000.0)
"""Every value that a parameter may stand for lies in here."""

SEED: Final = (0, 2**32 - 1)
"""Fits every generator."""

SOUNDS = 16
"""In one cue: more are better mixed beforehand."""
