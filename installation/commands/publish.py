"""Write the files that are generated from the code: tables of the docs, and the JSON Schema of scores.

Run `python -m installation.commands.publish` in the project's folder whenever a key, an address or a reading has
changed; the tests fail until then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from installation.desk import tables as desk
from installation.files import write_atomically
from installation.rig import tables as rig
from installation.score import tables as score
from installation.score.schema import json_schema
from installation.studio.recipes import tables as recipe

PROJECT = Path(__file__).parents[2]
SCHEMA_FILE = PROJECT / "scores" / "score.schema.json"

DOCS: dict[Path, Callable[[], dict[str, str]]] = {
    PROJECT / "docs" / "atlas.md": recipe.tables,
    PROJECT / "docs" / "score.md": score.tables,
    PROJECT / "docs" / "desk.md": desk.tables,
    PROJECT / "docs" / "rig.md": rig.tables,
    PROJECT / "docs" / "fleet.md": rig.fleet_tables,
}
"""Each page with the function that gives its tables by name."""

TABLE = re.compile(r"(<!-- table (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def schema_text() -> str:
    """The content of scores/score.schema.json."""
    return json.dumps(json_schema(), indent=2) + "\n"


def with_tables(page: Path) -> str:
    """A page of DOCS with all tables between `<!-- table NAME -->` and `<!-- end -->` replaced by the current ones."""
    current = DOCS[page]()
    return TABLE.sub(lambda match: f"{match[1]}{current[match[2]]}\n{match[3]}", page.read_text())


if __name__ == "__main__":
    write_atomically(SCHEMA_FILE, schema_text().encode())
    for page in DOCS:
        write_atomically(page, with_tables(page).encode())
