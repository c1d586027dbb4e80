"""One mistake a test: where it is told to stand, and what is said."""

from __future__ import annotations

import pytest

from installation.errors import ScoreError
from installation.language.reading import MAX_TOLD
from tests.score.five_neurons import Author, with_cues, with_layer, with_layers


def test_every_mistake_is_told_at_once_with_line_and_column(author: Author) -> None:
    text = (
        "titel: Sea\n"
        "outputs: {left: 1920*1080}\n"
        "cues:\n"
        "  - id: 1\n"
        "    duration: 20\n"
        "    transition: disolve\n"
        "    layers:\n"
        "      - {walk: pagodda, opacity: 1.4, blend: scren, outputs: [lft]}\n"
    )
    told = [
        "1:1: titel: 'titel' is not a key of a score; did you mean 'title'?",
        "2:17: outputs.left: '1920*1080' is not a size in pixels such as 1920x1080; did you mean 1920x1080?",
        "5:15: cues[0].duration: '20' is not a time; times are written such as 90s, 1:30, 1:30.5, 1:02:03 or 45f",
        "6:17: cues[0].transition: transition 'disolve' is unknown; did you mean 'dissolve'?",
        "8:16: cues[0].layers[0].walk: neuron 'pagodda' is not in the atlas; did you mean 'pagoda'?",
        "8:34: cues[0].layers[0].opacity: 1.4 is outside 0..1",
        "8:46: cues[0].layers[0].blend: blend 'scren' is unknown; there is normal, add, multiply, screen, difference",
        "8:63: cues[0].layers[0].outputs[0]: output 'lft' is unknown; the score has left; did you mean 'left'?",
    ]
    mistakes = author.mistakes(text)
    assert len(mistakes) == len(told)
    assert all(mistake.startswith(beginning) for mistake, beginning in zip(mistakes, told, strict=True))


