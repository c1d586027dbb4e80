"""An atlas of five neurons for the tests of the language; it says what a score needs of an atlas, and no more."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from installation.errors import ScoreError
from installation.score.reader import CheckResult, check, read
from installation.show.score import Score


@dataclass(frozen=True)
class FiveNeuron:
    name: str
    channel: int

    @property
    def address(self) -> str:
        return f"places365/conv10/{self.channel}"

    @property
    def family(self) -> str:
        return "shore" if self.channel > 1 else "vaults"


class FiveNeurons:
    """pagoda, arch, fountain, lighthouse and grotto: all of places365/conv10."""

    def __init__(self) -> None:
        names = ("pagoda", "arch", "fountain", "lighthouse", "grotto")
        self.neurons = tuple(FiveNeuron(name, channel) for channel, name in enumerate(names))

    def find(self, word: str) -> FiveNeuron:
        for neuron in self.neurons:
            if word in (neuron.name, neuron.address):
                return neuron
        near = difflib.get_close_matches(word, [neuron.name for neuron in self.neurons], n=1)
        raise ScoreError(f"neuron {word!r} is not in the atlas; did you mean {near[0]!r}?" if near else "no neuron")

    def layer(self, network: str, layer: str) -> tuple[FiveNeuron, ...]:
        if (network, layer) != ("places365", "conv10"):
            raise ScoreError(f"layer '{network}/{layer}' is not in the atlas; it has places365/conv10")
        return self.neurons

    def has_cycle(self, word: str) -> bool:
        return self.find(word).name == "grotto"

    def has_alpha(self, word: str) -> bool:
        return self.find(word).name == "lighthouse"

    def on_map(self, _by: str, _columns: int | None) -> tuple[FiveNeuron, ...]:
        return self.neurons

    def of_family(self, family: str) -> tuple[FiveNeuron, ...]:
        found = tuple(neuron for neuron in self.neurons if neuron.family == family)
        if not found:
            raise ScoreError(f"family {family!r} is not in the atlas; it has shore, vaults")
        return found


class Author:
    """Writes a text into a file and reads it as a score."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "score.yaml"

    def check(self, text: str | bytes) -> CheckResult:
        self.file.write_bytes(text.encode() if isinstance(text, str) else text)
        return check(self.file, FiveNeurons())

    def read(self, text: str) -> Score:
        self.file.write_text(text)
        return read(self.file, FiveNeurons())

    def mistakes(self, text: str | bytes) -> list[str]:
        """Each mistake as `line:column path: message`."""
        return [_told(one) for one in self.check(text).mistakes]

    def warnings(self, text: str) -> list[str]:
        report = self.check(text)
        assert not report.mistakes, report.mistakes
        return [_told(one) for one in report.warnings]


def _told(one: object) -> str:
    return str(one).partition("score.yaml:")[2]


HEAD = "outputs: {left: 1920x1080, right: 1920x1080}\n"


def with_layers(layers: str, cue: str = "duration: 10s") -> str:
    """A score of one cue with these layers, with the parameter mist where they use it; they stand on line 6."""
    parameters = "parameters: {mist: {default: 0.5}}" if "$" in layers else "# no parameters"
    return f"{HEAD}{parameters}\ncues:\n  - id: 1\n    {cue}\n    layers: {layers}\n"


def with_layer(layer: str, cue: str = "duration: 10s") -> str:
    """A score of one cue with one layer, given as the inside of a flow mapping."""
    return with_layers(f"[{{{layer}}}]", cue)


def with_cues(*cues: str, loop: bool = True) -> str:
    """A score of cues, each given as the inside of a flow mapping: the first stands on line 4."""
    listed = "".join(f"  - {{{cue}}}\n" for cue in cues)
    return f"{HEAD}loop: {str(loop).lower()}\ncues:\n{listed}"
