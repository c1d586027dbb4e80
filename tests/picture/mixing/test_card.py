"""Pictures on the card reach OpenGL without the host where that works; else by the host, and that is said once."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import Any

import moderngl
import numpy as np
import pytest
import torch

from installation.picture.card_pixels import CardPixels, TransferRoute, card_pictures
from installation.picture.mixing.card_upload import RGBA16F, CardUpload, CopyStream


class Runtime:
    """Stands in for CUDA's runtime: it keeps the order of calls that the reference asks for."""

    cudaMemcpyKind = SimpleNamespace(cudaMemcpyDeviceToDevice="device to device")  # noqa: N815

    def __init__(self, failing: str | None = None) -> None:
        self.failing = failing
        self.registered: dict[int, int] = {}
        self.mapped: set[int] = set()
        self.copies: list[tuple[Any, ...]] = []

    def _resources(self, count: int, mapped: int) -> list[int]:
        """What lies at an address."""
        return [int(handle or 0) for handle in (ctypes.c_void_p * count).from_address(mapped)]

    def _answer(self, name: str, *results: Any) -> tuple[Any, ...]:
        return (999,) if name == self.failing else (0, *results)

    def cudaGraphicsGLRegisterImage(self, image: int, target: int, flags: int) -> tuple[Any, ...]:  # noqa: N802
        assert (target, flags) == (0x0DE1, 2)
        assert image not in self.registered.values()
        if self.failing == "no resource":
            return 0, 0
        answer = self._answer("cudaGraphicsGLRegisterImage", 100 + image)
        if answer[0] == 0:
            self.registered[100 + image] = image
        return answer

    def cudaGraphicsUnregisterResource(self, resource: int) -> tuple[Any, ...]:  # noqa: N802
        assert resource not in self.mapped
        del self.registered[resource]
        return self._answer("cudaGraphicsUnregisterResource")

    def cudaGraphicsMapResources(self, count: int, resources: int, stream: int) -> tuple[Any, ...]:  # noqa: N802
        assert stream == STREAM
        wanted = self._resources(count, resources)
        assert set(wanted) <= self.registered.keys()
        assert not self.mapped, "one goes to CUDA with all others of its frame"
        answer = self._answer("cudaGraphicsMapResources")
        if answer[0] == 0:
            self.mapped.update(wanted)
        return answer

    def cudaGraphicsUnmapResources(self, count: int, resources: int, stream: int) -> tuple[Any, ...]:  # noqa: N802
        assert stream == STREAM
        self.mapped.difference_update(self._resources(count, resources))
        return self._answer("cudaGraphicsUnmapResources")

    def cudaGraphicsSubResourceGetMappedArray(self, resource: int, index: int, level: int) -> tuple[Any, ...]:  # noqa: N802
        assert resource in self.mapped
        assert (index, level) == (0, 0)
        return self._answer("cudaGraphicsSubResourceGetMappedArray", 1000 + resource)

    def cudaMemcpy2DToArrayAsync(self, *copy: Any) -> tuple[Any, ...]:  # noqa: N802
        answer = self._answer("cudaMemcpy2DToArrayAsync")
        if answer[0] == 0:
            self.copies.append(copy)
        return answer


class Stream(CopyStream):
    """Stands in for the stream of the copies: it holds all until it is closed."""

    def __init__(self, device: torch.device) -> None:
        assert device == torch.device("cpu")
        self.held: list[torch.Tensor] = []
        self.closed = False

    @property
    def handle(self) -> int:
        return STREAM

    def hold(self, tensor: torch.Tensor) -> None:
        self.held.append(tensor)

    def close(self) -> None:
        self.closed = True


STREAM = 77


def picture(route: TransferRoute | None = None) -> CardPixels:
    drawn = torch.rand(6, 5, 4, generator=torch.Generator().manual_seed(1)).half()
    return card_pictures(drawn, route=route or TransferRoute())[0]


def texture(gl: moderngl.Context) -> moderngl.Texture:
    return gl.texture((5, 6), 3, dtype="f2", alignment=1, internal_format=RGBA16F)


