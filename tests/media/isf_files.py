"""Shaders in the Interactive Shader Format for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

COPY = "void main() { gl_FragColor = IMG_THIS_PIXEL(inputImage); }"
PICTURE = {"NAME": "inputImage", "TYPE": "image"}


def shader_text(body: str = COPY, inputs: Any = (PICTURE,), **more: Any) -> str:
    """A shader with these inputs and whatever else its JSON says; the body begins on line 3."""
    return f"/*{json.dumps({'ISFVSN': '2', 'INPUTS': inputs, **more})}*/\n\n{body}\n"


def save_shader(file: Path, body: str = COPY, inputs: Any = (PICTURE,), **more: Any) -> Path:
    file.write_text(shader_text(body, inputs, **more), encoding="utf-8")
    return file
