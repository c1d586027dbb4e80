"""The technician's page says what the house does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installation.commands.publish import DOCS, PROJECT, with_tables
from installation.desk.rig_gateway import is_beside_show
from installation.rig.rigging import Rigging
from installation.rig.venue import read_venue
from installation.score import reader

PAGE = PROJECT / "docs" / "rig.md"
TEXT = PAGE.read_text()
EXAMPLE = re.findall(r"^```yaml rig\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SENT = re.findall(r"oscsend osc\.udp://\S+ (\S+)((?: \S+)*)$", TEXT, re.MULTILINE)


def test_the_tables_are_those_of_the_code() -> None:
    assert with_tables(PAGE) == TEXT, "run: python -m installation.commands.publish"
    assert set(re.findall(r"<!-- table (\w+) -->", TEXT)) == set(DOCS[PAGE]())


@pytest.mark.parametrize("text", EXAMPLE)
def test_the_example_reads_and_takes_what_the_docs_send(tmp_path: Path, text: str) -> None:
    (tmp_path / "rig.yaml").write_text(text)
    heads = read_venue(tmp_path / "rig.yaml").heads
    sizes = {head.source: (1920, 1080) for head in heads}
    with Rigging(heads, None, lambda _: None, lambda: sizes, lambda: False) as rigging:
        assert SENT
        for address, words in SENT if "left" in {head.output for head in heads} else ():
            assert is_beside_show(address)
            rigging.gateway.take(address, tuple(map(float, words.split()[1:])), "osc:docs")


@pytest.mark.parametrize("rig", sorted((PROJECT / "scores" / "rigs").glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_rig_is_right_for_the_shipped_score(rig: Path) -> None:
    score = reader.check(PROJECT / "scores" / "first_light.yaml").score
    assert len(read_venue(rig, score).heads) == 3
