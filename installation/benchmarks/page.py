"""Measures the console page: `python -m installation.benchmarks.page`, figures as text or JSON, in three minutes.

The real player plays a score headless, and is asked before and after every stretch how many frames it has lost. In each
round the page is looked at by nobody, by a program that reads what a tablet would, and by Chromium on the same
processors, which draws for itself; the order turns with every round, so that the noise between stretches of one kind
shows what a difference is worth. Then the program sends blackouts, and waits for the dark picture; and Chromium's mouse
presses Blackout, and the time counts from the press to the next turn of the browser's own drawing after the dark
picture was there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from installation.desk.network.peers import LOOPBACK
from installation.desk.page.pictures import mean_of, outputs_in
from installation.errors import DeviceError

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCORE = Path(__file__).parents[2] / "scores" / "first_light.yaml"

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

SETTLING_SECONDS = 2.0
"""Pause before each stretch, so that opening and closing do not count."""

PATIENCE_SECONDS = 60.0
DARK, BRIGHT = 3, 10
"""Means of the picture's channels, 0 to 255: it is black below DARK, and a picture above BRIGHT."""

WATCH = """
() => {
  const canvas = document.querySelector("#pictures canvas");
  const small = new OffscreenCanvas(8, 8).getContext("2d", { willReadFrequently: true });
  Object.assign(window, { pictures: 0, brightness: 0, pressed: 0, delays: [] });
  const press = (event) => { if (event.target.closest("#blackout.armed")) pressed = event.timeStamp; };
  addEventListener("click", press, true);
  new MutationObserver(() => {
    small.drawImage(canvas, 0, 0, 8, 8);
    const values = small.getImageData(0, 0, 8, 8).data.filter((_, index) => index % 4 < 3);
    brightness = values.reduce((sum, one) => sum + one, 0) / values.length;
    if (pressed && brightness < DARK) {
      const since = pressed;
      pressed = 0;
      requestAnimationFrame(() => delays.push(performance.now() - since));
    }
  }).observe(canvas, { attributeFilter: ["data-frame"] });
  for (const one of document.querySelectorAll("#pictures canvas"))
    new MutationObserver((found) => { pictures += found.length; }).observe(one, { attributeFilter: ["data-frame"] });
}
""".replace("DARK", str(DARK))


@dataclass(frozen=True, slots=True)
class PageFigures:
    """Some seconds of the show: frames due and lost (late or skipped), and pictures per second of each output."""

    due: int
    lost: int
    pictures_per_second: float

    @property
    def share(self) -> float:
        return self.lost / max(self.due, 1)


@contextmanager
def playing(score: Path, size: str) -> Iterator[int]:
    """Run the player as a process; yields the port of its page. Raises DeviceError if it does not start to play."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
    command = ("play", str(score), "--headless", "--size", size, "--console", str(port))
    player = subprocess.Popen([sys.executable, "-c", "from installation.commands.cli import main; main()", *command])
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(port):
            if player.poll() is not None or time.monotonic() > deadline:
                raise DeviceError(f"the player did not begin to play {score}; its messages say why")
            time.sleep(0.2)  # it opens its page when it is ready
        yield port
    finally:
        player.terminate()
        player.wait(PATIENCE_SECONDS)


def _answers(port: int) -> bool:
    try:
        return bool(_health(port)["frames"]["due"])
    except OSError:
        return False


def _health(port: int) -> Any:
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health", timeout=5) as answer:
        return json.load(answer)


@contextmanager
def nobody(port: int) -> Iterator[Callable[[], float]]:
    """Nobody looks at the page."""
    del port
    yield lambda: 0.0


@contextmanager
def reading(port: int) -> Iterator[Callable[[], float]]:
    """A program reads state and pictures as a tablet would; yields a count of the received pictures per output."""
    came: Counter[str] = Counter()
    with ExitStack() as opened:
        live, pictures = (
            opened.enter_context(connect(f"ws://{LOOPBACK}:{port}/console/{name}", max_size=None))
            for name in ("live", "pictures")
        )
        threads = [
            threading.Thread(target=lambda: [None for _ in live], daemon=True),
            threading.Thread(target=_draw_all, args=(pictures, came), daemon=True),
        ]
        for thread in threads:
            thread.start()
        yield lambda: came.total() / max(len(came), 1)


def _draw_all(pictures: ClientConnection, came: Counter[str]) -> None:
    """Count every picture and acknowledge it as drawn, until the connection ends."""
    with suppress(ConnectionClosed):
        for packet in pictures:
            if isinstance(packet, bytes):
                came.update(outputs_in(packet))
                pictures.send("drawn")


@contextmanager
def looking(page: Page, port: int) -> Iterator[Callable[[], float]]:
    """Chromium shows the page; yields a count of the drawn pictures per output."""
    page.goto(f"http://{LOOPBACK}:{port}/")
    page.wait_for_selector("#pictures canvas[data-frame]")
    page.evaluate(WATCH)
    outputs = page.locator("#pictures canvas").count()
    yield lambda: float(page.evaluate("pictures")) / outputs
    page.goto("about:blank")


def stretch(port: int, seconds: float, pictures: Callable[[], float]) -> PageFigures:
    time.sleep(SETTLING_SECONDS)  # what the last stretch closed must not count
    before, shown, began = _health(port)["frames"], pictures(), time.monotonic()
    time.sleep(seconds)  # what is measured
    after, shown = _health(port)["frames"], pictures() - shown
    due, late, skipped = (after[name] - before[name] for name in ("due", "late", "skipped"))
    return PageFigures(due, late + skipped, shown / (time.monotonic() - began))


def answers(port: int, times: int) -> list[float]:
    """Milliseconds from each blackout that a program sends to the dark picture: the player's own share of the delay."""
    waited = []
    with ExitStack() as opened:
        live, pictures = (
            opened.enter_context(connect(f"ws://{LOOPBACK}:{port}/console/{name}", max_size=None))
            for name in ("live", "pictures")
        )
        threading.Thread(target=lambda: [None for _ in live], daemon=True).start()
        for _ in range(times):
            while _brightness(pictures) < BRIGHT:
                pass
            live.send('{"do": "/blackout"}')
            pressed = time.monotonic()
            while _brightness(pictures) >= DARK:
                pass
            waited.append(1000 * (time.monotonic() - pressed))
            live.send('{"do": "/restore"}')
    return waited


