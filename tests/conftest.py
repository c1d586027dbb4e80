"""Fixtures for everything that draws: a GL context that must stay clean, golden pictures, screens and monitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import installation.picture.decoding.choosing.load_order  # noqa: F401  # before the first context: a later test may train
from installation.benchmarks.dummy_monitors import SMALL, DummyMonitors, three_monitors
from installation.errors import DeviceError
from installation.outputs.headless import Headless
from tests.outputs.screen import Screen, white_screen

GOLDEN = Path(__file__).parent / "golden"
TOLERANCE = 3
"""How many of 255 steps a pixel of a golden picture may differ: drivers round differently."""

MAKERS = (
    "buffer",
    "framebuffer",
    "program",
    "query",
    "renderbuffer",
    "sampler",
    "texture",
    "texture_array",
    "vertex_array",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden pictures anew instead of comparing")


@pytest.fixture(scope="session")
def headless() -> Iterator[Headless]:
    with Headless() as headless:
        with headless.context:
            pass  # leaving it makes no context current, so that tests with windows can make theirs so
        yield headless


@pytest.fixture
def gl(headless: Headless, monkeypatch: pytest.MonkeyPatch) -> Iterator[moderngl.Context]:
    """A GL context; afterwards no GL error may have happened and every object made in it must be released."""
    context = headless.context
    made: list[Any] = []

    def recording(make: Callable[..., Any]) -> Callable[..., Any]:
        def record(*arguments: Any, **options: Any) -> Any:
            made.append(make(*arguments, **options))
            return made[-1]

        return record

    for maker in MAKERS:
        monkeypatch.setattr(context, maker, recording(getattr(context, maker)))
    with context:
        assert context.error == "GL_NO_ERROR"
        yield context
        assert context.error == "GL_NO_ERROR"
    assert [left for left in made if not isinstance(left.mglo, moderngl.InvalidObject)] == []


@pytest.fixture(scope="session")
def _screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    with white_screen(tmp_path_factory.mktemp("screen")) as screen:
        yield screen


@pytest.fixture
def screen(_screen: Screen, monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A white desktop on which windows are opened."""
    monkeypatch.setenv("DISPLAY", _screen.name)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return _screen


@pytest.fixture(scope="session")
def _cables() -> Iterator[DummyMonitors]:
    with ExitStack() as cleanup:
        try:
            cables = cleanup.enter_context(three_monitors())
        except DeviceError as error:
            pytest.skip(str(error))  # no Xorg, no dummy driver or no xrandr: it says which, and how to install it
        yield cables


@pytest.fixture
def cables(_cables: DummyMonitors, monkeypatch: pytest.MonkeyPatch) -> DummyMonitors:
    """Three small monitors that can be pulled and plugged, on which windows are opened."""
    monkeypatch.setenv("DISPLAY", _cables.name)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for number in range(3):
        if _cables.plugged.get(number) != SMALL:
            _cables.plug(number)
    return _cables


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, NDArray[np.uint8]], None]:
    """Compare a picture (height, width, 3) with tests/golden/NAME.png, or write that with --regenerate."""

    def compare(name: str, picture: NDArray[np.uint8]) -> None:
        path = GOLDEN / f"{name}.png"
        if request.config.getoption("--regenerate"):
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(picture).save(path)
            return
        if not path.is_file():
            pytest.fail(f"{path} is missing: look at the picture, then run pytest --regenerate")
        expected = np.asarray(Image.open(path).convert("RGB"))
        assert picture.shape == expected.shape
        difference = np.abs(picture.astype(int) - expected)
        if difference.max() > TOLERANCE:
            seen = request.getfixturevalue("tmp_path") / f"{name}.png"
            Image.fromarray(picture).save(seen)
            pytest.fail(
                f"{name}: {(difference > TOLERANCE).sum()} values differ, by up to {difference.max()}; see {seen}"
            )

    return compare