def test_a_body_that_a_picture_cannot_lie_on_is_told_where_it_stands(author: Author) -> None:
    pytest.importorskip("trimesh")
    (author.file.parent / "bare.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    (mistake,) = author.mistakes(with_layer("walk: arch, surface: {body: bare.obj}"))
    assert mistake.startswith("6:")
    assert "cues[0].layers[0].surface.body: body " in mistake
    assert "bare.obj: this body has no UV, so nothing says where the picture lies on it; unwrap it" in mistake


def test_the_error_lists_every_mistake_and_is_the_authors(author: Author) -> None:
    with pytest.raises(ScoreError) as caught:
        author.read(with_layer("walk: pagodda, opacity: 2"))
    assert caught.value.exit_code == 2
    assert [one.path for one in caught.value.mistakes] == ["cues[0].layers[0].walk", "cues[0].layers[0].opacity"]
    assert str(caught.value).splitlines() == [str(one) for one in caught.value.mistakes]


LAYERS = {
    "walk: arch, opacity: .nan": "opacity: .nan is not a number that a computer can hold",
    "walk: arch, opacity: -.inf": "opacity: -.inf is not a number that a computer can hold",
    "walk: arch, opacity: 1e999": "opacity: 1e999 is not a number that a computer can hold",
    "walk: arch, opacity: '0.5'": "opacity: '0.5' is in quotes, so it is text",
    "walk: arch, opacity: 50%": "did you mean 0.5?",
    "walk: arch, opacity: ~": "opacity: the value is missing",
    "walk: arch, name: !!str sea": "name: tag !!str: tags are not allowed",
    "walk: arch, opacity: 01": "opacity: 01 begins with 0, which some programs read as octal; did you mean 1?",
    "walk: arch, opacity: [0]": "opacity[0]: takes a key (at, value, ease), not a word or number",
    "walk: arch, opacity: {at: 0s, value: 1}": "opacity: takes a number, a $parameter or a range for chance",
    "walk: arch, opacity: $fog": "parameter 'fog' is unknown; the score has mist",
    "walk: arch, opacity: $mist * 2": "opacity: $mist * 2 may become 2, which is outside 0..1",
    "walk: arch, opacity: 1 / $mist": "'1 / $mist' may divide by zero; keep the divisor above or below it",
    "walk: arch, opacity: $mist-1": "parameter 'mist-1' is unknown; the score has mist; did you mean $mist - 1?",
    "walk: arch, opacity: $mist *": "'$mist *': it is incomplete: a number or a $parameter is missing at its end",
    "walk: arch, opacity: $mist 2": "an operator is missing between '$mist' and '2'",
    "walk: arch, opacity: 2 * 3": "opacity: 6 is outside 0..1",
    "walk: arch, opacity: 1 / 0": "'1 / 0' may divide by zero",
    "descend: [arch]": "descend: 1 neurons; there must be 2 to 4096",
    "descend: [arch, {pagoda: [0, 0, 0.9]}]": "descend[1].pagoda: a radius of 0.9 is outside 0.02..0.5",
    "descend: [arch, {pagoda: [0, 0]}]": "descend[1].pagoda: 2 numbers; there must be 3",
    "walk: arch, surface: spheer": "body 'spheer' is unknown; there is sphere, torus, plane, or a file (.obj, ",
    "walk: arch, surface: vase.obj": "surface: body 'vase.obj' is not a file here (",
    "plate: {neurons: [arch]}, surface: sphere": "surface: 'plate' cannot lie on a body, which wears neurons",
    "text: SEA, surface: sphere": "surface: 'text' cannot lie on a body, which wears neurons",
    "gradient: linear, surface: sphere": "surface: 'gradient' cannot lie on a body, which wears neurons",
    "surface: sphere, takes: [{walk: arch}]": "'surface' beside takes: each take has its own, so write it there",
    "descend: [arch, pagoda], walk: arch": "`walk` and `descend` at once: keep one",
    "walk: {through: [arch], cycle: 8s}": "cycle: this neuron does not move in a cycle: only those of a",
    "walk: {through: [grotto], cycle: 0s}": "walk.cycle: ",
    "walk: {through: [arch, pagoda], position: 2}": "position: 2 is outside 0..1",
    "walk: arch, opacity: {between: [1, 0.5]}": "opacity.between: the range goes from 1 to 0.5: the lowest value comes",
    "walk: arch, opacity: {between: [0, 2]}": "opacity.between[1]: 2 is outside 0..1",
    "walk: arch, opacity: {betwen: [0, 1]}": "takes a number, a $parameter or a range for chance",
    "walk: {choose: 9, from: {family: shore}}": "walk.choose: choose 9 from 3 neurons: there are not that many",
    "walk: {choose: 1, from: []}": "walk.from: 0 neurons; there must be 1 to 4096",
    "walk: {choose: 1, from: {family: reef}}": "family 'reef' is not in the atlas; it has shore, vaults",
    "walk: {choose: 1}": "write {choose: 3, from: ...} or {shuffle: ...}",
    "walk: {shuffle: [arch], choose: 1}": "write {choose: 3, from: ...} or {shuffle: ...}",
    "walk: {family: shore, layer: places365/conv10}": "a family and a layer at once: keep one",
    "plate: {family: shore, neurons: [arch]}": "neurons and family at once: keep one",
    "takes: {choose: 3, from: [{walk: arch}]}": "takes.choose: choose 3 from 1 takes: there are not that many",
    "walk: arch, opacity: [{at: 0s, value: 1}, {at: 0s, value: 0}]": "[1].at: 0s does not come after 0s",
    "walk: arch, opacity: [{at: 6s, value: 1}, {at: 50%, value: 0}]": "[1].at: 5s does not come after 6s",
    "walk: arch, opacity: [{at: 11s, value: 1}]": "11s is beyond the 10s that the cue is seen",
    "walk: arch, opacity: [{value: 1}]": "opacity[0]: 'at' is missing: when it is reached",
    "walk: arch, view: {zoom: 0}": "view.zoom: 0 is outside 0.001..1000",
    "walk: arch, view: {zoom: $mist}": "view.zoom: $mist may become 0, which is outside 0.001..1000",
    "walk: arch, view: {rotation: 3}": "'rotation' is not a key of a view; did you mean 'degrees'?",
    "walk: arch, view: {into: arch}": "view.into: `into` needs a plate",
    "walk: arch, view: []": "view: 0 camera keys; there must be 1 to 4096",
    "walk: arch, view: 3": "view: camera '3' is unknown; the score has none",
    "plate: {neurons: [arch]}, view: {into: pagoda}": "view.into: neuron places365/conv10/0 is not on this plate",
    "plate: {gap: 0.1}": "plate: a plate needs a `layer`, `neurons`, a `family` or a `map`",
    "plate: {layer: conv10}": "plate.layer: 'conv10' is not a layer; layers are written network/layer",
    "plate: {layer: places365/conv1}": "plate.layer: layer 'places365/conv1' is not in the atlas",
    "plate: {layer: places365/conv10, neurons: [arch]}": "plate: layer and neurons at once: keep one",
    "plate: {neurons: [arch], columns: 0}": "plate.columns: 0 is outside 1..4096",
    "plate: {neurons: [arch], columns: 1.5}": "plate.columns: 1.5 is not a whole number",
    "walk: arch, plate: {neurons: [arch]}": "`walk` and `plate` at once: keep one",
    "opacity: 1": "there is nothing to see: add `walk`, `plate`, `descend`, `text`, `image`, `clip`, `shape`",
    "walk: []": "walk: 0 neurons; there must be 1 to 4096",
    "walk: [arch, arch]": "walk[1]: the same neuron twice: an even walk cannot stand still; use `pace: times`",
    "walk: {through: [arch, {pagoda: 3s}], pace: even}": "an even walk has no times",
    "walk: {through: [arch, {pagoda: 3s}, {arch: 2s}]}": "through[2]: 2s does not come after 3s, the neuron before",
    "walk: {through: [arch, {pagoda: 9s}], duration: 5s}": "through[1]: 9s is beyond the walk's duration of 5s",
    "walk: {through: [arch, {pagoda: 3s, lighthouse: 4s}]}": "through[1]: one neuron and the time when",
    "walk: {through: [arch, pagoda], duration: 0s}": "duration: 0s is shorter than one frame",
    "walk: {through: [arch, pagoda], duration: 11s}": "duration: 11s is beyond the 10s that the cue is seen",
    "walk: {through: [arch, pagoda], repeat: pingpong}": "did you mean 'ping-pong'?",
    "walk: {pace: even}": "walk: 'through' is missing",
    "walk: arch, place: [0.5, 0, 0.6, 1]": "place: this place ends at 1.1, beyond the right edge",
    "walk: arch, place: [0, 0.5, 1, 0.6]": "place: this place ends at 1.1, beyond the lower edge",
    "walk: arch, place: [0, 0, 0, 1]": "place: a place of 0 x 1 has nothing to show",
    "walk: arch, place: [0, 0, 1]": "place: 3 numbers; there must be 4",
    "walk: arch, outputs: [left, left]": "outputs: output 'left' is listed twice",
    "walk: arch, outputs: left": "outputs: takes a list of outputs, not a word or number",
    "walk: arch, montage: splt": "montage 'splt' is unknown; did you mean 'split'?",
    "walk: arch, montage: split": "montage: split alone is not enough: write it like {split: 2x2}",
    "walk: arch, montage: {mirror: 2}": "montage.mirror: mirror stands alone: write mirror",
    "walk: arch, montage: {split: 2, gap: 0.1}": "montage.split: '2' is not a grid such as 2x2",
    "walk: arch, montage: {split: 2x99}": "montage.split: 99 in 2x99 is outside 1..16",
    "walk: arch, montage: {split: 2x2, canon: 2s}": "is exactly one of single, mirror, span, split, canon, not",
    "walk: arch, montage: {gap: 0.1}": "montage is exactly one of",
    "walk: arch, montage: {span: 0.1, gap: 0.1}": "montage.gap: span takes no gap; that goes with split",
    "walk: arch, montage: {split: 8x1, gap: 0.5}": "gaps of 0.5 between 8 cells leave no room on 'left'",
    "takes: [{walk: arch}, {walk: pagoda}], montage: span": "span shows one picture, not 2 takes",
    "takes: [{walk: arch}], plate: {neurons: [arch]}": "plate: 'plate' beside takes: each take has its own",
    "takes: [{walk: arch}], cut: 1s": "cut: cuts between 1 take on 2 places: nothing to cut to",
    "takes: [{walk: arch}, {walk: pagoda}], cut: 0f": "cut: 0f is shorter than one frame",
    "walk: arch, view: slow": "view: camera 'slow' is unknown; the score has none: add it under `cameras`",
    "walk: arch, drift: {amount: 2}": "drift.amount: 2 is outside 0.0001..1",
    "walk: arch, drift: 0.1": "drift: takes a drift (amount, period, degrees)",
    "walk: arch, view: [{at: 0s, ease: flows}]": "did you mean 'flow'?",
    "takes: []": "takes: 0 takes; there must be 1 to 256",
    "walk: arch, walk: pagoda": "walk: 'walk' is here for the second time (first on line 6); keep one",
    "walk: on": 'walk: on means something else to YAML; as a neuron it needs quotes: "on"',
    "walk: &here arch": "walk: anchor &here: anchors are not allowed",
    "walk: 'arch, pagoda'": "'arch, pagoda' is one word here, and no neuron; several stand in a list, [arch, pagoda]",
    "walk: arch -> pagoda": "several stand in a list, [arch, pagoda]",
    "walk: [arch pagoda]": "'arch pagoda' is one word here, and no neuron",
    "walk: arch, montage: span 0.1": "'span 0.1' is one word here: write it like {span: 0.1}",
    "walk: arch, name: _sea": "letters a to z, digits, -, _ and ., a letter or digit first",
    "walk: arch, name: the sea": "name: 'the sea' cannot be the name of a layer, which the desk addresses",
    "walk: !!python/name:os.system arch": "walk: tag !!python/name:os.system: tags are not allowed",
}


@pytest.mark.parametrize(("layer", "told"), LAYERS.items())
def test_a_mistake_in_a_layer_is_told_where_it_stands(author: Author, layer: str, told: str) -> None:
    text = with_layer(layer).replace("# no parameters", "parameters: {mist: {default: 0.5}}")
    mistakes = author.mistakes(text)
    assert len(mistakes) == 1
    assert told in mistakes[0]
    assert mistakes[0].startswith("6:")
    assert "cues[0].layers[0]" in mistakes[0]


CUES = {
    "id: on, duration: 5s, layers: []": 'id: on means something else to YAML; as the id of a cue it needs quotes: "on"',
    "id: 0123, duration: 5s, layers: []": "id: 0123 means something else to YAML",
    "id: 1:30, duration: 5s, layers: []": "id: 1:30 means something else to YAML",
    "id: 1.10, duration: 5s, layers: []": "id: 1.10 means something else to YAML",
    "id: a b, duration: 5s, layers: []": "id: 'a b' cannot be the id of a cue",
    "duration: 5s, layers: []": "cues[0]: 'id' is missing",
    "id: 1, layers: []": "cues[0]: 'duration' is missing: only a cue with `end: hold` may leave it out",
    "id: 1, duration: 0s, layers: []": "duration: 0s is shorter than one frame (0.0333s)",
    "id: 1, duration: -5s, layers: []": "none is negative",
    "id: 1, duration: 50%, layers: []": "a percentage is only for times inside a cue",
    "id: 1, duration: 5s": "cues[0]: 'layers' is missing",
    "id: 1, duration: 5s, layers: ": "layers: the value is missing; it takes a list of layers (or delete the key)",
    "id: 1, duration: 5s, layers: [], transition: dissolve 3s": "is one word here: write it like {dissolve: 3s}",
    "id: 1, duration: 5s, layers: [], transition: dissolve 0:04": "write it like {dissolve: 0:04}",
    "id: 1, duration: 5s, layers: [], transition: dissolve over 3s": "write it like {dissolve: 3s}",
    "id: 1, duration: 5s, layers: [], end: stop": "end 'stop' is unknown; there is follow, hold, loop",
    "id: 1, duration: 5s, layers: [], fade: 3s": "'fade' is not a key of a cue; did you mean 'transition'?",
    "id: 1, duration: 5s, layers: [], transition: dissolve": "alone is not enough: write it like {dissolve: 3s}",
    "id: 1, duration: 5s, layers: [], transition: {dissolve: 3}": "transition.dissolve: '3' is not a time",
    "id: 1, duration: 5s, layers: [], transition: {dissolve: 3s, degrees: 3}": "dissolve takes no degrees; that",
    "id: 1, duration: 5s, layers: [], transition: {wipe: 3s, angle: 3}": "in transition; did you mean 'degrees'?",
    "id: 1, duration: 5s, layers: [], transition: {iris: 3s, softness: 2}": "transition.softness: 2 is outside 0..1",
    "id: 1, duration: 5s, layers: [], transition: [cut]": "transition: takes transition: one of cut, dissolve",
    "id: 1, end: hold, layers: [{walk: [arch, pagoda]}]": "nothing says how long this walk takes",
    "id: 1, end: hold, layers: [{walk: arch, view: [{at: 50%}]}]": "a percentage of a cue without a duration",
    "id: 1, duration: 5s, layers: [{walk: arch, name: a}, {walk: arch, name: a, place: [0, 0, 1, 0.5]}]": "two layers",
    "{id: 1, duration: 5s, layers: []}: 1": "a key must be a word, not keys and values",
}


@pytest.mark.parametrize(("cue", "told"), CUES.items())
def test_a_mistake_in_a_cue_is_told_where_it_stands(author: Author, cue: str, told: str) -> None:
    mistakes = author.mistakes(with_cues(cue))
    assert any(told in one for one in mistakes)
    assert all(one.startswith("4:") for one in mistakes)
    assert len(mistakes) == 1 or cue.startswith("{")


STANDS = "layers: [{walk: arch}]"


def test_an_id_stands_once(author: Author) -> None:
    cues = (f"id: 1, duration: 5s, {STANDS}", f"id: 2, duration: 5s, {STANDS}", f"id: 1, duration: 5s, {STANDS}")
    assert author.mistakes(with_cues(*cues)) == [
        "6:10: cues[2].id: cue '1' is already used on line 4; every cue needs its own id"
    ]


def test_ids_that_differ_in_capitals_alone_are_one_to_a_desk(author: Author) -> None:
    cues = (f"id: a, duration: 5s, {STANDS}", f"id: A, duration: 5s, {STANDS}")
    (mistake,) = author.mistakes(with_cues(*cues))
    assert mistake.startswith(
        "5:10: cues[1].id: cue 'A' is already used on line 4 as 'a', which is the same to a desk;"
    )


def test_of_very_many_mistakes_the_first_are_told(author: Author) -> None:
    mistakes = author.mistakes(with_cues(*(["id: 1, nonsense: 2"] * 2_000)))
    assert len(mistakes) == MAX_TOLD + 1
    assert "there are more than these" in mistakes[-1]


def test_a_transition_is_no_longer_than_its_cue(author: Author) -> None:
    cues = (f"id: 1, duration: 9s, {STANDS}", f"id: 2, duration: 5s, transition: {{wipe: 6s}}, {STANDS}")
    (told,) = author.mistakes(with_cues(*cues))
    assert "cues[1].transition: this wipe of 6s is longer than its cue (5s)" in told


def test_a_transition_is_no_longer_than_the_cue_before(author: Author) -> None:
    cues = (f"id: 1, duration: 9s, transition: {{iris: 5s}}, {STANDS}", f"id: 2, duration: 4s, {STANDS}")
    (told,) = author.mistakes(with_cues(*cues))
    assert "cues[0].transition: this iris of 5s is longer than cue 2 before it (4s)" in told
    assert author.mistakes(with_cues(*cues, loop=False)) == []


def test_after_a_cue_that_holds_a_transition_may_take_its_time(author: Author) -> None:
    cues = (f"id: 1, duration: 2s, end: hold, {STANDS}", f"id: 2, duration: 9s, transition: {{iris: 5s}}, {STANDS}")
    assert author.mistakes(with_cues(*cues, loop=False)) == []


PLATE = "layers: [{plate: {layer: places365/conv10}}]"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (PLATE, STANDS, "are not both walks, so nothing lies between them; use a dissolve"),
        (STANDS, PLATE, "are not both walks, so nothing lies between them; use a dissolve"),
        (PLATE, "layers: [{plate: {neurons: [arch]}}]", "are not both walks, so nothing lies between them"),
        (STANDS, "layers: [{walk: arch, blend: add}]", "blend as normal and add"),
        (STANDS, "layers: [{walk: arch, montage: mirror}]", "are mirrored and not mirrored"),
        (PLATE, "layers: [{plate: {layer: places365/conv10}, view: {into: arch}}]", ""),
        (STANDS, "layers: [{walk: pagoda}, {walk: lighthouse, blend: add}]", ""),
        ("layers: []", STANDS, ""),
    ],
)
def test_a_morph_needs_a_way_between_the_cues(author: Author, before: str, after: str, told: str) -> None:
    cues = (f"id: 1, duration: 9s, {before}", f"id: 2, duration: 9s, transition: {{morph: 2s}}, {after}")
    mistakes = author.mistakes(with_cues(*cues))
    assert len(mistakes) == bool(told)
    assert not told or told in mistakes[0]


