"""The language as tables for docs/score.md."""

from __future__ import annotations

from installation.language.containers import records
from installation.language.tables import record_table, tagged_table
from installation.score.effects import EffectKeySpec, effect_table
from installation.score.model import ScoreSpec
from installation.score.montage_and_transition import MONTAGE, TRANSITION


def tables() -> dict[str, str]:
    """Every table, under its name in docs/score.md."""
    found = {record.schema_name(): record_table(record) for record in records(ScoreSpec)}
    found |= {"EffectKey": record_table(EffectKeySpec)}
    return found | {"Montage": tagged_table(MONTAGE), "Transition": tagged_table(TRANSITION), "Effect": effect_table()}
