"""Loaders of networks: the project's wirings, torchvision and timm models, and the user's own modules."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from torch import nn

from installation.errors import DeviceError, InstallationError, ScoreError
from installation.studio.networks.card import Card
from installation.studio.networks.network import Wiring
from installation.studio.networks.wirings.googlenet import googlenet
from installation.studio.networks.wirings.graph import Graph
from installation.studio.networks.wirings.inception_v1 import inception_v1
from installation.studio.networks.wirings.inception_v3 import inception_v3
from installation.studio.networks.wirings.mobilenet_v2 import mobilenet_v2
from installation.studio.networks.wirings.squeezenet import squeezenet
from installation.studio.networks.wirings.tapped import Tapped

WIRINGS: Mapping[str, Callable[[int], Graph]] = {
    "googlenet": googlenet,
    "inception_v1": inception_v1,
    "inception_v3": inception_v3,
    "mobilenet_v2": mobilenet_v2,
    "squeezenet": squeezenet,
}
"""Word on a card -> function that builds the graph for a number of classes."""


class ShapedWiring(Wiring, Protocol):
    """A wiring that knows the tensors it needs."""

    shapes: dict[str, tuple[int, ...]]


@lru_cache(maxsize=16)
def _graph(word: str, classes: int) -> Graph:
    if word not in WIRINGS:
        raise ScoreError(f"wiring {word!r} is not known; known wirings: {', '.join(WIRINGS)}")
    return WIRINGS[word](classes)


def _by_wiring(card: Card, word: str, folder: Path) -> ShapedWiring:  # noqa: ARG001  # loaders share a signature
    return _graph(word, card.classes)


def _by_torchvision(card: Card, word: str, folder: Path) -> ShapedWiring:  # noqa: ARG001  # loaders share a signature
    library = _library("torchvision.models", "torchvision")
    known = list(library.list_models())
    if word not in known:
        raise ScoreError(f"torchvision has no model {word!r}{_near(word, known)}")
    sizes: dict[str, Any] = {"num_classes": card.classes} if card.classes else {}
    return _tapped(card, library.get_model(word, weights=None, **sizes))


def _by_timm(card: Card, word: str, folder: Path) -> ShapedWiring:  # noqa: ARG001  # loaders share a signature
    library = _library("timm", "timm")
    architecture = word.split(".")[0]  # what follows the dot names weights
    known = list(library.list_models())
    if architecture not in known:
        raise ScoreError(f"timm has no model {word!r}{_near(architecture, known)}")
    sizes: dict[str, Any] = {"num_classes": card.classes} if card.classes else {}
    return _tapped(card, library.create_model(architecture, pretrained=False, **sizes))


def _by_module(card: Card, word: str, folder: Path) -> ShapedWiring:
    package, function = word.split(":")
    with _importing_from(folder):
        try:
            made = getattr(importlib.import_module(package), function)()
        except ModuleNotFoundError as error:
            raise ScoreError(
                f"{word}: no Python module {error.name!r}; install it, or put {package}.py beside the card in {folder}"
            ) from error
        except AttributeError as error:
            raise ScoreError(f"{word}: {error}") from error
        except InstallationError:
            raise
        except Exception as error:  # a foreign module may raise anything; the message names the error
            raise ScoreError(f"{word}: the function failed: {type(error).__name__}: {error}") from error
    if not isinstance(made, nn.Module):
        raise ScoreError(f"{word} gave a {type(made).__name__}; it must give a torch.nn.Module")
    return _tapped(card, made)


Loader = Callable[[Card, str, Path], ShapedWiring]

LOADERS: Mapping[str, Loader] = {
    "wiring": _by_wiring,
    "torchvision": _by_torchvision,
    "timm": _by_timm,
    "module": _by_module,
}


def wiring_of(card: Card, folder: Path) -> ShapedWiring:
    """The wiring of the card's network; ScoreError for an unknown word, DeviceError without the library."""
    (loader,) = card.loaders
    try:
        return LOADERS[loader](card, getattr(card, loader), folder)
    except ScoreError as error:
        raise ScoreError(f"network {card.name!r}: {error}") from error


def _tapped(card: Card, module: nn.Module) -> Tapped:
    return Tapped(module, card.input.size_px, card.layers)


def _library(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except (ImportError, RuntimeError) as error:  # RuntimeError: torchvision was built for another torch
        raise DeviceError(
            f"{package} cannot be imported ({error}); pip install 'installation[{package}]', in the version that "
            "belongs to the torch at hand, or give your own module (docs/networks.md)"
        ) from error


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Let Python find modules that lie beside the card."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