def test_nothing_morphs_into_the_first_cue_of_a_show_that_ends(author: Author) -> None:
    cue = f"id: 1, duration: 9s, transition: {{morph: 2s}}, {STANDS}"
    (told,) = author.mistakes(with_cues(cue, loop=False))
    assert "there is nothing to morph from" in told


HEADS = {
    "fps: 0": "fps: 0 frames per second are outside 1..240",
    "fps: fast": "fps: 'fast' is not a frame rate; write 30, 29.97 or 30000/1001",
    "fps: 30/0": "fps: '30/0' is not a frame rate",
    "seed: -1": "seed: -1 is outside 0..4294967295",
    "loop: yes": "loop: 'yes' is neither true nor false; did you mean true?",
    "title: off": 'title: off means something else to YAML; as text it needs quotes: "off"',
    "title: [a]": "title: takes text, not a list",
    'title: "a\\0b"': "title: 'a\\x00b' has invisible characters",
    "atlas: nowhere": "atlas: atlas 'nowhere' is not a folder beside the score",
    'atlas: "a\\0b"': "atlas: atlas 'a\\x00b' is not a folder beside the score",
    "parameters: {Mist: {default: 1}}": "parameters.Mist: 'Mist' cannot be the name of a parameter",
    "parameters: {mist: 0.5}": "parameters.mist: takes a parameter (default, range, about, smooth, curve, osc), not a",
    "parameters: {mist: {}}": "parameters.mist: 'default' is missing",
    "parameters: {mist: {default: 2}}": "parameters.mist.default: 2 is outside its range 0..1",
    "parameters: {mist: {default: 1, range: [1, 0]}}": "range: the range goes from 1 to 0: the lowest",
    "parameters: {mist: {default: .nan}}": "default: .nan is not a number that a computer can hold",
    "parameters: {}": "parameters: 0 parameters; there must be 1 to 256",
    "cuse: []": "cuse: 'cuse' is not a key of a score; did you mean 'cues'?",
}