def _brightness(pictures: ClientConnection) -> float:
    """The brightness of the next sheet, which is acknowledged as soon as it is read."""
    packet = pictures.recv()
    pictures.send("drawn")
    return mean_of(packet) if isinstance(packet, bytes) else 0.0


def delays(page: Page, port: int, clicks: int) -> list[float]:
    """Milliseconds from each press of Blackout to the dark picture."""
    with looking(page, port):
        for _ in range(clicks):
            page.wait_for_function(f"brightness > {BRIGHT}")
            page.click("#blackout")
            page.click("#blackout.armed")
            page.wait_for_function(f"brightness < {DARK}")
            page.click("#restore")
        page.wait_for_function("count => delays.length === count", arg=clicks)
        return [float(one) for one in page.evaluate("delays")]


def measure(score: Path, size: str, rounds: int, seconds: float, clicks: int) -> dict[str, Any]:
    """All figures; raises DeviceError without a browser or playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise DeviceError("the browser is driven by playwright: pip install playwright") from None
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        raise DeviceError(f"none of {', '.join(BROWSERS)} is on this machine; on Debian: apt install chromium")
    with playing(score, size) as port, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(BROWSER_OPTIONS))
        page = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True).new_page()
        kinds = [("nobody", nobody), ("reader", reading), ("chromium", lambda port: looking(page, port))]
        found: dict[str, list[PageFigures]] = {name: [] for name, _ in kinds}
        for _ in range(rounds):
            for name, look in kinds:
                with look(port) as pictures:
                    found[name].append(stretch(port, seconds, pictures))
            kinds = [*kinds[1:], kinds[0]]
        answered, waited = answers(port, clicks), delays(page, port, clicks)
        browser.close()
    return {
        "stretches": {name: [_as_json(one) for one in stretches] for name, stretches in found.items()},
        "message_to_picture_ms": _spread(answered),
        "click_to_frame_ms": _spread(waited),
    }


def _spread(milliseconds: list[float]) -> dict[str, float]:
    return {"median": round(median(milliseconds), 1), "p95": round(quantiles(milliseconds, n=20)[-1], 1)}


def _as_json(one: PageFigures) -> dict[str, float]:
    return {"due": one.due, "lost": one.lost, "pictures_per_second": round(one.pictures_per_second, 1)}


def as_text(figures: dict[str, Any]) -> str:
    lines = []
    for name, stretches in figures["stretches"].items():
        shares = [100 * one["lost"] / max(one["due"], 1) for one in stretches]
        pictures = min(one["pictures_per_second"] for one in stretches)
        each = ", ".join(f"{share:.1f}" for share in shares)
        seen = f"; pictures of each output per second: {pictures:.1f} at least" if pictures else ""
        lines.append(f"{name:9} frames lost: {each} %, median {median(shares):.1f} %{seen}")
    for what, name in (("message", "message_to_picture_ms"), ("click", "click_to_frame_ms")):
        delay = figures[name]
        lines.append(f"{what} to changed picture: median {delay['median']:.0f} ms, p95 {delay['p95']:.0f} ms")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--score", type=Path, default=SCORE)
    parser.add_argument("--size", default="640x360", help="of every output")
    parser.add_argument("--rounds", type=int, default=4, help="stretches of each kind")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each stretch")
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    options = parser.parse_args()
    figures = measure(options.score, options.size, options.rounds, options.seconds, options.clicks)
    print(json.dumps(figures, indent=2) if options.json else as_text(figures))


if __name__ == "__main__":
    main()
