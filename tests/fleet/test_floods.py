"""A flood from one desk stays on its own machine's page: the others play on, and end with the same show."""

from __future__ import annotations

from contextlib import ExitStack

from tests.fleet.local_house import LocalHouse, LocalMachine, run, run_until


def test_a_flood_reaches_the_others_and_takes_no_frame_of_theirs() -> None:
    house = LocalHouse("attic", "cellar")
    with ExitStack() as stack:
        attic, cellar = (LocalMachine(house, name) for name in ("attic", "cellar"))
        stack.callback(attic.close)
        stack.callback(cellar.close)
        run(house, 1.0, attic, cellar)
        flood = [("set", "/master", number % 100 / 100) for number in range(1000)]
        attic.step(*flood)  # type: ignore[arg-type]  # kinds
        run_until(lambda: attic.performance.control == cellar.performance.control, house, attic, cellar)
        assert len(cellar.journal) == len(flood), "none is left out, or it would never be asked for again"
        attic.step(("go", "b", 0.0))
        run(house, 1.0, attic, cellar)
        assert cellar.performance.control.starts == attic.performance.control.starts
