"""Any torch module as a wiring: its layers are its own submodules, tapped by name while a picture goes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from installation.errors import ScoreError
from installation.studio.networks.wirings.steps import Weights


class _SeenEnoughError(Exception):
    """Every wanted layer has its values, so the module need not compute the rest."""


class Tapped:
    """A module in evaluation mode, observed through hooks.

    Values (B, C, h, w) stay as they are; a vector (B, C) counts as one place, tokens (B, N, C) as a column of places.
    """

    def __init__(self, module: nn.Module, size_px: int, wanted: Sequence[str] = ()) -> None:
        self._module = module.eval().requires_grad_(False)
        for part in module.modules():
            if hasattr(part, "inplace"):
                part.__dict__["inplace"] = False  # else a ReLU overwrites what was tapped before it
        self.shapes = {name: tuple(value.shape) for name, value in module.state_dict().items()}
        found = self._survey(size_px)
        if unknown := [name for name in wanted if name not in found]:
            raise ScoreError(
                f"layers: the module has no {unknown[0]!r} that gives one tensor of a picture's values; "
                f"it has {', '.join(list(found)[:12])} and others"
            )
        self._channels = {name: channels for name, channels in found.items() if not wanted or name in wanted}

    @property
    def layers(self) -> tuple[str, ...]:
        """The submodules with usable outputs, in the order of computation."""
        return tuple(self._channels)

    @property
    def branches(self) -> tuple[str, ...]:
        """All layers: the module does not tell which of them repeat others."""
        return self.layers

    @property
    def labelled(self) -> tuple[str, ...]:
        """The last layer."""
        return self.layers[-1:]

    def channels(self, layer: str) -> int:
        """The number of channels of a layer."""
        return self._channels[layer]

    def smallest_px(self, layer: str) -> None:
        """Unknown for a module; `layer_activations` raises if the picture is too small."""

    def layer_activations(
        self,
        picture: Tensor,
        weights: Weights,
        wanted: Sequence[str],
        leak: float,  # noqa: ARG002  # part of the Wiring protocol
    ) -> dict[str, Tensor]:
        """Values of the wanted layers; a module's own ReLUs do not leak. ScoreError if the module fails."""
        seen: dict[str, Tensor] = {}
        waiting = set(wanted)

        def hear(name: str) -> Callable[..., Any]:
            def hook(_module: nn.Module, _arguments: object, value: Any) -> Any:
                seen.setdefault(name, _as_picture(value))  # a ReLU that runs twice counts at its first run
                waiting.discard(name)
                if not waiting:
                    raise _SeenEnoughError
                return value.clone()  # the module may add to it in place

            return hook

        self._run(picture, weights, {name: hear(name) for name in wanted})
        if waiting:
            raise ScoreError(f"layer {min(waiting)!r} was not reached; the module's forward pass leaves it out")
        return {name: seen[name] for name in wanted}

    def _survey(self, size_px: int) -> dict[str, int]:
        found: dict[str, int] = {}

        def note(name: str) -> Callable[..., None]:
            def hook(_module: nn.Module, _arguments: object, value: Any) -> None:
                if isinstance(value, Tensor) and value.ndim in (2, 3, 4):
                    found.setdefault(name, _as_picture(value).shape[1])

            return hook

        names = [name for name, _ in self._module.named_modules() if name]
        with torch.no_grad():
            picture = torch.zeros(1, 3, size_px, size_px)
            self._run(picture, self._module.state_dict(), {name: note(name) for name in names})
        if not found:
            raise ScoreError("the module has nothing to look at: no submodule's output is a tensor of a picture")
        return found

    def _run(self, picture: Tensor, weights: Weights, hooks: dict[str, Callable[..., Any]]) -> None:
        handles = [self._module.get_submodule(name).register_forward_hook(hook) for name, hook in hooks.items()]
        try:
            functional_call(self._module, dict(weights), (picture,))
        except _SeenEnoughError:
            pass
        except (RuntimeError, ValueError, TypeError, AssertionError) as error:
            high, wide = picture.shape[-2:]
            raise ScoreError(
                f"the module cannot look at a picture of {wide}x{high} pixels ({str(error).splitlines()[0]}); "
                "try the size that it was trained on"
            ) from error
        finally:
            for handle in handles:
                handle.remove()


def _as_picture(value: Tensor) -> Tensor:
    if value.ndim == 4:
        return value
    return value[..., None, None] if value.ndim == 2 else value.transpose(1, 2)[..., None]
