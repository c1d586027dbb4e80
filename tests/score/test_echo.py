"""`echo:` of a layer in a score."""

from __future__ import annotations

import pytest

from installation.show.score import Echo
from tests.score.five_neurons import Author, with_layer


def test_an_echo_is_a_list_of_ages_or_says_how_they_fade(author: Author) -> None:
    def told(echo: str) -> Echo | None:
        return author.read(with_layer(f"walk: arch, echo: {echo}")).cues[0].layers[0].echo

    assert told("[0.5s, 1s]") == Echo((0.5, 1.0))
    assert told("{ages: [6f], fade: 0.9}") == Echo((0.2,), 0.9)


@pytest.mark.parametrize(
    ("echo", "told"),
    [
        ("[1s, 1s]", "1s does not come after 1s: ages grow"),
        ("[9s]", "an echo of 9s ago is too old: control remembers 8s"),
        ("[]", "0 ages; there must be 1 to 8"),
        ("{ages: [1s], fade: 2}", "2 is outside 0.01..1"),
        ("{fade: 0.5}", "'ages' is missing"),
        ("[" + ", ".join(f"{n}f" for n in range(1, 10)) + "]", "9 ages; there must be 1 to 8"),
    ],
)
def test_mistakes_are_told_where_they_stand(author: Author, echo: str, told: str) -> None:
    (mistake,) = author.mistakes(with_layer(f"walk: arch, echo: {echo}"))
    assert told in mistake
    assert mistake.startswith("6:")
