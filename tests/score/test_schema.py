"""The JSON Schema that editors use: current, accepts what the reader accepts, refuses obvious mistakes."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from installation.commands.publish import PROJECT, SCHEMA_FILE, schema_text
from installation.language.nodes import MappingNode, Node, ScalarNode, SequenceNode, compose
from installation.score.schema import json_schema
from tests.score.five_neurons import with_cues, with_layer
from tests.score.test_docs import EXAMPLES
from tests.score.test_mistakes import STANDS

SCHEMA = jsonschema.Draft7Validator(json_schema())
SHIPPED = sorted(path for path in (PROJECT / "scores").glob("*.yaml") if "\ncues:" in path.read_text())


def as_editors_read(text: str) -> Any:
    """`text` as plain data after YAML 1.2's core schema, which editors go by."""

    def plain(node: Node) -> Any:
        if isinstance(node, MappingNode):
            return {key: plain(value) for key, (_, value) in node.entries.items()}
        if isinstance(node, SequenceNode):
            return [plain(item) for item in node.items]
        assert isinstance(node, ScalarNode)
        if not node.plain:
            return node.text
        if node.text in ("true", "false"):
            return node.text == "true"
        if re.fullmatch(r"[-+]?\d+", node.text):
            return int(node.text)
        if re.fullmatch(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", node.text):
            return float(node.text)
        return None if node.text in ("", "~", "null") else node.text

    root = compose(text, lambda _node, message: pytest.fail(message))
    assert root is not None
    return plain(root)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(json_schema())


def test_the_shipped_schema_is_that_of_the_language() -> None:
    assert SCHEMA_FILE.read_text() == schema_text(), "run python -m installation.commands.publish"


def test_every_key_is_explained() -> None:
    for definition in json_schema()["definitions"].values():
        assert definition["description"].endswith(".")
        kinds = [definition] if "properties" in definition else definition["anyOf"]
        for described in (one for kind in kinds for one in kind.get("properties", {}).values()):
            assert described["description"].endswith(".")


def test_every_shipped_score_is_accepted() -> None:
    for path in SHIPPED:
        SCHEMA.validate(as_editors_read(path.read_text()))


@pytest.mark.parametrize("text", [text for kind, text in EXAMPLES if kind == "score"])
def test_the_docs_scores_are_accepted(text: str) -> None:
    SCHEMA.validate(as_editors_read(text))


ACCEPTED = [
    "walk: {through: [pagoda, {arch: 6s}], pace: times, duration: 4s, ease: in, repeat: loop}",
    "plate: {neurons: [pagoda], columns: 1, gap: 0.1}, view: [{at: 0s, zoom: $mist}, {at: 50%, into: pagoda}]",
    "walk: arch, montage: {split: 2x2, gap: 0.1}, place: [0, 0, 1, 0.5], opacity: $mist, blend: add",
    "walk: arch, montage: {canon: 45f}, opacity: [{at: 1:02.5, value: 1}]",
    "takes: [{walk: arch}, {plate: {layer: places365/conv10}}], montage: single",
]


@pytest.mark.parametrize("layer", ACCEPTED)
def test_what_a_layer_may_say_is_accepted(layer: str) -> None:
    SCHEMA.validate(as_editors_read(with_layer(layer)))


ACCEPTED += [
    "walk: {choose: 2, from: {family: reef}}, opacity: {between: [0, 1]}, view: {zoom: $mist * 2 + 1}",
    "walk: [arch, {shuffle: {layer: places365/conv10}}], name: sea",
    "takes: {choose: 1, from: [{walk: arch}, {walk: pagoda}]}",
    "plate: {neurons: {choose: 4, from: [arch, pagoda, grotto, fountain]}}",
    "walk: {through: {family: reef}, position: $mist}",
]

REFUSED = [
    with_layer("walk: {choose: 2}"),
    with_layer("walk: arch, opacity: {between: [0]}"),
    with_layer("takes: {choose: 1, from: []}"),
    with_cues(f"id: 1, duration: 5s, on_call: maybe, {STANDS}"),
    with_cues(f"id: 1, duration: 5s, next: [], {STANDS}"),
    with_layer("wlak: arch"),
    with_layer("walk: arch, opacity: 1.4"),
    with_layer("walk: arch, opacity: half"),
    with_layer("walk: arch, blend: scren"),
    with_layer("walk: arch, montage: splt"),
    with_layer("walk: arch, montage: {split: 2}"),
    with_layer("walk: arch, montage: {span: 0.1, gap: 0.1}"),
    with_layer("walk: arch, place: [0, 0, 1]"),
    with_layer("walk: arch, view: {zoom: 0}"),
    with_layer("walk: arch, view: [{zoom: 2}]"),
    with_layer("walk: arch, plate: {layer: a/b}"),
    with_layer("opacity: 1"),
    with_layer("walk: []"),
    with_layer("plate: {columns: 3}"),
    with_cues(f"id: 1, {STANDS}"),
    with_cues(f"duration: 5s, {STANDS}"),
    with_cues(f"id: 1, duration: 20, {STANDS}"),
    with_cues(f"id: 1, duration: 20m, {STANDS}"),
    with_cues(f"id: 1, duration: 5s, transition: dissolve, {STANDS}"),
    with_cues(f"id: 1, duration: 5s, transition: {{disolve: 3s}}, {STANDS}"),
    with_cues(f"id: 1, duration: 5s, end: stop, {STANDS}"),
    "outputs: {}\ncues: []",
    "outputs: {left: 1920}\ncues: [{id: 1, duration: 5s, layers: []}]",
    "cues: [{id: 1, duration: 5s, layers: []}]",
    "title: on its own",
]


@pytest.mark.parametrize("text", REFUSED)
def test_obvious_mistakes_are_refused(text: str) -> None:
    assert not SCHEMA.is_valid(as_editors_read(text))


def test_a_cue_that_holds_needs_no_duration_in_the_schema_either() -> None:
    SCHEMA.validate(as_editors_read(with_cues(f"id: 1, end: hold, {STANDS}")))


def test_the_schema_is_valid_json_with_a_last_line_end() -> None:
    assert json.loads(schema_text()) == json_schema()
    assert schema_text().endswith("}\n")
