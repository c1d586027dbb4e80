"""Class names by channel, in the forms of networks' own lists, and in those that artists write."""

from __future__ import annotations

import re
from pathlib import Path

from installation.errors import AtlasError
from installation.files import read_regular

MAX_BYTES = 16 * 2**20
"""The largest size of a list of class names; the largest known list has 1.5 million bytes."""

PLACES = re.compile(r"/./(\S+) (\d+)")
"""A line of the Places365 list: `/p/pagoda 251`."""

WORDNET = re.compile(r"n\d{8} (.+)")
"""A line of the ImageNet list: `n01440764 tench, Tinca tinca`."""

COMMON = re.compile(r"(.+) \((.+)\)")
"""A line of the iNaturalist lists: `Cyanocitta cristata (Blue Jay)`."""


def read_labels(path: Path) -> tuple[str, ...]:
    """Class names in channel order; AtlasError for a file that is not text, or whose channel numbers have gaps."""
    try:
        lines = [line.strip() for line in read_regular(path, MAX_BYTES).decode().splitlines() if line.strip()]
    except OSError as error:
        raise AtlasError(f"{path}: the class names cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise AtlasError(f"{path}: the class names are not UTF-8 text") from error
    places = [PLACES.fullmatch(line) for line in lines]
    if lines and all(places):
        numbered = {int(found[2]): found[1] for found in places if found}
        if sorted(numbered) != list(range(len(lines))):
            raise AtlasError(f"{path}: its {len(lines)} class names do not have the numbers 0 to {len(lines) - 1}")
        return tuple(numbered[number] for number in range(len(lines)))
    return tuple(found[1] if (found := WORDNET.fullmatch(line)) else line for line in lines)


def spoken(label: str) -> tuple[str, ...]:
    """The names that an artist may give for a class: the whole line, each synonym, the common and the Latin name."""
    common = COMMON.fullmatch(label)
    return label, *(common.groups() if common else [word.strip() for word in label.split(",")])


def channels_called(word: str, labels: tuple[str, ...]) -> list[int]:
    """Channels whose class is called `word`, in any case; matches of whole lines take precedence over synonyms."""
    sought = word.casefold()
    whole = [number for number, label in enumerate(labels) if label.casefold() == sought]
    return whole or [
        number for number, label in enumerate(labels) if sought in [name.casefold() for name in spoken(label)]
    ]
