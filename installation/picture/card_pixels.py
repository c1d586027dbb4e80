"""Pictures that stay on the graphics card: what a CUDA decoder drew. mixing/card_upload.py takes them into textures."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CHANNELS = 4
"""CUDA takes textures of one, two or four channels."""


class TransferRoute:
    """How one decoder's pictures go to OpenGL: on the card, until the uploader finds it impossible.

    From then on they are fetched on the decoder's thread, before a frame asks for them.
    """

    def __init__(self) -> None:
        self.by_host = False


class CardPixels:
    """A picture on the card: `tensor` (height, width, 4) float16, contiguous; never written after it was drawn.

    It is drawn when `prepare` has returned. Until then only what is launched after it, in the same stream, may read it.
    """

    def __init__(
        self, tensor: Tensor, route: TransferRoute, drawn: torch.cuda.Event | None = None, *, alpha: bool = False
    ) -> None:
        self.tensor = tensor
        self.route = route
        self.alpha = alpha
        self._drawn = drawn
        self._fetched: NDArray[np.float16] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """As the picture's on the host: three colours, and alpha where it has that."""
        height, width, _ = self.tensor.shape
        return height, width, 4 if self.alpha else 3

    @property
    def nbytes(self) -> int:
        return self.tensor.numel() * self.tensor.element_size()

    @property
    def is_drawn(self) -> bool:
        """Whether `prepare` would not wait for the card; it does not for one that was lost, either."""
        try:
            return self._drawn is None or bool(self._drawn.query())  # type: ignore[no-untyped-call]  # torch says no types of it
        except RuntimeError:
            return True

    def prepare(self) -> None:
        """Wait, on the decoder's thread, until it is drawn; and fetch it where pictures go by the host."""
        if self._drawn is not None:
            self._drawn.synchronize()
            self._drawn = None
        if self.route.by_host:
            self.host()

    def host(self) -> NDArray[np.float16]:
        """The pixels (height, width, 3 or 4), contiguous in the host's memory; pinned, and fetched once."""
        if self._fetched is None:
            colours = self.tensor[..., : self.shape[2]].contiguous()  # on the card, where that is quick
            pinned = torch.empty(colours.shape, dtype=colours.dtype, pin_memory=colours.is_cuda)
            pinned.copy_(colours, non_blocking=True)
            if colours.is_cuda:
                torch.cuda.current_stream(colours.device).synchronize()
            self._fetched = pinned.numpy()
        return self._fetched


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor of the host on a device. Neither waits: it goes through pinned memory, which torch keeps until then."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def card_pictures(*tensors: Tensor, route: TransferRoute, alpha: bool = False) -> list[CardPixels]:
    """Pictures whose drawing was launched just now, all with alpha or none; nobody waits before their `prepare`."""
    whole = [tensor.contiguous() for tensor in tensors]
    drawn = None
    if whole and whole[0].is_cuda:
        drawn = event(blocking=True)  # whoever waits lets the processor go
        drawn.record(torch.cuda.current_stream(whole[0].device))
    return [CardPixels(tensor, route, drawn, alpha=alpha) for tensor in whole]


def event(*, blocking: bool = False) -> torch.cuda.Event:
    """An event of CUDA's; who waits for a `blocking` one lets the processor go."""
    found: torch.cuda.Event = torch.cuda.Event(blocking=blocking)  # type: ignore[no-untyped-call]  # as above
    return found
