from __future__ import annotations

from fractions import Fraction

import pytest

from installation.show.expressions import Between, Operation, ParameterRef
from installation.show.frame import Place, Plate
from installation.show.score import (
    Branch,
    Canon,
    Choice,
    Cue,
    Descend,
    DescentStop,
    Keyframe,
    Leg,
    Mirror,
    Montage,
    Output,
    Parameter,
    SensorInput,
    Single,
    Span,
    Split,
    TakesChoice,
    TakeSubject,
    Track,
    Transition,
    ViewKeyframe,
    Walk,
)
from tests.score.five_neurons import HEAD, Author, with_cues, with_layer, with_layers

PAGODA, ARCH, FOUNTAIN, LIGHTHOUSE, GROTTO = (f"places365/conv10/{channel}" for channel in range(5))


def test_the_shortest_score(author: Author) -> None:
    score = author.read("outputs: {wall: 64x32}\ncues: [{id: 1, duration: 4s, layers: [{walk: pagoda}]}]\n")
    (cue,) = score.cues
    (layer,) = cue.layers
    assert (score.title, score.fps, score.seed, score.loop) == ("score", Fraction(30), 0, True)
    assert score.outputs == (Output("wall", 64, 32),)
    assert (cue.id, cue.name, cue.duration, cue.end, cue.transition) == ("1", "1", 4.0, "follow", Transition())
    assert (layer.name, layer.outputs, layer.montage, layer.blend) == ("layer1", ("wall",), Single(), "normal")
    assert layer.takes[0].subject == Walk((Leg(PAGODA, PAGODA, 0.0, 4.0),), 4.0)
    assert layer.takes[0].view == (ViewKeyframe(0.0),)


def test_the_digest_changes_with_the_text_and_only_with_it(author: Author) -> None:
    first = author.read(with_layer("walk: pagoda"))
    assert author.read(with_layer("walk: pagoda")) == first
    assert author.read(with_layer("walk: pagoda") + "# a word").digest != first.digest


