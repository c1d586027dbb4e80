"""The loss of a picture: it must excite its neuron, and meet the other terms of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from installation.errors import ScoreError
from installation.studio.networks.network import Network
from installation.studio.objectives import channels
from installation.studio.objectives.colours import flatness, glare, harshness, softness
from installation.studio.objectives.directions import towards
from installation.studio.objectives.grams import difference, gram, likeness
from installation.studio.objectives.references import Seen, read_reference, sampled
from installation.studio.recipes.recipe import Settings

Activations = dict[str, Tensor]
"""Activations (1, C, h, w) by layer."""

WEAKEST = 0.1
"""Added to a strength before division, so that a silent neuron does not outweigh everything."""


class Look(NamedTuple):
    """The network's input in a step: RGB (1, 3, H, W); the places (N, 2) of its pixels, and their rows and columns,
    before it was enlarged; the transparent share of a picture with alpha, 1 without alpha."""

    picture: Tensor
    places: Tensor
    size: tuple[int, int]
    see_through: Tensor | float


class Judged(NamedTuple):
    """The loss that training minimises, and the neuron's own strength."""

    loss: Tensor
    strength: Tensor


@dataclass(frozen=True, slots=True)
class Aim:
    """A neuron, and the settings that say how its excitement is measured."""

    layer: str
    channel: int
    settings: Settings


def excitement(activations: Tensor, channel: int, settings: Settings, content: Tensor | None = None) -> Tensor:
    """The neuron's strength, from its layer's `activations` (1, C, h, w); a caricature aims at `content`."""
    if settings.objective == "caricature":
        assert content is not None
        return towards(activations, content, settings.cosine)
    if settings.objective == "direction":
        vector = torch.zeros(1, activations.shape[1], 1, 1)
        for one, weight in ((channel, 1.0), *_also(settings)):
            vector[0, one] = weight
        return towards(activations, vector, settings.cosine)
    if settings.also:
        alone = replace(settings, also=(), also_weights=())
        found = [excitement(activations, one, alone) for one in (channel, *settings.also)]
        if not settings.also_weights:
            return torch.stack(found).mean()
        return channels.weighted(found, (1.0, *settings.also_weights))
    if settings.objective == "strong_places":
        return channels.strong_places(activations, channel)
    if settings.objective == "place":
        return channels.at_place(activations, channel, settings.place)
    if settings.objective == "against_others":
        return channels.against_others(activations, channel)
    found_mean = channels.mean(activations, channel)
    return -found_mean if settings.objective == "least" else found_mean


def _also(settings: Settings) -> zip[tuple[int, float]]:
    return zip(settings.also, settings.also_weights or [1.0] * len(settings.also), strict=True)


class Judge:
    """Judges the pictures of one training. It computes the values for comparison once.

    `parent` is the picture that a child starts from, and its content unless the settings name a file. `unlike` are
    upright pictures (1, 3, H, W) whose style this one avoids. Raises ScoreError for a missing file.
    """

    def __init__(self, network: Network, aim: Aim, parent: Seen | None = None, unlike: Sequence[Tensor] = ()) -> None:
        settings = aim.settings
        self._network, self._aim, self._settings = network, aim, settings
        self._layers = _layers_of(network, aim)
        side = int(settings.size_px * settings.enlarge)
        self._content = parent
        if settings.content is not None:
            file = settings.content
            self._content = sampled(read_reference(Path(file.path), file.sha256, settings.content_seconds, side))
        self._styles: dict[str, Tensor] = {}
        with torch.no_grad():
            if settings.style is not None:
                style = read_reference(Path(settings.style.path), settings.style.sha256, 0.0, side)
                seen = network.layer_activations(style, settings.style_layers)
                self._styles = {layer: gram(seen[layer]) for layer in settings.style_layers}
            self._unlike = [gram(network.activations(one, aim.layer)) for one in unlike]

    def judge(self, look: Look, leak: float = 0.0) -> Judged:
        """The loss of all terms together, and the neuron's strength."""
        seen = self._network.layer_activations(look.picture, self._layers, leak)
        content = self._content_at(look, leak)
        strength = self._strength(seen, content) * look.see_through
        # A strength divided by itself has the gradient of its logarithm: 20 and 2000 of two networks weigh the same.
        share = _alone(strength) if self._settings.relative else strength
        if self._settings.excite != 1:
            share = self._settings.excite * share
        return Judged(self._wishes(-share, look, seen, content, leak), strength)

    def between(self, look: Look, parent: Aim, share: float) -> Tensor:
        """The loss of a picture at `share` of the road from its parent, which must excite both neurons.

        Lucid's `objectives.channel_interpolate`; each strength is divided by itself, since a road may lead from a
        strong neuron to a weak one.
        """
        seen = self._network.layer_activations(look.picture, [*self._layers, parent.layer])
        content = self._content_at(look, 0.0)
        own = _alone(self._strength(seen, content) * look.see_through)
        other = _alone(excitement(seen[parent.layer], parent.channel, parent.settings) * look.see_through)
        return self._wishes(-(share * own + (1 - share) * other), look, seen, content, 0.0)

    def _strength(self, seen: Activations, content: Activations) -> Tensor:
        aim = self._aim
        return excitement(seen[aim.layer], aim.channel, self._settings, content.get(aim.layer))

    def _content_at(self, look: Look, leak: float) -> Activations:
        """The content's activations at the places of the look; empty if no term needs them."""
        layers = [self._settings.content_layer] if self._settings.content_layer else []
        if self._settings.objective == "caricature":
            layers.append(self._aim.layer)
        if not layers or self._content is None:
            return {}
        with torch.no_grad():
            picture = enlarged(self._content(look.places, *look.size), self._settings)
            return self._network.layer_activations(picture, layers, leak)

    def _wishes(self, total: Tensor, look: Look, seen: Activations, content: Activations, leak: float) -> Tensor:
        """`total` plus all terms except the neuron's own."""
        settings = self._settings
        total = _with_colours(total, look.picture, settings)
        if settings.dream:
            felt = self._network.activations(look.picture, settings.dream_layer, leak)
            total = total - settings.dream * felt.clamp(min=0).square().mean()
        if settings.texture:
            layer, channel = _texture(self._network, settings)
            total = total - settings.texture_weight * _alone(channels.mean(seen[layer], channel))
        if self._unlike:
            total = total + settings.diversity * likeness(gram(seen[self._aim.layer]), self._unlike)
        if self._styles:
            apart = [difference(gram(seen[layer]), wanted) for layer, wanted in self._styles.items()]
            total = total + settings.style_weight * torch.stack(apart).mean()
        if settings.content_layer:
            layer = settings.content_layer
            total = total + settings.content_weight * difference(seen[layer], content[layer])
        return total