@pytest.mark.parametrize(("line", "told"), HEADS.items())
def test_a_mistake_above_the_cues_is_told_where_it_stands(author: Author, line: str, told: str) -> None:
    mistakes = author.mistakes(f"{line}\n{with_cues(f'id: 1, duration: 5s, {STANDS}').replace('loop: true', '')}")
    assert len(mistakes) == 1
    assert mistakes[0].startswith("1:")
    assert told in mistakes[0]


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ("{}", "outputs: 0 outputs; there must be 1 to 32"),
        ("[left]", "outputs: takes outputs by name, one a line (name: ...), not a list"),
        ("{left: 1920}", "outputs.left: '1920' is not a size in pixels such as 1920x1080"),
        ("{left: 0x10}", "outputs.left: '0x10' is not a size in pixels"),
        ("{left: 8x8}", "outputs.left: 8 in 8x8 is outside 16..16384"),
        ("{left: 99999x10}", "outputs.left: 99999 in 99999x10 is outside 16..16384"),
        ("{the left: 64x64}", "outputs.the left: 'the left' cannot be the name of an output"),
        (
            "{off: 64x64}",
            'outputs.off: off means something else to YAML; as the name of an output it needs quotes: "off"',
        ),
    ],
)
def test_a_mistake_in_the_outputs_is_told_once(author: Author, outputs: str, told: str) -> None:
    (mistake,) = author.mistakes(f"outputs: {outputs}\ncues: [{{id: 1, duration: 5s, {STANDS}}}]")
    assert told in mistake


