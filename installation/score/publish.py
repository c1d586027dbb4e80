"""Write what is generated from the language: `python -m installation.score.publish` in the project's folder."""

from __future__ import annotations

import json
import re
from pathlib import Path

from installation.score.schema import json_schema
from installation.score.tables import tables

PROJECT = Path(__file__).parents[2]
SCHEMA_FILE = PROJECT / "scores" / "score.schema.json"
DOCS_FILE = PROJECT / "docs" / "score.md"

TABLE = re.compile(r"(<!-- table (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def schema_text() -> str:
    """What stands in scores/score.schema.json."""
    return json.dumps(json_schema(), indent=2) + "\n"


def with_tables(docs: str) -> str:
    """`docs` with every table between `<!-- table NAME -->` and `<!-- end -->` as the language has it now."""
    current = tables()
    return TABLE.sub(lambda match: f"{match[1]}{current[match[2]]}\n{match[3]}", docs)


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text())
    DOCS_FILE.write_text(with_tables(DOCS_FILE.read_text()))
