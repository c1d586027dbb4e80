"""Copies pictures on the graphics card into OpenGL textures.

CUDA's OpenGL interop copies a picture from the decoder's memory into a texture on the card, without the host. The copy
has its own stream: it waits for no picture in progress, and no frame waits for it. This needs the `cuda` extra
(cuda-python) and one card for both. If it fails, the log says so once; then the decoder's thread fetches pictures into
pinned memory, and a pixel buffer uploads them. **Not run on a card yet**: written from NVIDIA's reference of the
runtime API, and tested against a stand-in that follows its rules.
"""

from __future__ import annotations

import ctypes
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import moderngl
import torch
from torch import Tensor

from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.owner import Owner
from installation.picture.card_pixels import CHANNELS, CardPixels, event

log = logging.getLogger(__name__)

TEXTURE_2D = 0x0DE1
"""OpenGL's constant."""

RGBA16F = 0x881A
"""OpenGL's constant for the format of all pictures' textures. Pictures of 3 channels use it too: with one format
llvmpipe compiles each program once. Half floats, because llvmpipe samples 8 bits no faster, and gradients keep the
precision that the dither needs."""

WRITE_DISCARD = 2
"""cudaGraphicsRegisterFlagsWriteDiscard: CUDA writes the whole texture and reads nothing of it."""


class CopyStream(Owner):
    """The CUDA stream that copies into textures, and the pictures that it still reads.

    It comes from torch's pool, whose streams are never destroyed and wait for no other stream. It has high priority, so
    a copy is not queued behind the tiles of the next pictures.
    """

    def __init__(self, device: torch.device) -> None:
        made: torch.cuda.Stream = torch.cuda.Stream(device, priority=-1)  # type: ignore[no-untyped-call]  # as above
        self._stream = made
        self._read: deque[tuple[torch.cuda.Event, Tensor]] = deque()

    @property
    def handle(self) -> int:
        """CUDA's handle of the stream."""
        return int(self._stream.cuda_stream)

    def hold(self, tensor: Tensor) -> None:
        """Keep a picture's memory until it is copied."""
        copied = event()
        copied.record(self._stream)
        self._read.append((copied, tensor))
        while self._read and self._read[0][0].query():  # type: ignore[no-untyped-call]  # as above
            self._read.popleft()

    def close(self) -> None:
        """Wait for the copies in progress, unless the card was lost."""
        with suppress(RuntimeError):
            self._stream.synchronize()
        self._read.clear()


class Runtime(Protocol):
    """The used part of cuda.bindings.runtime: every function returns an error (0 = none) and its results."""

    cudaMemcpyKind: Any  # noqa: N815  # CUDA's

    def cudaGraphicsGLRegisterImage(self, image: int, target: int, flags: int) -> Sequence[Any]: ...  # noqa: N802  # CUDA's
    def cudaGraphicsUnregisterResource(self, resource: Any) -> Sequence[Any]: ...  # noqa: N802  # CUDA's
    def cudaGraphicsMapResources(self, count: int, resources: int, stream: int) -> Sequence[Any]: ...  # noqa: N802  # CUDA's
    def cudaGraphicsUnmapResources(self, count: int, resources: int, stream: int) -> Sequence[Any]: ...  # noqa: N802  # CUDA's
    def cudaGraphicsSubResourceGetMappedArray(self, resource: Any, index: int, level: int) -> Sequence[Any]: ...  # noqa: N802  # CUDA's
    def cudaMemcpy2DToArrayAsync(  # noqa: N802  # CUDA's
        self, array: Any, left: int, top: int, source: int, pitch: int, width: int, height: int, kind: Any, stream: int
    ) -> Sequence[Any]: ...


def runtime() -> Runtime | None:
    """CUDA's runtime from cuda-python; None if that or a card is missing."""
    if not torch.cuda.is_available() or find_spec("cuda") is None or find_spec("cuda.bindings") is None:
        return None
    try:
        found: Runtime = import_module("cuda.bindings.runtime")
    except (ImportError, OSError, RuntimeError) as error:  # a binding for another driver, or half of one
        log.warning("cuda-python cannot be loaded: %s", error)
        return None
    return found


