"""The card of a network: what is known of it before its file is opened, as a small YAML file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import torch
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from installation.errors import ScoreError

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$", max_length=80)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-][A-Za-z0-9_\-.]*$", max_length=200)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Three = tuple[float, float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Input(_Strict):
    """How a network was trained to see: (range * picture - mean) / deviation for red, green and blue, then `order`."""

    range: float = Field(default=1.0, gt=0)
    mean: Three = (0.0, 0.0, 0.0)
    deviation: Three = (1.0, 1.0, 1.0)
    order: Literal["rgb", "bgr"] = "rgb"
    size_px: int = Field(default=224, ge=1, le=4096, description="side of the pictures of its training")

    def see(self, picture: Tensor) -> Tensor:
        """An RGB picture 0..1 (B, 3, H, W) as the network wants it."""
        signal = picture if self.range == 1 else self.range * picture
        if any(self.mean):
            signal = signal - _column(self.mean, signal.dtype, signal.device)
        if self.deviation != (1, 1, 1):
            signal = signal / _column(self.deviation, signal.dtype, signal.device)
        return signal.flip(1) if self.order == "bgr" else signal


@lru_cache(maxsize=64)
def _column(values: Three, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(1, 3, 1, 1), kept so that a graphics card does not wait for three numbers at every step."""
    return torch.tensor(values, dtype=dtype, device=device).view(1, 3, 1, 1)


class Card(_Strict):
    """One network. `sha256` is left out where nobody has had the very file in hand."""

    name: Name
    architecture: str
    wiring: Name
    classes: int = Field(default=0, ge=0, le=1_000_000)
    file: FileName
    sha256: Sha256 | None = None
    input: Input = Input()
    labels_file: FileName | None = None
    attribution: str
    licence: str
    published: str = Field(description="where its weights come from")


def read_card(path: Path) -> Card:
    """Read a card; ScoreError lists every mistake with its place."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Card.model_validate(found)
    except OSError as error:
        raise ScoreError(f"{path}: the network's card cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ScoreError(f"{path}: the network's card is not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScoreError(f"{path}:{line}: not YAML: {error.problem}") from error
    except ValidationError as error:
        mistakes = [
            f"{path}: {'.'.join(str(part) for part in one['loc']) or 'all'}: {one['msg']}, found {one['input']!r:.70}"
            for one in error.errors(include_url=False)
        ]
        raise ScoreError("\n".join(mistakes)) from error
