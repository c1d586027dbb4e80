"""NDI as other programs find it: NDI's own receiver on this machine, and its pictures carry the sync code."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.outputs.feeds.ndi_sender import open_ndi
from installation.rig.streams import Stream

pytest.importorskip("cyndilib", exc_type=ImportError)

LONGEST_SECONDS = 30.0

# A process of its own: NDI reads once where to look for sources, and this machine may have no multicast.
SENDS_AND_RECEIVES = """
import time
from fractions import Fraction
import numpy as np
from cyndilib.audio_frame import AudioFrameSync
from cyndilib.finder import Finder
from cyndilib.receiver import Receiver
from cyndilib.video_frame import VideoFrameSync
from cyndilib.wrapper.ndi_recv import RecvBandwidth, RecvColorFormat
from installation.outputs.feeds.ndi_sender import open_ndi
from installation.rig import sync_code
from installation.rig.streams import Stream
from installation.sound.mixing import first_sample

SIZE, FPS = (160, 90), Fraction(30000, 1001)
deadline = time.monotonic() + 25
with open_ndi(Stream("foyer", "left", "ndi:A neural image"), SIZE, FPS) as sender, Finder() as finder:
    found = None
    while found is None and time.monotonic() < deadline:
        finder.wait_for_sources(1)
        found = next((one for one in finder.iter_sources() if "A neural image" in one.name), None)
    receiver = Receiver(color_format=RecvColorFormat.RGBX_RGBA, bandwidth=RecvBandwidth.highest)
    video, audio = VideoFrameSync(), AudioFrameSync()
    receiver.frame_sync.set_video_frame(video)
    receiver.frame_sync.set_audio_frame(audio)
    receiver.set_source(found)
    number, seen, heard = 1000, None, np.zeros((2, 1))
    while (seen is None or not heard.any()) and time.monotonic() < deadline:
        sender.take(number, np.repeat(sync_code.draw(number, SIZE)[..., None], 4, 2).tobytes())
        count = first_sample(number + 1, FPS) - first_sample(number, FPS)
        sender.hear(number, np.tile(np.float32((0.5, -0.25)), (count, 1)))
        number += 1
        time.sleep(1 / 30)  # NDI tells nobody that a picture has come
        if receiver.frame_sync.capture_audio(count):
            heard = audio.get_array()
        receiver.frame_sync.capture_video()
        if (video.xres, video.yres) == SIZE:
            seen = sync_code.read(video.get_array().reshape(SIZE[1], SIZE[0], 4))
    print(seen is not None and 1000 <= seen < number)
    print(heard[0].max(), heard[1].min())
"""


def test_a_source_is_found_by_its_name_with_the_pictures_and_the_sound_of_its_frames(tmp_path: Path) -> None:
    (tmp_path / "ndi-config.v1.json").write_text(json.dumps({"ndi": {"networks": {"ips": "127.0.0.1"}}}))
    done = subprocess.run(
        [sys.executable, "-c", SENDS_AND_RECEIVES],
        env={"NDI_CONFIG_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    assert done.stdout.split("\n")[0] == "True", done.stderr
    left, right = map(float, done.stdout.split("\n")[1].split())
    assert (left, right) == pytest.approx((0.5, -0.25), abs=0.15), "NDI resamples, and overshoots where sound begins"


def test_without_its_package_ndi_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cyndilib.sender", None)
    with (
        pytest.raises(DeviceError, match=r"pip install 'installation\[ndi\]'"),
        open_ndi(Stream("foyer", "left", "ndi:Foyer"), (4, 3), Fraction(30)),
    ):
        pass
