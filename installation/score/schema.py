"""The language as JSON Schema, for editors: they complete keys, explain them and mark mistakes as one types."""

from __future__ import annotations

from installation.language.kinds import Schema
from installation.language.schema import definition
from installation.language.shapes import records
from installation.score.model import SCORE, ScoreWords


def json_schema() -> Schema:
    """The schema, draft 7 (which every editor's YAML plug-in knows); it says less than the reader, never more."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A score of The Neural Image",
        **SCORE.schema(),
        "definitions": {record.noun(): definition(record) for record in records(ScoreWords)},
    }
