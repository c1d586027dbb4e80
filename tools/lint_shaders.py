"""Compile and link every program of `shaders/` with Khronos' reference compiler, which forgives less than drivers do.

usage: python tools/lint_shaders.py (on Debian: apt install glslang-tools)
"""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from installation import SHADERS
from installation.atlas.architecture import Architecture
from installation.picture.decoding.glsl_programs import ROW
from installation.picture.decoding.glsl_spline_cells import PLATES
from installation.picture.decoding.glsl_weights import constants_of
from installation.picture.mixing.chains import MAX_EFFECTS
from installation.picture.mixing.chains import constants_of as chain_constants
from installation.picture.mixing.effect_passes import OF_KINDS, PROGRAMS, kind_constants
from installation.picture.mixing.passes import STACK
from installation.picture.mixing.textures import FACTOR
from installation.picture.programs import FILE_LINES, ShaderText, assemble
from installation.picture.ways.glsl_splines import PLAIN
from installation.show.effects import EFFECTS


class Compiled(NamedTuple):
    """The shaders of one program, and the constants that it is compiled with."""

    shaders: tuple[str, ...]
    constants: dict[str, int]


def programs() -> Iterator[Compiled]:
    """Every program that the player makes, with every value of what a shader's `#if` asks for."""
    for fragment in ("finish.frag", "present.frag", "placed.frag", "shrink.frag", "unbend.frag"):
        yield Compiled(("rectangle.vert", fragment), {})
    for constants in (PLAIN, PLATES):
        yield Compiled(("rectangle.vert", "spline.frag"), constants)
    yield Compiled(("rectangle.vert", "enlarge.frag"), {"FACTOR": FACTOR})
    yield from effects()
    for stack, pictures in itertools.product(range(1, STACK + 1), (1, 2)):
        yield Compiled(("pictures.vert", "sum.frag"), {"STACK": stack, "PICTURES": pictures})
        for deep, shaped, alpha in itertools.product((0, 1), repeat=3):
            constants = {"STACK": stack, "PICTURES": pictures, "DEEP": deep, "SHAPED": shaped, "ALPHA": alpha}
            yield Compiled(("pictures.vert", "stack.frag"), {**constants, **chain_constants(())})
    for coloured, shaded in itertools.product((0, 1), repeat=2):
        yield Compiled(("head.vert", "head.frag"), {"COLOURED": coloured, "SHADED": shaded})
    for architecture in (Architecture(), Architecture(coordinates="octaves"), Architecture(alpha=True)):
        cppn = constants_of(architecture)
        for plate in (0, 1):
            yield Compiled(("decode.comp",), {**cppn, "PLATE": plate})
            yield Compiled(("rectangle.vert", "decode.frag"), {**cppn, "PLATE": plate, "ROW": ROW})


def effects() -> Iterator[Compiled]:
    """Programs of effects: those of every kind, and of pointwise ones alone and in chains."""
    for fragment, constants in PROGRAMS.values():
        yield Compiled(("rectangle.vert", fragment), dict(constants))
    for word, kind in EFFECTS.items():
        if kind.drawn in OF_KINDS:
            for fine in (False, True):
                yield Compiled(("rectangle.vert", f"{kind.drawn}.frag"), kind_constants(word, fine=fine))
    pointwise = [word for word, kind in EFFECTS.items() if kind.drawn == "pointwise"]
    for chain in ((), *((word,) for word in pointwise), (2 * pointwise)[:MAX_EFFECTS]):
        for fragment in ("exact.frag", "pointwise.frag"):
            yield Compiled(("rectangle.vert", fragment), chain_constants(chain))
        stack = {"STACK": 2, "PICTURES": 2, "DEEP": 0, "SHAPED": 0, "ALPHA": 0}
        yield Compiled(("pictures.vert", "stack.frag"), {**stack, **chain_constants(chain)})
        for pictures, fragment in itertools.product((1, 2), ("straight.frag", "layer.frag")):
            yield Compiled(("pictures.vert", fragment), {"STACK": 1, "PICTURES": pictures, **chain_constants(chain)})


def mistakes(program: Compiled, folder: Path) -> list[str]:
    """What the compiler says about a program, with files and lines of `shaders/`; empty where nothing is wrong."""
    texts = {shader: assemble(shader, program.constants) for shader in program.shaders}
    for shader, text in texts.items():
        (folder / shader).write_text(text.source, encoding="utf-8")
    command = ["glslangValidator", "-l", *program.shaders]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = [_LINE.sub(lambda place: _readable(place, texts), line) for line in done.stdout.splitlines()]
    said = [line for line in found if line.startswith(("shaders/", "ERROR: Linking"))]
    return [f"{line} (with {program.constants})" for line in said[:1]] if done.returncode else []


_LINE = re.compile(r"ERROR: ([\w.]+):(\d+): ")


def _readable(place: re.Match[str], texts: Mapping[str, ShaderText]) -> str:
    number, line = divmod(int(place[2]), FILE_LINES)
    return f"shaders/{texts[place[1]].files[number]}:{line}: "


def main() -> int:
    """0 where every program compiles and links, and every shader is part of one."""
    every = list(programs())
    forgotten = {path.name for path in SHADERS.iterdir() if path.is_file() and path.suffix != ".glsl"} - {
        shader for program in every for shader in program.shaders
    }
    with TemporaryDirectory() as folder:
        wrong = [told for program in every for told in mistakes(program, Path(folder))]
    wrong += [f"shaders/{name}: no program of tools/lint_shaders.py has it" for name in sorted(forgotten)]
    for told in wrong:
        print(told)
    print(f"shaders: {len(every)} programs compiled, {len(wrong)} with mistakes")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
