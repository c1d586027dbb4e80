"""Pictures of a CUDA decoder that stay on the graphics card. mixing/card_upload.py copies them into textures."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CHANNELS = 4
"""CUDA takes textures of one, two or four channels."""


class TransferRoute:
    """How one decoder's pictures reach OpenGL: on the card, until the uploader finds that impossible.

    From then on the decoder's thread fetches them, before a frame asks for them.
    """

    def __init__(self) -> None:
        self.by_host = False


class CardPixels:
    """A picture on the card: `tensor` (height, width, 4) float16, contiguous; never written after it was drawn.

    The card has drawn it when `prepare` returns. Until then only work launched later in the same stream may read it.
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
        """The shape of the picture on the host: three colours, and alpha if it has any."""
        height, width, _ = self.tensor.shape
        return height, width, 4 if self.alpha else 3

    @property
    def nbytes(self) -> int:
        return self.tensor.numel() * self.tensor.element_size()

    @property
    def is_drawn(self) -> bool:
        """Whether `prepare` returns without waiting for the card; True also if the card was lost."""
        try:
            return self._drawn is None or bool(self._drawn.query())  # type: ignore[no-untyped-call]  # torch gives it no types
        except RuntimeError:
            return True

    def prepare(self) -> None:
        """Wait, on the decoder's thread, until the card has drawn it; fetch it if pictures go through the host."""
        if self._drawn is not None:
            self._drawn.synchronize()
            self._drawn = None
        if self.route.by_host:
            self.host()

    def host(self) -> NDArray[np.float16]:
        """The pixels (height, width, 3 or 4), contiguous in the host's memory; pinned, and fetched once."""
        if self._fetched is None:
            colours = self.tensor[..., : self.shape[2]].contiguous()  # on the card, which is quicker
            pinned = torch.empty(colours.shape, dtype=colours.dtype, pin_memory=colours.is_cuda)
            pinned.copy_(colours, non_blocking=True)
            if colours.is_cuda:
                torch.cuda.current_stream(colours.device).synchronize()
            self._fetched = pinned.numpy()
        return self._fetched


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy a tensor from the host to a device. Neither waits: torch keeps the pinned memory until the copy is done."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def card_pictures(*tensors: Tensor, route: TransferRoute, alpha: bool = False) -> list[CardPixels]:
    """Pictures whose drawing was just launched, all with alpha or all without; nobody waits until `prepare`."""
    whole = [tensor.contiguous() for tensor in tensors]
    drawn = None
    if whole and whole[0].is_cuda:
        drawn = event(blocking=True)  # a waiting thread does not keep the processor busy
        drawn.record(torch.cuda.current_stream(whole[0].device))
    return [CardPixels(tensor, route, drawn, alpha=alpha) for tensor in whole]


def event(*, blocking: bool = False) -> torch.cuda.Event:
    """A CUDA event; a thread that waits for a `blocking` one does not keep the processor busy."""
    found: torch.cuda.Event = torch.cuda.Event(blocking=blocking)  # type: ignore[no-untyped-call]  # as above
    return found