@pytest.mark.parametrize(
    ("text", "fps"),
    [
        ("25", Fraction(25)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("'59.94'", Fraction(60000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_the_frame_rate_is_exact(author: Author, text: str, fps: Fraction) -> None:
    assert author.read(f"fps: {text}\n{with_layer('walk: pagoda')}").fps == fps


def test_parameters_are_exposed_with_their_range(author: Author) -> None:
    score = author.read(
        f"{HEAD}parameters: {{mist: {{default: 0.3, range: [0.1, 0.9], about: The fog}}}}\n"
        "cues: [{id: a, duration: 5s, layers: [{walk: arch, opacity: $mist, view: {x: $mist}}]}]"
    )
    assert score.parameters == (Parameter("mist", 0.3, 0.1, 0.9, "The fog"),)
    (layer,) = score.cues[0].layers
    assert layer.opacity == Track((Keyframe(0.0, ParameterRef("mist")),))
    assert layer.takes[0].view[0].x == ParameterRef("mist")


def test_ids_are_numbers_or_words(author: Author) -> None:
    cues = [f"id: {word}, duration: 5s, layers: []" for word in ("1", "1.5", "'on'", "sea-2", '"007"')]
    assert [cue.id for cue in author.read(with_cues(*cues)).cues] == ["1", "1.5", "on", "sea-2", "007"]


def test_a_neuron_may_be_called_by_its_address(author: Author) -> None:
    (layer,) = author.read(with_layer(f"walk: {LIGHTHOUSE}")).cues[0].layers
    assert layer.takes[0].subject == Walk((Leg(LIGHTHOUSE, LIGHTHOUSE, 0.0, 10.0),), 10.0)


def subject(author: Author, layer: str, cue: str = "duration: 10s") -> TakeSubject:
    return author.read(with_layer(layer, cue)).cues[0].layers[0].takes[0].subject


def test_a_list_of_neurons_is_an_even_walk_over_the_cue(author: Author) -> None:
    walk = subject(author, "walk: [pagoda, arch, fountain]")
    assert walk == Walk((Leg(PAGODA, ARCH, 0.0, 5.0), Leg(ARCH, FOUNTAIN, 5.0, 10.0)), 10.0, even=True)


def test_a_walk_goes_on_while_the_next_cue_comes_in(author: Author) -> None:
    score = author.read(
        with_cues(
            "id: 1, duration: 10s, layers: [{walk: [pagoda, arch]}]",
            "id: 2, duration: 5s, transition: {dissolve: 2s}, layers: [{walk: [pagoda, arch]}]",
        )
    )
    walks = [cue.layers[0].takes[0].subject for cue in score.cues]
    assert [walk.duration for walk in walks if isinstance(walk, Walk)] == [12.0, 5.0]


def test_the_last_cue_of_a_loop_is_seen_into_the_first(author: Author) -> None:
    cues = (
        "id: 1, duration: 10s, transition: {dissolve: 3s}, layers: [{walk: arch}]",
        "id: 2, duration: 10s, layers: [{walk: [pagoda, arch]}]",
    )
    for loop, seconds in ((True, 13.0), (False, 10.0)):
        walk = author.read(with_cues(*cues, loop=loop)).cues[1].layers[0].takes[0].subject
        assert isinstance(walk, Walk)
        assert walk.duration == seconds


def test_a_cue_that_holds_is_not_seen_into_the_next_by_itself(author: Author) -> None:
    cue = "duration: 10s\n    end: hold\n    transition: {dissolve: 3s}"
    walk = subject(author, "walk: [pagoda, arch]", cue)
    assert isinstance(walk, Walk)
    assert walk.duration == 10.0


def test_times_of_a_walk_are_kept_and_the_rest_is_spread_evenly(author: Author) -> None:
    walk = subject(author, "walk: {through: [pagoda, arch, {fountain: 6s}, {fountain: 8s}, lighthouse]}")
    assert isinstance(walk, Walk)
    assert not walk.even
    assert walk.legs == (
        Leg(PAGODA, ARCH, 0.0, 3.0),
        Leg(ARCH, FOUNTAIN, 3.0, 6.0),
        Leg(FOUNTAIN, FOUNTAIN, 6.0, 8.0),
        Leg(FOUNTAIN, LIGHTHOUSE, 8.0, 10.0),
    )


def test_a_walk_waits_before_its_first_time_and_after_its_last(author: Author) -> None:
    walk = subject(author, "walk: {through: [{pagoda: 2s}, {arch: 50%}]}")
    assert isinstance(walk, Walk)
    assert walk.legs == (Leg(PAGODA, PAGODA, 0.0, 2.0), Leg(PAGODA, ARCH, 2.0, 5.0), Leg(ARCH, ARCH, 5.0, 10.0))


def test_a_walk_has_a_duration_ease_and_repeat_of_its_own(author: Author) -> None:
    walk = subject(author, "walk: {through: [pagoda, arch], pace: times, duration: 4s, ease: in, repeat: ping-pong}")
    assert walk == Walk((Leg(PAGODA, ARCH, 0.0, 4.0),), 4.0, even=False, ease="in", repeat="ping-pong")


def test_a_descent_falls_through_worlds_in_worlds(author: Author) -> None:
    stops = (DescentStop(PAGODA), DescentStop(ARCH, (0.1, -0.2, 0.12)))
    assert subject(author, "descend: [pagoda, {arch: [0.1, -0.2, 0.12]}]") == Descend(stops, 10.0)
    words = "descend: {through: [pagoda, {arch: [0.1, -0.2, 0.12]}], duration: 40s, repeat: ping-pong}"
    assert subject(author, words) == Descend(stops, 40.0, "ping-pong")


def test_a_neuron_on_a_loop_goes_round(author: Author) -> None:
    walk = subject(author, "walk: {through: [grotto], cycle: 8s}")
    assert isinstance(walk, Walk)
    assert walk.cycle == 8.0


def test_a_plate_holds_a_whole_layer_as_square_as_it_goes(author: Author) -> None:
    assert subject(author, "plate: {layer: places365/conv10}") == Plate((PAGODA, ARCH, FOUNTAIN, LIGHTHOUSE, GROTTO), 3)
    assert subject(author, "plate: {neurons: [arch, pagoda], columns: 1, gap: 0.1}") == Plate((ARCH, PAGODA), 1, 0.1)


def test_camera_keys_carry_over_what_they_leave_out(author: Author) -> None:
    view = "[{at: 0s, zoom: 2, x: 0.5}, {at: 50%, degrees: 30, ease: out}, {at: 100%, x: $mist}]"
    (layer,) = author.read(with_layer(f"walk: arch, view: {view}")).cues[0].layers
    assert layer.takes[0].view == (
        ViewKeyframe(0.0, 0.5, 0.0, 2.0, 0.0),
        ViewKeyframe(5.0, 0.5, 0.0, 2.0, 30.0, "out"),
        ViewKeyframe(10.0, ParameterRef("mist"), 0.0, 2.0, 30.0),
    )


def test_a_camera_that_goes_into_a_neuron_begins_anew_there_and_keeps_its_turn(author: Author) -> None:
    view = "[{at: 0s, zoom: 2, x: 0.5, degrees: 9}, {at: 4s, into: arch}, {at: 5s, zoom: 3}, {at: 9s, into: plate}]"
    (layer,) = author.read(with_layer(f"plate: {{layer: places365/conv10}}, view: {view}")).cues[0].layers
    assert layer.takes[0].view == (
        ViewKeyframe(0.0, 0.5, 0.0, 2.0, 9.0),
        ViewKeyframe(4.0, 0.0, 0.0, 1.0, 9.0, into=ARCH),
        ViewKeyframe(5.0, 0.0, 0.0, 3.0, 9.0, into=ARCH),
        ViewKeyframe(9.0, 0.0, 0.0, 1.0, 9.0),
    )


@pytest.mark.parametrize(
    ("text", "montage"),
    [
        ("single", Single()),
        ("mirror", Mirror()),
        ("span", Span()),
        ("{span: 0.1}", Span(0.1)),
        ("{split: 3x2}", Split(3, 2)),
        ("{split: 3x2, gap: 0.02}", Split(3, 2, 0.02)),
        ("{canon: 4s}", Canon(4.0)),
    ],
)
def test_every_montage(author: Author, text: str, montage: Montage) -> None:
    assert author.read(with_layer(f"walk: arch, montage: {text}")).cues[0].layers[0].montage == montage


@pytest.mark.parametrize(
    ("text", "transition"),
    [
        ("cut", Transition()),
        ("{dissolve: 3s}", Transition("dissolve", 3.0)),
        ("{dissolve: 45f, ease: in}", Transition("dissolve", 1.5, "in")),
        ("{wipe: 3s, degrees: 90, softness: 0.5}", Transition("wipe", 3.0, "smooth", 90.0, 0.5)),
        ("{iris: 3s, softness: 0}", Transition("iris", 3.0, softness=0.0)),
        ("{push: 3s, degrees: -90}", Transition("push", 3.0, degrees=-90.0)),
        ("{luma: 3s}", Transition("luma", 3.0)),
        ("{morph: 3s}", Transition("morph", 3.0)),
    ],
)
def test_every_transition(author: Author, text: str, transition: Transition) -> None:
    score = author.read(with_layer("walk: arch", f"duration: 9s\n    transition: {text}"))
    assert score.cues[0].transition == transition


def test_opacity_as_keys_with_shares_of_the_cue(author: Author) -> None:
    text = "walk: arch, opacity: [{at: 0s, value: 0}, {at: 50%, value: $mist, ease: smooth}, {at: 10s, value: 1}]"
    (layer,) = author.read(with_layer(text)).cues[0].layers
    assert layer.opacity == Track(
        (Keyframe(0.0, 0.0), Keyframe(5.0, ParameterRef("mist"), "smooth"), Keyframe(10.0, 1.0))
    )


def test_place_blend_name_and_outputs(author: Author) -> None:
    text = "name: sea, walk: arch, place: [0.5, 0, 0.5, 1], blend: screen, outputs: [right, left]"
    (layer,) = author.read(with_layer(text)).cues[0].layers
    assert (layer.name, layer.outputs, layer.blend) == ("sea", ("right", "left"), "screen")
    assert layer.place == Place(0.5, 0.0, 0.5, 1.0)


def test_takes_side_by_side(author: Author) -> None:
    (layer,) = author.read(with_layer("takes: [{walk: arch}, {walk: pagoda, view: {zoom: 2}}]")).cues[0].layers
    assert [take.view[0].zoom for take in layer.takes] == [1.0, 2.0]


def test_a_cue_that_holds_counts_as_long_as_what_moves_in_it(author: Author) -> None:
    walk, view = "{walk: {through: [arch, pagoda], duration: 7s}}", "{walk: arch, view: [{at: 0s}, {at: 9s, zoom: 2}]}"
    score = author.read(with_layers(f"[{walk}, {view}]", "end: hold"))
    assert score.cues[0].duration == 9.0
    assert author.read(with_layers("[{walk: arch}]", "end: hold")).cues[0].duration == 1.0


def test_keys_of_a_cue_that_holds_may_lie_beyond_its_duration(author: Author) -> None:
    text = with_layer("walk: arch, opacity: [{at: 0s, value: 0}, {at: 20s, value: 1}]", "duration: 10s\n    end: hold")
    assert author.read(text).cues[0].layers[0].opacity.keys[-1].at == 20.0


def test_an_empty_list_of_layers_is_darkness(author: Author) -> None:
    assert author.read(with_cues("id: 1, duration: 3s, layers: []")).cues[0].layers == ()


def reading_of(parameter: str, use: str = "opacity: $near") -> str:
    return (
        f"{HEAD}parameters: {{near: {{{parameter}}}}}\ncues: [{{id: a, duration: 5s, layers: [{{walk: arch, {use}}}]}}]"
    )


def test_arithmetic_stands_wherever_a_parameter_does(author: Author) -> None:
    score = author.read(reading_of("default: 0", "opacity: 1 - $near, view: {zoom: $near * 4 + 1}"))
    (layer,) = score.cues[0].layers
    assert layer.opacity.keys[0].value == Operation("-", (1.0, ParameterRef("near")))
    assert layer.takes[0].view[0].zoom == Operation("+", (Operation("*", (ParameterRef("near"), 4.0)), 1.0))


def test_a_curve_decides_what_is_allowed(author: Author) -> None:
    assert "may become 10" in author.mistakes(reading_of("default: 0, range: [0, 10]"))[0]
    curved = author.read(reading_of("default: 0, range: [0, 10], curve: [[0, 1], [10, 0.5]]"))
    assert curved.parameters[0].bounds == (0.5, 1.0)
    assert author.read(reading_of("default: 0, curve: in")).parameters[0].value_at(0.5) == 0.25
    told = author.mistakes(reading_of("default: 0, curve: [[0, 1], [0, 0.5]]"))
    assert "0 does not come after 0: write the points of a curve in order" in told[0]


def test_a_sensor_has_an_address_of_its_own(author: Author) -> None:
    (near,) = author.read(reading_of("default: 0, osc: {address: /sensor/1, range: [400, 60]}, smooth: 2s")).parameters
    assert (near.osc, near.smooth) == (SensorInput("/sensor/1", 400.0, 60.0), 2.0)
    assert author.read(reading_of("default: 0, osc: /sensor/1")).parameters[0].osc == SensorInput("/sensor/1")
    for address, told in (
        ("/go", "'/go' is an address of the player itself"),
        ("/P/near", "is an address of the player itself"),
        ("sensor", "'sensor' is not an OSC address such as /sensor/1"),
        ("/a b", "is not an OSC address"),
    ):
        assert told in author.mistakes(reading_of(f"default: 0, osc: {address}"))[0]
    assert "both ends are 3" in author.mistakes(reading_of("default: 0, osc: {address: /a, range: [3, 3]}"))[0]
    twice = reading_of("default: 0, osc: /a}, far: {default: 0, osc: /A", "opacity: $near * $far")
    assert "/A moves 'near' already; write $near in both places" in author.mistakes(twice)[0]


def test_a_position_moves_a_walk(author: Author) -> None:
    moved = subject(author, "walk: {through: [pagoda, arch], position: 0.25}", "end: hold")
    assert isinstance(moved, Walk)
    assert moved.position == Track((Keyframe(0.0, 0.25),))
    keyed = subject(author, "walk: {through: [pagoda, arch], position: [{at: 0s, value: 0}, {at: 50%, value: 1}]}")
    assert isinstance(keyed, Walk)
    assert keyed.position == Track((Keyframe(0.0, 0.0), Keyframe(5.0, 1.0)))
    (told,) = author.warnings(with_layer("walk: {through: [pagoda, arch], position: 0.5, repeat: loop}"))
    assert "repeat has no effect: its position moves this walk, not time" in told


def chancy(author: Author, layer: str) -> Cue:
    return author.read(f"{with_layer(layer)}seed: 4\n").cues[0]


def test_numbers_neurons_and_takes_may_be_left_to_chance(author: Author) -> None:
    cue = chancy(author, "name: sea, walk: {choose: 2, from: {family: shore}}, opacity: {between: [0.2, 1]}")
    assert cue.has_chance
    assert cue.choices == (Choice("layers/name=sea/walk", (FOUNTAIN, LIGHTHOUSE, GROTTO), 2),)
    (layer,) = cue.layers
    assert layer.opacity.keys[0].value == Between(0.2, 1.0, "layers/name=sea/opacity")
    walk = layer.takes[0].subject
    assert isinstance(walk, Walk)
    assert [(leg.a, leg.b) for leg in walk.legs] == [cue.choices[0].addresses]
    takes = chancy(author, "takes: {choose: 1, from: [{walk: arch}, {walk: pagoda}]}").layers[0]
    assert (len(takes.takes), takes.choice) == (
        2,
        TakesChoice("layers/name=layer1/takes", 1, ("walk,arch", "walk,pagoda")),
    )
    plate = chancy(author, "plate: {neurons: {shuffle: [arch, pagoda, grotto]}, columns: 3}").choices[0]
    assert (plate.pool, plate.count) == ((ARCH, PAGODA, GROTTO), 3)


def test_chance_draws_for_names_and_not_for_places_in_a_list(author: Author) -> None:
    def places(layers: str) -> list[str]:
        cue = author.read(with_layers(layers)).cues[0]
        return [
            one.takes[0].view[-1].zoom.place for one in cue.layers if isinstance(one.takes[0].view[-1].zoom, Between)
        ]

    sea = "{name: sea, walk: arch, view: [{at: 50%, zoom: {between: [1, 2]}}]}"
    (alone,) = places(f"[{sea}]")
    fog = "{name: fog, walk: pagoda, opacity: 0.5, view: {zoom: {between: [1, 2]}}}"
    assert places(f"[{fog}, {sea}]")[1] == alone
    longer = sea.replace("[{at: 50%", "[{at: 0s, zoom: {between: [1, 2]}}, {at: 50%").replace("arch", "[arch, pagoda]")
    assert places(f"[{longer}]") == [alone]


def test_families_and_layers_stand_wherever_neurons_do(author: Author) -> None:
    for layer in ("walk: {family: shore}", "walk: [{family: shore}]", "walk: {through: {family: shore}}"):
        walk = subject(author, layer)
        assert isinstance(walk, Walk)
        assert [walk.legs[0].a, *(leg.b for leg in walk.legs)] == [FOUNTAIN, LIGHTHOUSE, GROTTO]
    mixed = subject(author, "walk: [pagoda, {choose: 1, from: {layer: places365/conv10}}, arch]")
    assert isinstance(mixed, Walk)
    assert len(mixed.legs) == 2
    for layer in ("plate: {family: shore}", "plate: {neurons: {family: shore}}", "plate: {neurons: [{family: shore}]}"):
        plate = subject(author, layer)
        assert isinstance(plate, Plate)
        assert plate.neurons == (FOUNTAIN, LIGHTHOUSE, GROTTO)
    several = subject(author, "plate: {neurons: [pagoda, {family: shore}, {choose: 1, from: [{family: vaults}]}]}")
    assert isinstance(several, Plate)
    assert several.neurons[1:4] == (FOUNTAIN, LIGHTHOUSE, GROTTO)
    assert len(several.neurons) == 5


def test_a_seed_is_a_number_or_daily(author: Author) -> None:
    text = with_layer("walk: arch, opacity: {between: [0, 1]}")
    assert author.read(f"{text}seed: 4").seed == 4
    assert author.read(f"{text}seed: daily").daily
    assert "'always' is not a number" in author.mistakes(f"{text}seed: always")[0]


def test_cues_on_call_stand_behind_the_others(author: Author) -> None:
    text = "parameters: {near: {default: 0}}\n"
    cues = author.read(
        text
        + with_cues(
            "id: night, on_call: true, end: hold, return: b, layers: [{walk: arch}]",
            "id: a, duration: 5s, next: [{to: b, weight: 2, when: $near < 2}, a], layers: [{walk: arch}]",
            "id: b, duration: 5s, next: a, layers: [{walk: arch}]",
        )
    ).cues
    assert [(cue.id, cue.on_call, cue.returns) for cue in cues] == [
        ("a", False, "resume"),
        ("b", False, "resume"),
        ("night", True, "b"),
    ]
    assert cues[0].next == (Branch("b", 2.0, Operation("<", (ParameterRef("near"), 2.0))), Branch("a"))


def test_a_transition_may_take_as_long_as_a_parameter_says(author: Author) -> None:
    text = with_cues(
        "id: a, duration: 5s, layers: [{walk: [arch, pagoda]}]",
        "id: b, duration: 5s, transition: {dissolve: $slow * 2s + 1s}, layers: [{walk: arch}]",
    )
    score = author.read(f"parameters: {{slow: {{default: 0}}}}\n{text}")
    transition = score.cues[1].transition
    assert transition.duration == 3.0
    assert transition.sampled == Operation("+", (Operation("*", (ParameterRef("slow"), 2.0)), 1.0))
    walk = score.cues[0].layers[0].takes[0].subject
    assert isinstance(walk, Walk)
    assert walk.duration == 8.0, "times count on the longest"
    long = text.replace("$slow * 2s", "$slow * 9s")
    assert "longer than its cue" in author.mistakes(f"parameters: {{slow: {{default: 0}}}}\n{long}")[0]


def test_a_view_beside_takes_is_the_camera_that_all_share(author: Author) -> None:
    text = with_layer("view: {zoom: 2}, takes: [{walk: arch}, {walk: pagoda, view: {x: 0.5}}]")
    (layer,) = author.read(text).cues[0].layers
    assert [take.base for take in layer.takes] == [(ViewKeyframe(0.0, zoom=2.0),)] * 2
    assert [take.view for take in layer.takes] == [(ViewKeyframe(0.0),), (ViewKeyframe(0.0, x=0.5),)]


def test_a_camera_has_a_name_for_several_cues(author: Author) -> None:
    cues = [f"id: {one}, duration: {one}s, layers: [{{walk: arch, view: near}}]" for one in (4, 8)]
    text = "cameras: {near: [{at: 0s, zoom: 1}, {at: 50%, zoom: 2}]}\n" + with_cues(*cues)
    views = [cue.layers[0].takes[0].view for cue in author.read(text).cues]
    assert [view[-1].at for view in views] == [2.0, 4.0]
    assert "camera 'near' is used nowhere" in author.warnings(text.replace("view: near", "view: {zoom: 2}"))[0]


def test_every_hand_drifts_in_its_own_way(author: Author) -> None:
    drifting = "drift: {amount: 0.1, period: 4s}, takes: [{walk: arch}, {walk: pagoda, drift: {amount: 0.2}}]"
    (layer,) = author.read(with_layer(drifting)).cues[0].layers
    first, second = (take.drift for take in layer.takes)
    assert first is not None
    assert second is not None
    assert (first.amount, first.period, second.amount, second.period) == (0.1, 4.0, 0.2, 8.0)
    assert first.phases != second.phases
    other = author.read(f"{with_layer(drifting)}seed: 3").cues[0].layers[0].takes[0].drift
    assert other is not None
    assert other.phases != first.phases


def test_cuts_have_a_rhythm(author: Author) -> None:
    (layer,) = (
        author.read(with_layer("cut: [15f, 1s], takes: [{walk: arch}, {walk: pagoda}, {walk: grotto}]")).cues[0].layers
    )
    assert layer.cuts == (0.5, 1.0)
    (one,) = author.read(with_layer("cut: 15f, montage: mirror, takes: [{walk: arch}, {walk: pagoda}]")).cues[0].layers
    assert one.cuts == (0.5,)


def test_times_count_on_the_cue_that_does_follow(author: Author) -> None:
    text = with_cues(
        "id: a, duration: 10s, next: [b, c], layers: [{walk: [arch, pagoda]}]",
        "id: b, duration: 5s, next: a, layers: [{walk: arch}]",
        "id: c, duration: 5s, next: a, transition: {dissolve: 2s}, layers: [{walk: arch}]",
    )
    a, b, c = author.read(text).cues
    durations = [cue.layers_before(after)[0].takes[0].subject.duration for cue, after in ((a, b), (a, c), (b, a))]  # type: ignore[union-attr]
    assert durations == [10.0, 12.0, 5.0]
    assert b.variants == ()
    wrong = text.replace("walk: [arch, pagoda]", "walk: [arch, pagodda]")
    assert len(author.mistakes(wrong)) == 1


def test_cues_may_follow_in_a_shuffled_order(author: Author) -> None:
    cues = [f"id: {one}, duration: 5s, next: a, layers: [{{walk: arch}}]" for one in "bcd"]
    a = author.read(with_cues("id: a, duration: 5s, next: {shuffle: [b, c, d]}, layers: [{walk: arch}]", *cues)).cues[0]
    assert a.shuffled
    assert [branch.to for branch in a.next] == ["b", "c", "d"]


def test_what_can_be_seen_through_hides_nothing(author: Author) -> None:
    for front in ("walk: lighthouse", "walk: [arch, lighthouse]", "walk: arch, surface: sphere"):
        assert author.check(with_layers(f"[{{walk: pagoda}}, {{{front}}}]")).warnings == (), front
    assert len(author.check(with_layers("[{walk: pagoda}, {walk: arch}]")).warnings) == 1
