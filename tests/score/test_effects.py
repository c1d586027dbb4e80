"""`effects:` in a score."""

from __future__ import annotations

import pytest

from installation.show.effects import EFFECTS
from installation.show.expressions import ParameterRef
from installation.show.score import EffectTracks, Keyframe, Track
from tests.score.five_neurons import Author, with_cues, with_layer


def effects_of(author: Author, told: str) -> tuple[EffectTracks, ...]:
    (cue,) = author.read(with_layer(f"walk: arch, effects: {told}")).cues
    return cue.layers[0].effects


def values_of(effect: EffectTracks) -> list[object]:
    return [track.keys[0].value for track in effect.values]


def test_an_effect_is_a_word_or_a_word_with_a_number_or_with_quantities(author: Author) -> None:
    told = "[posterize, {blur: 0.05}, {vignette: {amount: 0.8, softness: $mist * 0.5 + 0.1}}]"
    poster, blur, vignette = effects_of(author, told)
    assert (poster.kind, values_of(poster)) == ("posterize", [4.0, 1.0])
    assert (blur.kind, values_of(blur)) == ("blur", [0.05])
    assert vignette.values[0] == Track((Keyframe(0.0, 0.8),))
    assert vignette.values[1] == Track((Keyframe(0.0, 0.7),))


def test_a_quantity_is_a_parameter_or_keys(author: Author) -> None:
    told = "[{grain: $mist}, {blur: [{at: 0s, value: 0}, {at: 50%, value: 0.1, ease: smooth}]}]"
    grain, blur = effects_of(author, told)
    assert grain.values[0] == Track((Keyframe(0.0, ParameterRef("mist")),))
    assert blur.values[0].keys[1].at == pytest.approx(5.0)
    assert blur.values[0].keys[1].ease == "smooth"


def test_cues_and_the_whole_show_have_effects(author: Author) -> None:
    told = with_cues("id: 1, duration: 9s, effects: [vignette], layers: [{walk: arch}]")
    score = author.read("effects: [{grade: {saturation: 0.5}}]\n" + told)
    assert [one.kind for one in score.effects] == ["grade"]
    assert [one.kind for one in score.cues[0].effects] == ["vignette"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("[blurr]", "effect 'blurr' is unknown; did you mean 'blur'?"),
        ("[noise]", "effect 'noise' is unknown; did you mean 'grain'?"),
        ("[{blur: 3}]", "3 is outside 0..0.5"),
        ("[{grade: {gane: 2}}]", "'gane' is not a quantity of grade; did you mean 'gain'?"),
        ("[{grade: {gain: 20}}]", "20 is outside 0..10"),
        ("[{grain: $mits}]", "parameter 'mits' is unknown"),
        ("[{blur: 0.1, grain: 0.1}]", "takes an effect with its quantities, such as {blur: 0.02}"),
        ("[{blur: [{at: 2s, value: 0}, {at: 1s, value: 0.1}]}]", "1s does not come after 2s"),
        ("[{blur: [{at: 20s, value: 0}]}]", "20s is beyond the 10s that the cue is seen"),
        ("[{blur: [{at: 0s, value: 7}]}]", "7 is outside 0..0.5"),
        ("blur", "takes a list of effects"),
    ],
)
def test_mistakes_are_told_where_they_stand(author: Author, told: str, message: str) -> None:
    mistakes = author.mistakes(with_layer(f"walk: arch, effects: {told}"))
    assert any(message in mistake for mistake in mistakes), mistakes


def test_a_layer_is_pushed_aside_by_another_that_is_not_shown(author: Author) -> None:
    layers = "[{name: wind, walk: pagoda}, {name: sea, walk: arch, effects: [{displace: {by: wind, amount: 0.2}}]}]"
    (cue,) = author.read(with_cues(f"id: 1, duration: 9s, layers: {layers}")).cues
    wind, sea = cue.layers
    assert (wind.is_matte, sea.is_matte) == (True, False)
    assert (sea.effects[0].by, values_of(sea.effects[0])) == (("wind",), [0.2, 0.0, 0.0])


def test_what_guides_an_effect_has_to_be_a_layer_beside_it(author: Author) -> None:
    def told(effect: str, where: str = "effects") -> str:
        inside = f"{where}: [{effect}]" if where == "effects" else ""
        cue = f"id: 1, duration: 9s, layers: [{{name: wind, walk: pagoda}}, {{name: sea, walk: arch, {inside}}}]"
        (mistake,) = author.mistakes(with_cues(cue + ("" if inside else f", effects: [{effect}]")))
        return mistake

    assert "layer 'wynd' is not in this cue; it has wind; did you mean 'wind'?" in told("{displace: {by: wynd}}")
    assert "layer 'sea' cannot guide itself" in told("{displace: {by: sea}}")
    assert "displace needs `by`, the name of a layer of the cue" in told("displace")
    assert "displace needs `by`" in told("{displace: 0.2}")
    assert "put it among the effects of a layer" in told("{displace: {by: wind}}", "cue")


def test_a_morph_between_other_effects_is_refused(author: Author) -> None:
    first = "id: 1, duration: 9s, layers: [{walk: arch, effects: [blur]}]"
    second = "id: 2, duration: 9s, transition: {morph: 2s}, layers: [{walk: arch, effects: [posterize]}]"
    (mistake,) = author.mistakes(with_cues(first, second, loop=False))
    assert "have different effects; use a dissolve" in mistake


def test_every_quantity_holds_what_it_does_without_a_word() -> None:
    for kind in EFFECTS.values():
        for quantity in kind.quantities:
            assert quantity.low <= quantity.fallback <= quantity.high
