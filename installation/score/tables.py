"""The language as tables for docs/score.md."""

from __future__ import annotations

from installation.language.shapes import records
from installation.language.tables import record_table, tagged_table
from installation.score.forms import MONTAGE, TRANSITION
from installation.score.model import ScoreWords


def tables() -> dict[str, str]:
    """Every table by the name that docs/score.md calls it."""
    found = {record.noun(): record_table(record) for record in records(ScoreWords)}
    return found | {"Montage": tagged_table(MONTAGE), "Transition": tagged_table(TRANSITION)}
