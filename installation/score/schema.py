"""The language as JSON Schema, with which editors complete keys, explain them and mark mistakes during typing."""

from __future__ import annotations

from installation.language.containers import Record, records
from installation.language.scalars import Schema
from installation.language.schema import definition
from installation.score.effects import EFFECT, EffectKeySpec
from installation.score.model import SCORE, ScoreSpec


def json_schema() -> Schema:
    """The schema, draft 7, which every editor's YAML plug-in knows; it accepts everything that the reader accepts."""
    defined: list[type[Record]] = [*records(ScoreSpec), EffectKeySpec]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A score of The Neural Image",
        **SCORE.schema(),
        "definitions": {record.schema_name(): definition(record) for record in defined}
        | {"Effect": EFFECT.definition()},
    }
