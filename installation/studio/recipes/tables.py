"""The keys of recipes as tables for docs/atlas.md."""

from __future__ import annotations

from installation.language.containers import records
from installation.language.tables import record_table
from installation.studio.recipes.spec import RecipeSpec


def tables() -> dict[str, str]:
    """Every table, by its name in docs/atlas.md."""
    return {record.schema_name(): record_table(record) for record in records(RecipeSpec)}
