"""OpenGL without a display."""

from __future__ import annotations

import moderngl
import pytest

from installation.errors import DeviceError
from installation.outputs.headless import Headless


def test_opengl_works_without_a_display() -> None:
    with Headless() as headless:
        assert headless.context.version_code >= 330
        headless.close()


def test_a_machine_without_opengl_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise Exception("libEGL.so.1 not found")

    monkeypatch.setattr(moderngl, "create_context", refuse)
    with pytest.raises(DeviceError, match=r"libEGL\.so\.1 not found.*apt install libegl1 libgl1 libgl1-mesa-dri"):
        Headless()
