"""Every kind of subject that no decoder of neurons draws, by its class: to add one, add its line."""

from __future__ import annotations

from installation.picture.sources.drawer import SourceKind
from installation.show.frame import Subject

KINDS: dict[type, SourceKind] = {}


def kind_of(subject: Subject) -> SourceKind | None:
    """What draws a subject; None for neurons, which the decoder of their atlas draws."""
    return KINDS.get(type(subject))
