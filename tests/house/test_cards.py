"""Graphics cards as they tell of themselves, on machines that are made up."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from installation.house.cards import MIB, Ask, GraphicsCard, cards, held_bytes

NOWHERE = Path("nowhere")


def nvidia(answer: str | Exception) -> Ask:
    """A machine whose nvidia-smi answers so."""

    def ask(command: Sequence[str]) -> str:
        assert command[0] == "nvidia-smi"
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


NO_TOOL = nvidia(FileNotFoundError(2, "No such file or directory"))


def linux_card(drm: Path, **files: str) -> Path:
    """A card as Linux shows it, by the names of its files with `__` for the folders between."""
    for name, text in files.items():
        file = drm / "card1" / "device" / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    (drm / "card1-HDMI-A-1").mkdir()
    return drm


def test_nvidia_cards_tell_driver_memory_and_temperature() -> None:
    told = "NVIDIA RTX A2000, 550.54.15, 2048, 12282, 61\nTesla T4, 550.54.15, 0, 15360, [N/A]\n"
    assert cards(nvidia(told), NOWHERE) == (
        GraphicsCard("NVIDIA RTX A2000", "550.54.15", 2048 * MIB, 12282 * MIB, 61.0),
        GraphicsCard("Tesla T4", "550.54.15", 0, 15360 * MIB, None),
    )


@pytest.mark.parametrize(
    "answer",
    [
        FileNotFoundError(2, "No such file or directory"),
        subprocess.TimeoutExpired("nvidia-smi", 10),
        subprocess.CalledProcessError(9, "nvidia-smi"),
        "No devices were found\n",
        "Failed to initialize NVML: Driver/library version mismatch, see the log\n",
    ],
)
def test_a_tool_that_does_not_answer_is_as_none(answer: str | Exception) -> None:
    assert cards(nvidia(answer), NOWHERE) == ()
    assert not held_bytes(1234, nvidia(answer), NOWHERE)


def test_an_amd_card_tells_by_the_files_that_linux_has_of_it(tmp_path: Path) -> None:
    drm = linux_card(
        tmp_path,
        vendor="0x1002",
        device="0x7422",
        uevent="DRIVER=amdgpu\nPCI_ID=1002:7422",
        mem_info_vram_used="1073741824",
        mem_info_vram_total="4278190080",
        hwmon__hwmon3__temp1_input="54000",
    )
    assert cards(NO_TOOL, drm) == (GraphicsCard("AMD 0x7422", "amdgpu", 2**30, 4278190080, 54.0),)


def test_a_card_within_an_intel_processor_has_no_memory_of_its_own(tmp_path: Path) -> None:
    drm = linux_card(tmp_path, vendor="0x8086", device="0x46a6", uevent="DRIVER=i915")
    assert cards(NO_TOOL, drm) == (GraphicsCard("Intel 0x46a6", "i915", None, None, None),)


def test_an_nvidia_card_is_not_told_twice(tmp_path: Path) -> None:
    drm = linux_card(tmp_path, vendor="0x10de", device="0x2531", uevent="DRIVER=nvidia")
    assert len(cards(nvidia("NVIDIA RTX A2000, 550.54.15, 2048, 12282, 61\n"), drm)) == 1


def test_what_a_process_holds_of_a_card_is_asked_by_its_number(tmp_path: Path) -> None:
    assert held_bytes(7, nvidia("7, 300\n8, 500\n7, 24\n"), NOWHERE) == 324 * MIB
    assert held_bytes(9, nvidia("7, 300\n"), NOWHERE) == 0
    files = tmp_path / "7" / "fdinfo"
    files.mkdir(parents=True)
    once = "pos:\t0\ndrm-driver:\tamdgpu\ndrm-client-id:\t41\ndrm-memory-vram:\t2048 KiB\n"
    (files / "5").write_text(once)
    (files / "6").write_text(once)
    (files / "9").write_text("pos:\t0\n")
    assert held_bytes(7, NO_TOOL, tmp_path) == 2048 * 1024
    assert held_bytes(8, NO_TOOL, tmp_path) is None
