"""The film sink: writes every frame into a video file or a folder of pictures for each output."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from installation.outputs.films.formats import FilmFormat, Range, format_named
from installation.outputs.films.picture_files import PictureFiles
from installation.outputs.films.picture_folder import PictureFolder
from installation.outputs.films.signals import Picture, packed
from installation.outputs.films.video_file import VideoFile
from installation.outputs.sink import OutputStatistics
from installation.picture.mixing.canvas import Canvas, Readback


def film_paths(path: Path, outputs: tuple[str, ...]) -> dict[str, Path]:
    """The path of each output's film: `path` itself for one output, otherwise film-left.mp4 or, for pictures,
    film-left/."""
    if len(outputs) == 1:
        return {outputs[0]: path}
    return {output: path.with_name(f"{path.stem}-{output}{path.suffix}") for output in outputs}


class _Video:
    """A film of one output as a video file."""

    def __init__(self, file: VideoFile, film: FilmFormat, signal_range: Range) -> None:
        self.file, self._film, self._range = file, film, signal_range

    def write(self, frame_number: int, picture: Picture) -> None:  # noqa: ARG002 folders of pictures need it
        self.file.write(packed(picture, self._film, self._range))


class _Pictures:
    """A film of one output as a folder of pictures."""

    def __init__(self, file: PictureFolder, files: PictureFiles) -> None:
        self.file, self._files = file, files

    def write(self, frame_number: int, picture: Picture) -> None:
        self.file.write(frame_number, self._files.bytes_of(picture))


class Film:
    """Exports `outputs`, given with their sizes in pixels (width, height), each with its comment.

    `film` is the format, from `formats.format_named`; it needs canvases of its `dtype`, with alpha if it has alpha.
    Video files get the `sound` of a file, folders of pictures none.

    Files get their names when the `with` block ends without an error, all of them or none; until then earlier files
    stay. Reading a picture from the card overlaps with mixing the next one.
    """

    def __init__(
        self,
        path: Path,
        outputs: Mapping[str, tuple[int, int]],
        fps: Fraction,
        comments: Mapping[str, str] = MappingProxyType({}),
        sound: Path | None = None,
        *,
        film: FilmFormat | None = None,
        signal_range: Range = "sdr",
    ) -> None:
        film = film or format_named(None, path)
        self._shown = dict.fromkeys(outputs, 0)
        self._readbacks: dict[str, Readback] = {}
        self._reading: int | None = None
        with ExitStack() as cleanup:
            self._files: dict[str, _Video | _Pictures] = {}
            for output, file in film_paths(path, tuple(outputs)).items():
                size_px, comment = outputs[output], comments.get(output, "")
                if film.encoder:
                    video = VideoFile(file, size_px, fps, film, comment, sound, signal_range)
                    self._files[output] = _Video(video, film, signal_range)
                else:
                    pictures = PictureFiles(film, signal_range, comment)
                    self._files[output] = _Pictures(PictureFolder(file, pictures.suffix), pictures)
                cleanup.callback(self._files[output].file.discard)
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
        for one in self._files.values():
            one.file.finish()
        for one in self._files.values():
            one.file.keep()

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {output: OutputStatistics(shown) for output, shown in self._shown.items()}

    def _write_what_is_read(self) -> None:
        if self._reading is None:
            return
        for output, one in self._files.items():
            one.write(self._reading, self._readbacks[output].picture())
            self._shown[output] += 1
        self._reading = None

    def close(self) -> None:
        """Discard unfinished files."""
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._cleanup:
            if kind is None:
                self.finish()