def test_a_wrong_parameter_is_not_complained_about_where_it_is_used(author: Author) -> None:
    text = with_layer("walk: arch, opacity: $mist").replace("0.5", "high")
    (told,) = author.mistakes(text)
    assert "parameters.mist.default: 'high' is not a number" in told


def test_an_unknown_neuron_hides_no_other_mistake(author: Author) -> None:
    view = "view: [{at: 3s}, {at: 2s}]"
    for subject in ("walk: [arch, {archh: 3s}, {arch: 2s}]", "plate: {neurons: [nobody, 3s]}"):
        mistakes = author.mistakes(with_layer(f"{subject}, {view}"))
        assert len(mistakes) == 3
        assert "view[1].at: 2s does not come after 3s" in mistakes[-1]


def test_an_unknown_neuron_between_two_equal_ones_is_one_mistake(author: Author) -> None:
    assert len(author.mistakes(with_layer("walk: [arch, archh, arch]"))) == 1


def warning(author: Author, layers: str, cue: str = "duration: 10s") -> str:
    (told,) = author.warnings(with_layers(layers, cue))
    return told


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ("[{walk: arch, outputs: [left]}]", "outputs.right: output 'right' stays dark: no layer is on it"),
        ("[{walk: arch}, {walk: pagoda}]", "layers[0]: layer 'layer2' in front hides layer 'layer1' all the time"),
        (
            "[{walk: arch, montage: span, outputs: [left]}, {walk: arch, outputs: [right]}]",
            "span on one output",
        ),
        (
            "[{walk: arch, place: [0, 0, 0.5, 1]}, {walk: pagoda, place: [0, 0, 0.5, 1]}]",
            "layers[0]: layer 'layer2' in front hides layer 'layer1' all the time",
        ),
        (
            "[{walk: arch, opacity: 0}]",
            "layers[0].opacity: layer 'layer1' is never seen: its opacity is 0 all the time",
        ),
        (
            "[{plate: {neurons: [arch, pagoda, arch]}, view: {into: arch}}]",
            "is in 2 cells of this plate: the player uses the first",
        ),
        ("[{walk: arch, montage: {split: 1x1}}]", "a split of 1x1 is the same as `single`"),
        ("[{walk: arch, montage: {canon: 10s}}]", "the canon reaches its last output after 10s"),
        (
            "[{takes: [{walk: arch}, {walk: arch}, {walk: pagoda}]}]",
            "3 takes on 2 places: the other takes are never seen",
        ),
        (
            "[{walk: {through: [arch, pagoda], duration: 2s, repeat: loop}}]",
            "ends elsewhere than it begins, so it jumps",
        ),
        ("[{walk: {through: [arch, pagoda], repeat: ping-pong}}]", "so it never repeats"),
        ("[{walk: {through: [arch, {pagoda: 3s}], ease: in}}]", "ease in bends the times of this walk"),
        ("[{walk: {through: [arch, pagoda], ease: hold}}]", "a walk with ease hold stays where it begins"),
        ("[{walk: {through: [arch], duration: 3s}}]", "a walk of one neuron stands still"),
        ("[{plate: {neurons: [arch], columns: 3}}]", "3 columns for 1 neurons leave cells empty"),
    ],
)
def test_what_looks_unintended_is_warned_of(author: Author, layers: str, told: str) -> None:
    assert told in warning(author, layers)


