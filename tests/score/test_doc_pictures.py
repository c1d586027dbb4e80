"""Beside an example of docs/score.md stands what it shows; --regenerate renders those pictures anew."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.commands.publish import PROJECT
from installation.editions.production import Production
from installation.player.offline import OfflinePlayer
from tests.conftest import TOLERANCE
from tests.score.test_docs import TEXT, as_score

PICTURES = PROJECT / "docs" / "pictures"
EXAMPLE = re.compile(
    r"^```yaml (score|layer)\n((?:(?!^```).)*)^```\n\n!\[[^]]*\]\(pictures/(\w+)\.png\)", re.MULTILINE | re.DOTALL
)
EXAMPLES = EXAMPLE.findall(TEXT)
SIZE_PX = (480, 270)
AT = "10s"


@pytest.mark.parametrize(("kind", "text", "name"), EXAMPLES, ids=[name for _, _, name in EXAMPLES])
def test_the_picture_beside_an_example_is_what_it_shows(
    kind: str, text: str, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for folder in ("atlas", "material"):
        (tmp_path / folder).symlink_to(PROJECT / "scores" / folder)
    (tmp_path / "score.yaml").write_text(as_score(kind, text))
    production = Production.open(tmp_path / "score.yaml", size=SIZE_PX)
    with OfflinePlayer(production, [], production.frame_number(AT, "at")) as offline:
        offline.player.step()
        picture = next(iter(offline.canvases.values())).pixels()[..., :3]
    path = PICTURES / f"{name}.png"
    if request.config.getoption("--regenerate"):
        Image.fromarray(picture).save(path, optimize=True)
        return
    expected = np.asarray(Image.open(path).convert("RGB"))
    assert np.abs(picture.astype(int) - expected).max() <= TOLERANCE, "look at it, then run pytest --regenerate"


def test_no_picture_is_left_that_nothing_shows() -> None:
    assert {path.stem for path in PICTURES.glob("*.png")} == {name for _, _, name in EXAMPLES}