class CardUpload:
    """Fills textures with pictures from the card's memory; belongs to the thread of the GL context.

    `cuda` is CUDA's runtime, or None. A texture is registered when first filled; call `forget` before you release it.
    The first failure is logged, and from then on pictures go through the host. `copies` makes the stream.
    """

    def __init__(
        self,
        context: moderngl.Context,
        cuda: Runtime | None,
        copies: Callable[[torch.device], CopyStream] = CopyStream,
    ) -> None:
        self._context = context
        self._cuda = cuda
        self._make_copies = copies
        self._copies: CopyStream | None = None
        self._registered: dict[int, Any] = {}
        self._buffer: moderngl.Buffer | None = None
        self._is_by_host = False
        self._failures = FailureLog(log)
        self.copied_on_card = 0

    def fill(self, pictures: Sequence[tuple[moderngl.Texture, CardPixels]]) -> None:
        """Copy pictures into RGBA16F textures of the same sizes.

        Give it all pictures of a frame at once: CUDA and OpenGL wait for each other at every handover of textures.
        """
        if not pictures:
            return
        if self._cuda is None:
            self._go_by_host("there is no CUDA-OpenGL interop here (install the extra `cuda` for it)")
        else:
            try:
                self._copy(self._cuda, pictures)
            except (DeviceError, RuntimeError, TypeError, ValueError) as error:  # The bindings raise all but the first.
                self._go_by_host(str(error))
                self._give_up()
            else:
                self.copied_on_card += len(pictures)
                return
        for texture, pixels in pictures:
            pixels.route.by_host = True
            with self._failures.guard("fetching a picture from the card", RuntimeError):
                self._by_host(texture, pixels)  # the pictures of a lost card are gone

    def forget(self, texture: moderngl.Texture) -> None:
        """Unregister a texture before its release."""
        resource = self._registered.pop(texture.glo, None)
        if resource is not None and self._cuda is not None:
            self._cuda.cudaGraphicsUnregisterResource(resource)  # An error here has no remedy.

    def _copy(self, cuda: Runtime, pictures: Sequence[tuple[moderngl.Texture, CardPixels]]) -> None:
        if self._copies is None:
            self._copies = self._make_copies(pictures[0][1].tensor.device)
        stream = self._copies.handle
        resources = [self._resource(cuda, texture) for texture, _ in pictures]
        handles = (ctypes.c_void_p * len(resources))(*map(int, resources))
        mapped = ctypes.addressof(handles)
        _result("cudaGraphicsMapResources", cuda.cudaGraphicsMapResources(len(resources), mapped, stream))
        try:
            for resource, (_, pixels) in zip(resources, pictures, strict=True):
                found = cuda.cudaGraphicsSubResourceGetMappedArray(resource, 0, 0)
                array = _result("cudaGraphicsSubResourceGetMappedArray", found)
                height, width, _ = pixels.shape
                row_bytes = width * CHANNELS * pixels.tensor.element_size()
                source, kind = pixels.tensor.data_ptr(), cuda.cudaMemcpyKind.cudaMemcpyDeviceToDevice
                copied = cuda.cudaMemcpy2DToArrayAsync(array, 0, 0, source, row_bytes, row_bytes, height, kind, stream)
                _result("cudaMemcpy2DToArrayAsync", copied)
                self._copies.hold(pixels.tensor)
        finally:
            # From here on OpenGL's drawing waits for the copies, and nothing else does.
            unmapped = cuda.cudaGraphicsUnmapResources(len(resources), mapped, stream)
        _result("cudaGraphicsUnmapResources", unmapped)

    def _resource(self, cuda: Runtime, texture: moderngl.Texture) -> Any:
        """CUDA's resource for a texture. Raises DeviceError for a null resource: cuda-python 12.9.3 returns it without
        an error."""
        if texture.glo not in self._registered:
            found = _result(
                "cudaGraphicsGLRegisterImage", cuda.cudaGraphicsGLRegisterImage(texture.glo, TEXTURE_2D, WRITE_DISCARD)
            )
            if int(found) == 0:
                raise DeviceError("cudaGraphicsGLRegisterImage gave no resource; another version of cuda-python may")
            self._registered[texture.glo] = found
        return self._registered[texture.glo]

    def _by_host(self, texture: moderngl.Texture, pixels: CardPixels) -> None:
        """Upload through a pixel buffer; the driver copies from it while the frame goes on."""
        data = pixels.host()
        if self._buffer is None or self._buffer.size < data.nbytes:
            self._release_buffer()
            self._buffer = self._context.buffer(reserve=data.nbytes, dynamic=True)
        self._buffer.orphan()
        self._buffer.write(data)
        texture.write(self._buffer)

    def _release_buffer(self) -> None:
        if self._buffer is not None:
            self._buffer.release()
            self._buffer = None

    def _go_by_host(self, why: str) -> None:
        if not self._is_by_host:
            self._is_by_host = True
            log.warning("decoded pictures reach OpenGL through host memory: %s", why)

    def _give_up(self) -> None:
        """Unregister all textures and close the stream; errors are ignored, because a lost context has lost its
        textures."""
        cuda, self._cuda = self._cuda, None
        for resource in self._registered.values():
            if cuda is not None:
                cuda.cudaGraphicsUnregisterResource(resource)
        self._registered.clear()
        if self._copies is not None:
            self._copies.close()
            self._copies = None

    def close(self) -> None:
        """Unregister all textures, which their owners release, and release the buffer."""
        self._give_up()
        self._release_buffer()


def _result(name: str, answer: Sequence[Any]) -> Any:
    """The result of a call to the runtime; raises DeviceError for its error."""
    error, *results = answer
    if int(error) != 0:
        raise DeviceError(f"{name} failed with {getattr(error, 'name', error)}")
    return results[0] if results else None
