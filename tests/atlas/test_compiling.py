"""Compiled functions where their cache cannot be written or is damaged: a show never depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.atlas import compiling
from installation.atlas.compiling import compiled


def double(x: float) -> float:
    return 2.0 * x


def test_without_a_folder_for_the_cache_functions_are_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_function: object) -> object:
        raise RuntimeError("cannot cache function 'double': no locator available for file")

    monkeypatch.setattr(compiling, "_OptionalCache", nowhere)
    assert compiled()(double)(21.0) == 42.0


def test_a_damaged_cache_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    assert compiled()(double)(21.0) == 42.0
    files = list(tmp_path.rglob("*.nb?"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[:40] + b"\xff" * 40)
    assert compiled()(double)(21.0) == 42.0


def test_a_cache_that_takes_nothing_more_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.FunctionCache.save_overload", full)
    assert compiled()(double)(21.0) == 42.0