def test_what_comes_into_a_show_that_does_not_loop_is_never_seen_and_warned_of(author: Author) -> None:
    text = with_layers("[{walk: arch}]", "duration: 10s\n    transition: {dissolve: 2s}")
    assert author.warnings(text) == []
    told = author.warnings(f"loop: false\n{text}")
    assert len(told) == 1
    assert "nobody sees this dissolve when the show begins" in told[0]
    assert "begin with a cue without layers" in told[0]


def test_what_a_morph_lets_come_from_elsewhere_is_not_hidden(author: Author) -> None:
    layers = "[{name: a, walk: arch, opacity: 0}, {name: b, walk: pagoda}]"
    cue = f"cues:\n  - {{id: 1, duration: 9s, layers: {layers}}}\n  - {{id: 2, duration: 9s, layers: {layers}"
    head = "outputs: {left: 64x64}\n"
    assert len(author.warnings(f"{head}{cue}}}\n")) == 4
    assert author.warnings(f"{head}{cue}, transition: {{morph: 3s}}}}\n") == []


def test_places_beside_one_another_hide_nothing(author: Author) -> None:
    assert (
        author.warnings(with_layers("[{walk: arch, place: [0, 0, 0.5, 1]}, {walk: pagoda, place: [0.5, 0, 0.5, 1]}]"))
        == []
    )