def _with_colours(total: Tensor, picture: Tensor, settings: Settings) -> Tensor:
    if settings.contrast:
        total = total + settings.contrast * flatness(picture, settings.spread)
    if settings.hold:
        total = total + settings.hold * harshness(picture, settings.most_contrast)
    if settings.calm:
        total = total + settings.calm * glare(picture)
    if settings.crisp:
        total = total + settings.crisp * softness(picture, settings.slope)
    return total


def _alone(strength: Tensor) -> Tensor:
    """A strength divided by its own size, which counts as a constant."""
    return strength / (strength.detach().abs() + WEAKEST)


def _texture(network: Network, settings: Settings) -> tuple[str, int]:
    layer, _, channel = settings.texture.partition("/")
    return layer, network.channel(layer, channel)


def _layers_of(network: Network, aim: Aim) -> list[str]:
    """All layers that one pass computes, the neuron's own first."""
    settings = aim.settings
    further = [_texture(network, settings)[0]] if settings.texture else []
    further += settings.style_layers if settings.style else ()
    further += [settings.content_layer] if settings.content_layer else []
    return list(dict.fromkeys([aim.layer, *further]))


def enlarged(picture: Tensor, settings: Settings) -> Tensor:
    """A picture (1, 3, H, W) as the network sees it."""
    if settings.enlarge == 1:
        return picture
    return functional.interpolate(picture, scale_factor=settings.enlarge, mode="bilinear")


def check_wishes(network: Network, aim: Aim, has_parent: bool) -> None:
    """ScoreError for settings whose requirements are missing, and for layers and channels that do not exist."""
    settings = aim.settings
    size_px = int(min(settings.first_size_px, settings.size_px) * settings.enlarge)
    for layer in _layers_of(network, aim):
        network.must_see(layer, size_px)
    if settings.also_weights and len(settings.also_weights) != len(settings.also):
        raise ScoreError(
            f"also_weights: {len(settings.also_weights)} numbers for {len(settings.also)} channels of `also`; "
            "give one for each"
        )
    if too_high := [one for one in settings.also if one >= network.channels(aim.layer)]:
        raise ScoreError(
            f"also: {network.name}/{aim.layer} has no channel {too_high[0]}; it has 0 to "
            f"{network.channels(aim.layer) - 1}"
        )
    if settings.style and not settings.style_layers:
        raise ScoreError("style: say in `style_layers` which layers' Gram matrices are the manner of that picture")
    if settings.style_layers and not settings.style:
        raise ScoreError("style_layers: name in `style` the picture whose manner is meant")
    needs_content = bool(settings.content_layer) or settings.objective == "caricature"
    if needs_content and not settings.content and not has_parent:
        raise ScoreError("content: a neuron without a parent needs the file of a picture or a film in `content`")
    _check_way_of_drawing(settings, needs_content)


def _check_way_of_drawing(settings: Settings, needs_content: bool) -> None:
    """ScoreError for settings that mean nothing to pictures drawn in this way."""
    if settings.even and settings.coordinates != "loop":
        raise ScoreError("even: only pictures on a loop have moments; say `coordinates: loop`, or leave it out")
    if settings.road_steps and settings.kind == "maco":
        raise ScoreError("road_steps: between phases contours travel by themselves; leave it out for kind maco")
    if settings.magnitudes and settings.kind != "maco":
        raise ScoreError("magnitudes: only kind maco keeps the magnitudes of other pictures; leave them out")
    if settings.body != "none" and (needs_content or settings.alpha):
        raise ScoreError("body: what a body wears is neither compared with a content nor transparent; leave one out")
