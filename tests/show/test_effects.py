"""Effects over time: each quantity has keys or follows the desk, and what changes nothing is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installation.show.control import initial_control
from installation.show.effects import EFFECTS, TimedEffects, chains_in, is_neutral
from installation.show.evaluate import evaluate
from installation.show.expressions import Number, ParameterRef
from installation.show.frame import Effect
from installation.show.morph import morphed
from installation.show.score import EffectTracks, Keyframe, Track
from tests.show.scores import cue, layer, score, showing


def tracks(kind: str, **values: Number | Track) -> EffectTracks:
    told = [values.get(one.name, one.fallback) for one in EFFECTS[kind].quantities]
    return EffectTracks(kind, tuple(one if isinstance(one, Track) else Track((Keyframe(0.0, one),)) for one in told))


def test_a_quantity_has_keys_or_follows_the_desk() -> None:
    rising = Track((Keyframe(0.0, 0.0), Keyframe(10.0, 0.1)))
    timed = TimedEffects((tracks("blur", radius=rising), tracks("posterize", steps=ParameterRef("n"))), 30)
    assert timed.at(5.0, {"n": 7}) == (Effect("blur", (0.05,)), Effect("posterize", (7.0, 1.0)))
    assert timed.at(0.0, {"n": 2}) == (Effect("posterize", (2.0, 1.0)),), "what changes nothing now is not there now"


@pytest.mark.parametrize("kind", [kind for kind, told in EFFECTS.items() if told.neutral])
def test_an_effect_that_changes_nothing_is_not_there(kind: str) -> None:
    neutral = dict(zip([one.name for one in EFFECTS[kind].quantities], EFFECTS[kind].neutral, strict=False))
    assert TimedEffects((tracks(kind, **neutral),), 30).at(0.0, {}) == ()
    led = {name: ParameterRef(name) for name in neutral}
    assert TimedEffects((tracks(kind, **led),), 30).at(0.0, neutral) == ()


@pytest.mark.parametrize("kind", EFFECTS)
def test_an_effect_that_is_asked_for_without_more_changes_something(kind: str) -> None:
    (effect,) = TimedEffects((tracks(kind),), 30).at(0.0, {}) or (Effect(kind, EFFECTS[kind].neutral),)
    assert is_neutral(effect) == (kind == "grade")


def test_effects_stand_on_layers_cues_and_the_show() -> None:
    on_layer, on_cue, on_show = tracks("blur"), tracks("posterize"), tracks("vignette")
    told = score(replace(cue("1", layer(showing("a"))), effects=(on_cue,)))
    (first,) = told.cues
    sea = replace(first.layers[0], effects=(on_layer,))
    told = replace(told, cues=(replace(first, layers=(sea,)),), effects=(on_show,))
    output = evaluate(told, 0, initial_control(told)).outputs[0]
    assert [effect.kind for effect in output.effects] == ["vignette"]
    assert [effect.kind for effect in output.cues[0].effects] == ["posterize"]
    assert [effect.kind for effect in output.cues[0].layers[0].effects] == ["blur"]
    assert output.has_effects
    assert not output.is_covered, "what is bent for a monitor has other pixels around it"


def test_grain_counts_the_frames_of_its_own_time() -> None:
    grain = TimedEffects((tracks("grain"), tracks("vignette")), 30)
    assert [grain.at(number / 30, {})[0].moment for number in range(4)] == [0, 1, 2, 3]


def test_effects_of_the_same_kinds_travel_in_a_morph_and_others_do_not() -> None:
    told = score(cue("1", layer(showing("a"))))
    (frame,) = evaluate(told, 0, initial_control(told)).outputs[0].cues[0].layers
    old, new = (frame._replace(effects=(Effect("blur", (radius,)),)) for radius in (0.0, 0.1))
    travelled = morphed((old,), (new,), 0.25)
    assert travelled is not None
    assert travelled[0].effects == (Effect("blur", (0.025,)),)
    assert morphed((old,), (frame._replace(effects=(Effect("posterize", (4.0, 1.0)),)),), 0.25) is None


def test_the_chains_of_a_score_are_told_with_the_shows_effects_and_without_what_changes_nothing() -> None:
    led, warm = tracks("grade", gain=ParameterRef("near")), tracks("grade", temperature=0.5)
    first = cue("1", replace(layer(showing("a")), effects=(led, tracks("blur", radius=0.1), warm, tracks("posterize"))))
    told = replace(score(first), effects=(tracks("grain"), tracks("grade")))
    assert chains_in(told) == (
        ("grain",),
        ("grade",),
        ("grade", "posterize"),
        ("grade", "posterize", "grain"),
    )
