"""Write `requirements/`: every package that is installed, with the hashes of all files that its publisher has.

usage: python tools/lock.py

The versions are those of constraints.txt, for every platform and Python from 3.11 on. `play.txt` is what a show needs
and what builds the player, `test.txt` all that tests, docs and releases need, `cuda.txt` what PyPI's torch for Linux
wants beside it and other builds of torch bring with them. CPU builds of torch are published elsewhere, with hashes of
their own: requirements/torch-cpu.txt keeps those that were tried.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-annotate", "--constraint", "constraints.txt", "--group", "build", "pyproject.toml"),
)
CUDA = re.compile(r"(cuda-|nvidia-|triton=)")

Pins = dict[str, str]
"""Each pinned package's first line, such as `torch==2.13.0`, and the lines of its hashes."""


def main() -> None:
    cpu = [line for line in (FOLDER / "torch-cpu.txt").read_text("utf-8").splitlines() if line.startswith("--hash")]
    play, test = locked(), locked("--extra", "test")
    torch = next(pin for pin in play if pin.startswith("torch=="))
    for pins in (play, test):
        pins[torch] = " \\\n".join(sorted([pins[torch], *(f"    {one}" for one in cpu)]))
    is_cuda = {pin for pin in test if CUDA.match(pin)}
    own = {pin for pin in is_cuda if pin.startswith("triton")}  # tests run its interpreter, where there is no card
    write("play.txt", {pin: hashes for pin, hashes in play.items() if pin not in is_cuda})
    write("test.txt", {pin: hashes for pin, hashes in test.items() if pin not in is_cuda or pin in own})
    write("cuda.txt", {pin: hashes for pin, hashes in test.items() if pin in is_cuda})


def locked(*options: str) -> Pins:
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run([uv, *COMPILE, *options], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    pins = {}
    for block in re.split(r"\n(?=\S)", done.stdout.strip()):
        pin, _, hashes = block.partition(" \\\n")
        pins[pin] = hashes
    return pins


def write(name: str, pins: Pins) -> None:
    text = "# Written by tools/lock.py from constraints.txt.\n"
    text += "".join(f"{pin} \\\n{hashes}\n" for pin, hashes in pins.items())
    (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
