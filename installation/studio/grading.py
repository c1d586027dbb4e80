"""Grading: the last change to a finished latent, as a film is graded after the cut.

Places365's scenes came out dark, with muted colours. In a CPPN, grading changes brightness, contrast and colour in the
last layer only, so a graded latent is an ordinary latent, and families interpolate as before.
"""

from __future__ import annotations

from torch import Tensor

from installation.studio.parameterizations import PARAMETERIZATIONS
from installation.studio.recipes.recipe import Grade, Settings


def graded(latent: Tensor, grade: Grade, settings: Settings) -> Tensor:
    """`latent` (size,) with the brightness, contrast and colour of its picture changed."""
    return latent if grade == Grade() else PARAMETERIZATIONS[settings.kind].graded(latent, grade, settings)
