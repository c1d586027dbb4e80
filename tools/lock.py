"""Write `requirements/`: every package that is installed, with the hashes of all files that its publisher has.

usage: .venv/bin/python tools/lock.py

Versions are those of constraints.txt, for every platform and Python from 3.11 on. What pyproject.toml asks for, is
installed in .venv and has no line there yet is taken as it is installed, and gets its line. What is neither keeps the
version that is locked already, or gets the newest.

- `play.txt` is what a show that is heard needs, and what builds the player,
- `extras.txt` what the extras bring beside it, but for timm and torchvision, which fit one build of torch alone,
- `test.txt` all of both, and what tests, docs and releases need,
- `cuda.txt` the extra cuda, and what PyPI's torch for Linux wants beside it and other builds of torch bring with them,
- `torch-cpu.txt` torch's builds for the CPU alone. PyTorch's own index has them; where it is out of reach, those that
  were tried stay.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"
CONSTRAINTS = ROOT / "constraints.txt"
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-annotate"),
)
CUDA = re.compile(r"(cuda-|nvidia-|triton=)")
OF_TORCH = frozenset({"timm", "torchvision"})
"""Extras that fit one build of torch alone."""
HEARD = ("--extra", "sound")
"""The shipped score sounds, so `make play` brings what plays sound."""

Pins = dict[str, str]
"""Each pinned package's first line, such as `torch==2.13.0`, and the lines of its hashes."""


def main() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = sorted(project["optional-dependencies"].keys() - OF_TORCH - {"test", "cuda"})
    words = [("--extra", one) for one in extras]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as at_once:
        constraints = Path(folder, "constraints.txt")
        constraints.write_text(pinned() + installed_besides(), encoding="utf-8")
        ways = (HEARD, sum(words, ()), (*sum(words, ()), "--extra", "test", "--extra", "cuda"))
        play, extra, test = at_once.map(lambda way: locked(constraints, *way), ways)
    cuda = {pin: hashes for pin, hashes in test.items() if CUDA.match(pin)}
    write("play.txt", without_cuda(play))
    write("extras.txt", {pin: hashes for pin, hashes in without_cuda(extra).items() if pin not in play})
    own = {pin: hashes for pin, hashes in cuda.items() if pin.startswith("triton")}  # tests run its interpreter
    write("test.txt", without_cuda(test) | own)
    write("cuda.txt", cuda)
    lock_cpu_builds(version_of(play, "torch"))
    add_constraints(without_cuda(test))


def locked(constraints: Path, *options: str) -> Pins:
    """What uv finds for these extras; a version that is locked already is preferred to a newer one."""
    known = constraints.with_name(f"{len(options)}.txt")
    known.write_text("".join((FOLDER / name).read_text("utf-8") for name in ("test.txt", "cuda.txt")), "utf-8")
    done = uv(*COMPILE, "--group", "build", "-c", str(constraints), "-o", str(known), "pyproject.toml", *options)
    if done.returncode:
        raise SystemExit(f"lock: these cannot be had together:\n{done.stderr}")
    return pins_of(known.read_text("utf-8"))


def without_cuda(pins: Pins) -> Pins:
    return {pin: hashes for pin, hashes in pins.items() if not CUDA.match(pin)}


def lock_cpu_builds(version: str) -> None:
    """Ask PyTorch's own index; add to what is known of this version, or keep that."""
    path = FOLDER / "torch-cpu.txt"
    pin, about = f"torch=={version}+cpu", path.read_text("utf-8").partition("torch==")[0]
    tried = pins_of(path.read_text("utf-8")).get(pin, "")
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "torch.in")
        wanted.write_text(f"{pin}\n", encoding="utf-8")
        done = uv(*COMPILE, "--no-deps", "--torch-backend", "cpu", str(wanted))
    found = pins_of(done.stdout).get(pin, "") if done.returncode == 0 else ""
    hashes = sorted(set(re.findall(r"--hash=\S+", tried + found)))
    if not found:
        print(f"lock: PyTorch's index was not reached; {len(hashes)} builds for the CPU are known from before")
    text = " \\\n".join([pin, *(f"    {one}" for one in hashes)])
    path.write_text(f"{about}{text}\n" if hashes else about, encoding="utf-8")


def uv(*words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("uv")
    return subprocess.run([program, *words], cwd=ROOT, check=False, capture_output=True, text=True)


def pins_of(text: str) -> Pins:
    pins = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        pin, _, hashes = block.partition(" \\\n")
        if hashes:
            pins[pin] = hashes
    return pins


def version_of(pins: Pins, package: str) -> str:
    return next(pin for pin in pins if pin.startswith(f"{package}==")).partition("==")[2]


def pinned() -> str:
    return CONSTRAINTS.read_text("utf-8")


def names_in(text: str) -> set[str]:
    return {plain(one) for one in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def installed_besides() -> str:
    """Lines for what is installed and has none; they mean nothing for what nobody asks for."""
    known = {*names_in(pinned()), "pip"}  # every environment comes with a pip of its own
    return "".join(
        f"{one.name}=={one.version}\n"
        for one in distributions()
        if plain(one.name) not in known and "+" not in one.version and not CUDA.match(f"{one.name}=")
    )


def add_constraints(locked: Pins) -> None:
    """What is locked as it is installed has been tried: it gets a line of its own."""
    heading, *lines = pinned().splitlines()
    known, versions = {*names_in(pinned()), "pip"}, {plain(one.name): one for one in distributions()}
    for pin in locked:
        name, version = re.match(r"([\w.-]+)==(\S+)", pin).groups()  # type: ignore[union-attr]
        tried = versions.get(plain(name))
        if plain(name) not in known and tried is not None and tried.version == version:
            lines.append(f"{tried.name}=={version}")
            print(f"lock: constraints.txt has {lines[-1]} now")
    CONSTRAINTS.write_text("\n".join([heading, *sorted(lines, key=str.casefold)]) + "\n", encoding="utf-8")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def write(name: str, pins: Pins) -> None:
    text = "# Written by tools/lock.py from constraints.txt.\n"
    text += "".join(f"{pin} \\\n{hashes}\n" for pin, hashes in sorted(pins.items()))
    (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
