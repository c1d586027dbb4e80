"""The operator's page says what the player does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installation.commands.publish import DOCS, PROJECT, with_tables
from installation.desk.addresses import AddressSpace
from installation.desk.desk_file import read_desk_file
from installation.desk.message_checks import messages_for
from installation.show.controls import CONTROLS
from tests.desk.scores import tide

PAGE = PROJECT / "docs" / "desk.md"
TEXT = PAGE.read_text()

SENT = re.findall(r"oscsend osc\.udp://\S+ (\S+)((?: \S+)*)$", TEXT, re.MULTILINE)


def test_the_tables_are_those_of_the_code() -> None:
    assert with_tables(PAGE) == TEXT, "run: python -m installation.commands.publish"
    assert all(f"<!-- table {name} -->" in TEXT for name in DOCS[PAGE]())


def test_every_control_stands_in_the_docs() -> None:
    assert all(f"`{control.address}`" in TEXT for control in CONTROLS)


@pytest.mark.parametrize(("address", "words"), SENT)
def test_what_the_docs_send_is_taken(address: str, words: str) -> None:
    arguments = tuple(float(word) for word in words.split()[1:])
    assert messages_for(AddressSpace(tide()), address, arguments, "osc:docs")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"scores/desks/\w+\.yaml", TEXT))))
def test_the_desk_files_of_the_docs_are_shipped(path: str) -> None:
    assert read_desk_file(Path(__file__).parents[2] / path).name


def test_every_shipped_desk_file_has_a_how_to() -> None:
    for path in (Path(__file__).parents[2] / "scores" / "desks").glob("*.yaml"):
        assert f"scores/desks/{path.name}" in TEXT