def test_a_parameter_with_a_capital_is_told_how_it_is_written(author: Author) -> None:
    text = with_layer("walk: arch").replace("# no parameters", "parameters: {Mist: {default: 0.5}}")
    assert "small letters a to z, digits, - and _, a letter first; did you mean 'mist'?" in author.mistakes(text)[0]


def test_a_parameter_that_moves_nothing_is_warned_of(author: Author) -> None:
    text = with_layer("walk: arch").replace("# no parameters", "parameters: {mist: {default: 0.5}}")
    assert author.warnings(text) == ["2:20: parameters.mist: parameter 'mist' moves nothing: $mist is nowhere"]


def test_ways_between_cues_that_cannot_be_are_told(author: Author) -> None:
    def told(*cues: str) -> str:
        return "; ".join(author.mistakes(with_cues(*(f"{cue}, {STANDS}" for cue in cues))))

    a, b, night = "id: a, duration: 5s", "id: b, duration: 5s", "id: night, duration: 5s, on_call: true"
    assert "next: there is no cue 'bb'; there is a, b; did you mean 'b'?" in told(f"{a}, next: bb", b)
    assert "cue night is on call: it plays only when somebody starts it" in told(f"{a}, next: [a, night]", night)
    assert "'return' goes with `on_call: true`" in told(f"{a}, return: b", b)
    assert "a cue on call has no 'next'" in told(a, f"{night}, next: a")
    assert "return: there is no cue 'c'" in told(a, f"{night}, return: c")
    assert "every cue is on call: nothing would play by itself" in told(night)
    assert "'$near > 0.5'" not in told(a)
    assert "parameter 'near' is unknown" in told(f"{a}, next: [{{to: a, when: $near > 0.5}}]")
    assert "compares, such as" in told(f"{a}, next: [{{to: a, when: 1 + 2}}]")
    assert "weight: 0 is outside" in told(f"{a}, next: [{{to: a, weight: 0}}]")


