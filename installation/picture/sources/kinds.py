"""Every kind of subject other than neurons, by its class: to add a kind, add its line."""

from __future__ import annotations

from installation.picture.sources.body_drawer import BodyDrawer
from installation.picture.sources.clips import Clips
from installation.picture.sources.descent_drawer import DescentDrawer
from installation.picture.sources.drawer import SourceKind
from installation.picture.sources.figures import Figures
from installation.picture.sources.still_images import StillImages
from installation.picture.sources.texts import Texts
from installation.show.frame import ClipMoment, Descent, Gradient, OnBody, Shape, StillImage, Subject, Words

KINDS: dict[type, SourceKind] = {
    Descent: SourceKind(DescentDrawer, of_neurons=True),
    OnBody: SourceKind(BodyDrawer, of_neurons=True),
    StillImage: SourceKind(lambda _: StillImages()),
    Shape: SourceKind(lambda _: Figures()),
    Gradient: SourceKind(lambda _: Figures()),
    Words: SourceKind(lambda _: Texts()),
    ClipMoment: SourceKind(lambda _: Clips(), every_frame=True),
}


def kind_of(subject: Subject) -> SourceKind | None:
    """The kind of a subject; None for neurons, which their atlas's decoder draws."""
    return KINDS.get(type(subject))


def is_of_neurons(subject: Subject) -> bool:
    """Whether the decoder of neurons does the work of drawing a subject."""
    kind = kind_of(subject)
    return kind is None or kind.of_neurons
