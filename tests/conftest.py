"""Fixtures for everything that draws: a GL context that must stay clean, and golden pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from installation.outputs.headless import Headless

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
