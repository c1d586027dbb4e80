"""The film sink: every frame into a video file or a folder of pictures per output."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from installation.errors import ScoreError
from installation.outputs.films.picture_folder import PictureFolder
from installation.outputs.films.video_file import CODECS, VideoFile
from installation.outputs.sink import OutputStatistics
from installation.picture.mixing.canvas import Canvas, Readback


def film_paths(path: Path, outputs: tuple[str, ...]) -> dict[str, Path]:
    """Where each output goes: `path` itself for one output, otherwise film-left.mp4 or, for pictures, film-left/.

    Raises ScoreError for a suffix that is none of .mp4, .mov and none at all (a folder of pictures).
    """
    if path.suffix and path.suffix.lower() not in CODECS:
        kinds = ", ".join(f"{suffix} ({codec.title})" for suffix, codec in CODECS.items())
        raise ScoreError(f"{path}: a film cannot be '{path.suffix}'; allowed: {kinds}, no suffix (a folder of PNG)")
    if len(outputs) == 1:
        return {outputs[0]: path}
    return {output: path.with_name(f"{path.stem}-{output}{path.suffix}") for output in outputs}


class Film:
    """Exports the outputs whose sizes in pixels (width, height) it is given, each with its comment about itself.

    Films have the `sound` of a file, folders of pictures none.

    Files appear under their names when the `with` block ends without an error, all of them or none, and until then
    what was there before stays. Reading a picture from the card overlaps with mixing the next one.
    """

    def __init__(
        self,
        path: Path,
        outputs: Mapping[str, tuple[int, int]],
        fps: Fraction,
        comments: Mapping[str, str] = MappingProxyType({}),
        sound: Path | None = None,
    ) -> None:
        self._shown = dict.fromkeys(outputs, 0)
        self._readbacks: dict[str, Readback] = {}
        self._reading: int | None = None
        with ExitStack() as cleanup:
            self._files: dict[str, VideoFile | PictureFolder] = {}
            for output, file in film_paths(path, tuple(outputs)).items():
                size_px, comment = outputs[output], comments.get(output, "")
                self._files[output] = (
                    VideoFile(file, size_px, fps, comment, sound)
                    if file.suffix
                    else PictureFolder(file, size_px, comment)
                )
                cleanup.callback(self._files[output].discard)
            self._cleanup = cleanup.pop_all()

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        self._write_what_is_read()
        for output in self._files:
            if output not in self._readbacks:
                self._readbacks[output] = self._cleanup.enter_context(canvases[output].readback())
            self._readbacks[output].start()
        self._reading = frame_number

    def finish(self) -> None:
        """Complete all files and give them their names."""
        self._write_what_is_read()
        for file in self._files.values():
            file.finish()
        for file in self._files.values():
            file.keep()

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {output: OutputStatistics(shown) for output, shown in self._shown.items()}

    def _write_what_is_read(self) -> None:
        if self._reading is None:
            return
        for output, file in self._files.items():
            file.write(self._reading, self._readbacks[output].finish())
            self._shown[output] += 1
        self._reading = None

    def close(self) -> None:
        """Discard what is not finished."""
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._cleanup:
            if kind is None:
                self.finish()
