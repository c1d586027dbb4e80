"""Limits of all files that people write, each with its reason."""

from __future__ import annotations

from typing import Final

FILE_BYTES: Final = 4 * 2**20
"""A score of 500 cues has some 200 kB; a larger file is not a score, and reading it would block the house."""

DEPTH: Final = 16
"""The deepest nesting of the language is 10."""

PIXELS: Final = 178_956_970
"""Pixels of one output: beyond 2 GiB for a frame of three floats, software OpenGL draws black without an error."""

SIDE_PX: Final = (16, 16384)
"""Below this nobody sees a picture; every graphics card with GL 4 has textures of 16384."""

STILL_SIDE_PX: Final = 300_000
"""The longest side of a still or a print, which is drawn in tiles: 25 m at 300 dpi, exact to 0.01 pixel."""

OUTPUTS: Final = 32
"""Twice what one machine can drive today (4 cards of 4 heads)."""

SECONDS: Final = 24 * 3600.0
"""One day: to run longer, use a loop."""

SHARE: Final = (0.0, 1.0)
"""Opacity, softness and places are fractions."""

WORD: Final = 64
"""Characters of a name that a desk addresses, so that it fits on a console's button."""

TEXT: Final = 500
"""Characters of a title or a sentence."""
