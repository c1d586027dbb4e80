"""The rehearsal window: finished pictures in their places, drawings over them, and input from keys and pointer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal, NamedTuple

import glfw
import moderngl
from PIL import Image

from installation.outputs.sink import OutputStatistics
from installation.outputs.windows.placement import WindowPlacement
from installation.outputs.windows.toolkit import create_window, fit_to_monitor, glfw_session, listen, window_context
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle

Pointer = Literal["press", "double", "drag", "release", "move"]

DOUBLE_SECONDS = 0.35

REPEATING = ("left", "right", "up", "down")
"""Keys that repeat while they are held."""


class OverlayImage(NamedTuple):
    """An RGBA image and its top left corner in the window, in pixels. The same object is uploaded once."""

    image: Image.Image
    left: int
    top: int


class RehearsalWindow(Owner):
    """A sink that owns one window, its GL context and its programs; only the main thread may touch it.

    `places` gives each canvas its place, `drawings` the images over them, back to front; set both at any time. `on_key`
    gets the name of each key, also while it repeats, and `on_pointer` the pointer's actions and positions, in pixels.
    """

    def __init__(
        self,
        size_px: tuple[int, int],
        title: str,
        on_key: Callable[[str], None],
        on_pointer: Callable[[Pointer, float, float], None],
    ) -> None:
        self.closing = False
        self.places: Mapping[str, WindowPlacement] = {}
        self.drawings: Sequence[OverlayImage] = ()
        self._on_key = on_key
        self._on_pointer = on_pointer
        self._pressed_at = -1.0
        self._shown: dict[str, int] = {}
        self._textures: dict[int, tuple[Image.Image, moderngl.Texture]] = {}
        with ExitStack() as cleanup:
            cleanup.enter_context(glfw_session())
            self.window = create_window(fit_to_monitor(size_px), title)
            cleanup.callback(glfw.destroy_window, self.window)
            glfw.make_context_current(self.window)
            self.context = window_context()
            cleanup.callback(self.context.release)
            self._program = cleanup.enter_context(Program(self.context, "present.frag"))
            self._placed_program = cleanup.enter_context(Program(self.context, "placed.frag"))
            cleanup.callback(self._forget, ())
            listen(self.window, self._pressed, self._close_asked)
            glfw.set_mouse_button_callback(self.window, self._button)
            glfw.set_cursor_pos_callback(self.window, self._moved)
            glfw.show_window(self.window)
            self._cleanup = cleanup.pop_all()

    def _pressed(self, key: str, repeats: bool) -> None:
        """Pass on a key; only arrow and page keys repeat, because nobody holds GO or blackout on purpose."""
        if not repeats or key.endswith(REPEATING):
            self._on_key(key)

    @property
    def size_px(self) -> tuple[int, int]:
        width, height = glfw.get_framebuffer_size(self.window)
        return max(width, 1), max(height, 1)

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:  # noqa: ARG002 the protocol's
        """Draw canvases and drawings, show them, then handle input."""
        size_px = self.size_px
        screen = self.context.screen
        screen.use()
        screen.viewport = (0, 0, *size_px)
        screen.clear(0.043, 0.047, 0.055, 1.0)
        for output in self._shown.keys() - canvases.keys():
            del self._shown[output]  # it is no longer in the score
        for output, placement in self.places.items():
            if output in canvases:
                self._draw_placed(canvases[output].texture, placement, size_px[1])
                self._shown[output] = self._shown.get(output, 0) + 1
        self.context.enable(moderngl.BLEND)
        for drawing in self.drawings:
            width, height = drawing.image.size
            place = Rectangle(drawing.left, drawing.top, drawing.left + width, drawing.top + height)
            self._draw(self._texture(drawing.image), place, size_px)
        self.context.disable(moderngl.BLEND)
        self._forget([drawing.image for drawing in self.drawings])
        glfw.swap_buffers(self.window)
        glfw.poll_events()

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {output: OutputStatistics(shown) for output, shown in self._shown.items()}

    def _draw_placed(self, texture: moderngl.Texture, placement: WindowPlacement, height_px: int) -> None:
        texture.use(0)
        self._placed_program.set("middle", (placement.middle[0], height_px - placement.middle[1]))
        self._placed_program.set("size", (float(placement.place.width), float(placement.place.height)))
        self._placed_program.set("turn", placement.turn)
        self._placed_program.draw()

    def _draw(self, texture: moderngl.Texture, place: Rectangle, size_px: tuple[int, int]) -> None:
        area = (place.left, size_px[1] - place.bottom, place.width, place.height)
        texture.use(0)
        self.context.screen.viewport = area
        self._program.set("area", area)
        self._program.draw()

    def _texture(self, image: Image.Image) -> moderngl.Texture:
        if id(image) not in self._textures:
            texture = self.context.texture(image.size, 4, image.tobytes())
            texture.repeat_x = texture.repeat_y = False
            self._textures[id(image)] = image, texture
        return self._textures[id(image)][1]

    def _forget(self, kept: Sequence[Image.Image]) -> None:
        """Release the textures of all drawings but these."""
        ids = {id(image) for image in kept}
        for number in self._textures.keys() - ids:
            self._textures.pop(number)[1].release()

    def _button(self, _: Any, button: int, action: int, modifiers: int) -> None:
        del modifiers
        if button != glfw.MOUSE_BUTTON_LEFT:
            return
        at = self._in_pixels(*glfw.get_cursor_pos(self.window))
        if action == glfw.RELEASE:
            self._on_pointer("release", *at)
            return
        now = glfw.get_time()
        self._on_pointer("double" if now - self._pressed_at < DOUBLE_SECONDS else "press", *at)
        self._pressed_at = now

    def _moved(self, _: Any, x: float, y: float) -> None:
        held = glfw.get_mouse_button(self.window, glfw.MOUSE_BUTTON_LEFT) == glfw.PRESS
        self._on_pointer("drag" if held else "move", *self._in_pixels(x, y))

    def _in_pixels(self, x: float, y: float) -> tuple[float, float]:
        """Convert a position in screen coordinates to pixels of the window; they differ on high-density displays."""
        wide, high = glfw.get_window_size(self.window)
        width, height = self.size_px
        return x * width / max(wide, 1), y * height / max(high, 1)

    def _close_asked(self) -> None:
        self.closing = True

    def close(self) -> None:
        self._cleanup.close()
