"""The files of bodies: what is wrong with one is said in words, before anything is drawn."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from installation.errors import MediaError
from installation.media.bodies import MAX_BYTES, body_of
from tests.media.obj_files import SQUARE


def test_a_body_without_uv_is_refused_in_words(tmp_path: Path) -> None:
    pytest.importorskip("trimesh")
    bare = tmp_path / "bare.obj"
    bare.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(MediaError, match=r"bare\.obj: this body has no UV, so nothing says where the picture lies"):
        body_of(str(bare))
    broken = tmp_path / "broken.glb"
    broken.write_bytes(b"glTF is not this")
    with pytest.raises(MediaError, match=r"broken\.glb: cannot be read as a body"):
        body_of(str(broken))


@pytest.mark.parametrize(
    ("line", "other"),
    [("v ", "v nan nan nan"), ("v ", "v 1e308 1e308 1e308"), ("vt ", "vt 1"), ("f ", "f 99/1 98/2 97/3"), ("f ", "")],
)
def test_a_damaged_body_is_refused_in_words(tmp_path: Path, line: str, other: str) -> None:
    changed = [other if one.startswith(line) else one for one in SQUARE.splitlines()]
    (tmp_path / "own.obj").write_text("\n".join(changed) + "\n")
    with pytest.raises(MediaError, match=r"own\.obj: \w"):
        body_of(str(tmp_path / "own.obj"))


def test_a_body_that_is_enormous_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "own.obj").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(MediaError, match=r"own\.obj: 268435457 bytes; there may be 268435456"):
        body_of(str(tmp_path / "own.obj"))


def test_without_the_library_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.obj").write_text(SQUARE)
    found = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "trimesh":
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.delitem(sys.modules, "trimesh", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MediaError, match=r"pip install 'installation\[bodies\]'"):
        body_of(str(tmp_path / "own.obj"))