def test_a_cue_to_which_no_way_leads_is_told(author: Author) -> None:
    cues = [f"id: {one}, duration: 5s, {more}{STANDS}" for one, more in (("a", "next: a, "), ("b", ""))]
    (told,) = author.warnings(with_cues(*cues))
    assert "no cue leads to cue b: only a GO for it starts it; write `on_call: true` if you mean that" in told


def test_a_morph_without_a_road_says_what_it_is_and_how_to_make_one(author: Author) -> None:
    def told(first: str, second: str) -> list[str]:
        morph = f"id: b, duration: 5s, transition: {{morph: 2s}}, layers: [{{walk: {second}}}]"
        return author.warnings(with_cues(f"id: a, duration: 5s, layers: [{{walk: {first}}}]", morph))

    (warning,) = told("[fountain, arch]", "[grotto, lighthouse]")
    assert "no road leads from arch to grotto: this morph is a double exposure" in warning
    assert "from arch to pagoda, and to grotto from fountain or lighthouse" in warning
    assert told("[arch, fountain]", "grotto") == []
    assert told("{choose: 1, from: [arch, grotto]}", "grotto") == []


def test_a_morph_from_a_neuron_that_is_none_is_told_once_and_where_it_stands(author: Author) -> None:
    morph = "id: b, duration: 5s, transition: {morph: 2s}, layers: [{walk: nowhere}]"
    (told,) = author.mistakes(with_cues("id: a, duration: 5s, layers: [{walk: arch}]", morph))
    assert "cues[1].layers[0].walk: no neuron" in told


def test_an_even_walk_with_too_many_ways_left_open_is_told_before_they_are_measured(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("installation.score.limits.OPEN_WAYS", 8)
    few = "walk: {choose: 2, from: {family: vaults}}"
    many = few.replace("{family: vaults}", "{family: shore}")
    assert author.mistakes(with_layer(few)) == []
    (told,) = author.mistakes(with_layer(many))
    assert "9 ways left to chance: each is measured before the show, 8 at most" in told
    assert author.mistakes(with_layer("walk: {through: {choose: 2, from: {family: shore}}, pace: times}")) == []