def test_a_picture_is_copied_on_the_card_row_by_row_and_a_texture_is_registered_once(gl: moderngl.Context) -> None:
    cuda, target, pixels = Runtime(), texture(gl), picture()
    upload = CardUpload(gl, cuda, Stream)
    upload.fill([(target, pixels)])
    upload.fill([(target, pixels)])
    row_bytes = 5 * 4 * 2
    assert (
        cuda.copies
        == [(1100 + target.glo, 0, 0, pixels.tensor.data_ptr(), row_bytes, row_bytes, 6, "device to device", 77)] * 2
    )
    assert upload.copied_on_card == 2
    upload.forget(target)
    assert not cuda.registered
    stream = upload._copies
    assert isinstance(stream, Stream)
    assert [tensor.data_ptr() for tensor in stream.held] == [pixels.tensor.data_ptr()] * 2
    upload.close()
    assert stream.closed
    target.release()


def test_the_pictures_of_a_frame_go_to_their_textures_together(gl: moderngl.Context) -> None:
    cuda, targets = Runtime(), [texture(gl) for _ in range(3)]
    upload = CardUpload(gl, cuda, Stream)
    upload.fill([(target, picture()) for target in targets])
    assert [copy[0] for copy in cuda.copies] == [1100 + target.glo for target in targets]
    assert upload.copied_on_card == 3
    assert not cuda.mapped
    upload.fill([])
    upload.close()
    for target in targets:
        target.release()


@pytest.mark.parametrize(
    "failing",
    [
        None,
        "cudaGraphicsGLRegisterImage",
        "no resource",
        "cudaGraphicsMapResources",
        "cudaMemcpy2DToArrayAsync",
    ],
)
def test_without_interop_or_when_its_context_is_lost_pictures_go_by_the_host_and_it_is_said_once(
    gl: moderngl.Context, caplog: pytest.LogCaptureFixture, failing: str | None
) -> None:
    cuda, target, pixels = Runtime(failing), texture(gl), picture()
    upload = CardUpload(gl, cuda if failing else None, Stream)
    for _ in range(3):
        upload.fill([(target, pixels)])
    framebuffer = gl.framebuffer([target])
    seen = np.frombuffer(framebuffer.read(components=3, dtype="f2"), np.float16).reshape(6, 5, 3)
    assert np.array_equal(seen, pixels.host())
    assert caplog.text.count("decoded pictures reach OpenGL through host memory") == 1
    assert (failing or "no CUDA-OpenGL interop") in caplog.text
    assert not cuda.registered
    assert not cuda.mapped
    assert upload._copies is None
    upload.close()
    upload.close()
    framebuffer.release()
    target.release()


def test_a_picture_on_the_card_looks_like_one_on_the_host() -> None:
    pixels = picture()
    assert pixels.shape == pixels.host().shape == (6, 5, 3)
    assert pixels.nbytes == 6 * 5 * 4 * 2


def test_once_pictures_go_by_the_host_they_are_fetched_before_a_frame_asks(
    gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, upload, route = texture(gl), CardUpload(gl, None), TransferRoute()
    early = picture(route)
    early.prepare()
    assert early._fetched is None, "nobody knows yet that it is needed"
    upload.fill([(target, early)])
    late, of_another_decoder = picture(route), picture()
    late.prepare()
    of_another_decoder.prepare()
    assert of_another_decoder._fetched is None, "another decoder's pictures may lie on a card that can do it"
    monkeypatch.setattr(torch, "empty", None)  # nothing more is fetched
    upload.fill([(target, late)])
    upload.close()
    target.release()


def test_pictures_that_were_lost_with_the_card_end_no_show(
    gl: moderngl.Context, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: CardPixels) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(CardPixels, "host", lost)
    target, upload = texture(gl), CardUpload(gl, None)
    for _ in range(3):
        upload.fill([(target, picture())])
    assert caplog.text.count("fetching a picture from the card failed: RuntimeError: CUDA error") == 1
    upload.close()
    target.release()
