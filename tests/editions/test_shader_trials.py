"""Shaders are tried beside the show: what does not compile, hangs or is too slow never takes part in it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from installation.editions import shader_trials
from installation.editions.edition import ShowFiles
from installation.editions.shader_trials import refuse_slow, shaders_in, try_shaders
from installation.errors import ScoreError
from installation.show.frame import Shader
from tests.media.isf_files import save_shader
from tests.score.five_neurons import Author, with_layer

SCORES = Path(__file__).parents[2] / "scores"
SIZES = {"wall": (64, 36), "door": (32, 18)}


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path)


ENDLESS = """void main() {
    float x = isf_FragNormCoord.x;
    for (int i = 0; i < 2000000000; i++) x = fract(x * 1.7 + sin(x));
    gl_FragColor = vec4(x);
}"""


def tried(author: Author, *files: Path, sizes: Mapping[str, tuple[int, int]] = SIZES) -> dict[str, float]:
    told = ", ".join(f"{{isf: {file.name}}}" for file in files)
    score = author.read(with_layer(f"walk: arch, effects: [{told}]"))
    return {Path(one.file).name: took for one, took in try_shaders(score, sizes).items()}


def test_what_draws_is_timed_and_not_tried_again(
    author: Author, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = save_shader(tmp_path / "first.fs")
    (took,) = tried(author, first).values()
    assert took > 0
    monkeypatch.setattr("subprocess.Popen", None)
    assert tried(author, first) == {"first.fs": took}


def test_what_does_not_compile_is_told_with_its_own_line_all_of_it_at_once(author: Author, tmp_path: Path) -> None:
    bad = save_shader(tmp_path / "bad.fs", "void main() {\n    gl_FragColor = vec4(nothing);\n}")
    worse = save_shader(tmp_path / "worse.fs", "void main() {\n\n\n    gl_FragColor = vec5(1.0);\n}")
    with pytest.raises(ScoreError) as refused:
        tried(author, bad, worse)
    assert [(one.file, one.line) for one in refused.value.mistakes] == [(str(bad), 4), (str(worse), 6)]
    assert "nothing" in str(refused.value)


def test_one_that_hangs_is_refused_and_its_process_killed(
    author: Author, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shader_trials, "START_SECONDS", 4.0)
    monkeypatch.setattr(shader_trials, "PATIENCE_SECONDS", 1.0)
    with pytest.raises(ScoreError, match=r"hangs\.fs:1:1: this shader drew no two frames of 3840x2160 within 1 s"):
        tried(author, save_shader(tmp_path / "hangs.fs", ENDLESS), sizes={"wall": (3840, 2160)})


def test_one_that_takes_longer_than_a_frame_lasts_is_refused() -> None:
    seconds = {Shader("quick.fs", "a"): 0.02, Shader("slow.fs", "b"): 0.25}
    refuse_slow(seconds, Fraction(4))
    with pytest.raises(ScoreError, match=r"^slow\.fs:1:1: this shader takes 250 ms .* a frame lasts 33 ms"):
        refuse_slow(seconds, Fraction(30))


def test_a_shader_that_is_saved_takes_part_only_once_it_is_right(tmp_path: Path) -> None:
    (tmp_path / "atlas").symlink_to(SCORES / "atlas")
    shader = save_shader(tmp_path / "water.fs")
    score = tmp_path / "score.yaml"
    score.write_text(
        "outputs: {wall: 64x36}\ncues:\n  - {id: 1, duration: 9s, layers: [{walk: arch, effects: [{isf: water.fs}]}]}\n"
    )
    show = ShowFiles(score)
    first = show.read()
    assert shader in show.files()
    save_shader(shader, "void main() {\n    gl_FragColor = nothing;\n}")
    with pytest.raises(ScoreError, match=r"water\.fs:4:1: .*nothing"):
        show.read()
    save_shader(shader, "void main() { gl_FragColor = vec4(1.0); }")
    assert shaders_in(show.read().score) != shaders_in(first.score)
