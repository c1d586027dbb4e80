"""YAML that people write of networks, their cards, read strictly and with every mistake told."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from installation.errors import ScoreError


class Strict(BaseModel):
    """Frozen, without unknown words, without numbers that are none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=Strict)


def read_strictly(path: Path, model: type[Model], what: str) -> Model:
    """Read `path` as `model`; ScoreError lists every mistake with its place. `what` names it, as in "the card"."""
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ScoreError(f"{path}: {what} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ScoreError(f"{path}: {what} is not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScoreError(f"{path}:{line}: not YAML: {error.problem}") from error
    except ValidationError as error:
        mistakes = [f"{path}: {_mistake(one)}" for one in error.errors(include_url=False)]
        raise ScoreError("\n".join(mistakes)) from error


def _mistake(one: Any) -> str:
    place = ".".join(map(str, one["loc"])) or "all"
    found = "" if one["type"] == "missing" else f", found {one['input']!r:.70}"
    return f"{place}: {one['msg']}{found}"
