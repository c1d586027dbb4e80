"""Networks of other people's making: torch modules tapped by name, however they come in."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from installation.errors import AtlasError, DeviceError, InstallationError, ScoreError
from installation.studio.networks.card import read_card
from installation.studio.networks.registry import cards, load_network

SOURCE = """
from tests.studio.test_loaders import Residual


def make():
    return Residual()


def make_nothing():
    return 7


def make_trouble():
    raise OSError("no such weights")
"""


class Residual(nn.Module):
    """A residual block as they are written everywhere: what is tapped is overwritten in place right after."""

    def __init__(self, num_classes: int = 3) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 5, 2, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.second = nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Linear(8, num_classes)

    def forward(self, picture: Tensor) -> Tensor:
        kept = self.relu(self.norm(self.first(picture)))
        out = self.second(kept)
        out += kept
        head: Tensor = self.head(functional.relu_(out).mean((2, 3)))
        return head


def own_card(folder: Path, **facts: object) -> None:
    """A card 'mine' in `folder`, and weights for it that are not those which the module begins with."""
    described = {"name": "mine", "architecture": "a residual block", "file": "mine.safetensors", "classes": 3}
    described |= {"attribution": "me", "licence": "mine", "published": "nowhere", "input": {"size_px": 32}}
    lines = [f"{key}: {value!r}" for key, value in {**described, **facts}.items()]
    (folder / "mine.card.yaml").write_text("\n".join(lines), encoding="utf-8")
    torch.manual_seed(4)
    module = Residual()
    assert module.norm.running_mean is not None
    module.norm.running_mean += 0.1
    save_file(module.state_dict(), folder / "mine.safetensors")
    torch.save(
        {"state_dict": {f"module.{name}": value for name, value in module.state_dict().items()}}, folder / "w.pth"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with networks of one's own, and a Python file beside them."""
    sys.modules.pop("my_networks", None)
    (tmp_path / "my_networks.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


PICTURE = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(2))


def values_inside(folder: Path) -> dict[str, Tensor]:
    """What the module computes, worked out by hand."""
    weights = load_file(folder / "mine.safetensors")
    first = functional.conv2d(PICTURE, weights["first.weight"], stride=2)
    mean, variance, weight, bias = (
        weights[f"norm.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
    )
    norm = functional.batch_norm(first, mean, variance, weight, bias)
    relu = norm.clamp(min=0)
    second = functional.conv2d(relu, weights["second.weight"], weights["second.bias"], padding=1)
    means = (second + relu).clamp(min=0).mean((2, 3))
    head = functional.linear(means, weights["head.weight"], weights["head.bias"])
    return {"first": first, "norm": norm, "relu": relu, "second": second, "head": head[..., None, None]}


@pytest.mark.parametrize("file", ["mine.safetensors", "w.pth"])
def test_a_module_of_ones_own_is_tapped_by_name(folder: Path, file: str) -> None:
    own_card(folder, module="my_networks:make", file=file)
    network = load_network("mine", folder)
    assert network.layers == ("first", "norm", "relu", "second", "head")
    assert [network.channels(layer) for layer in network.layers] == [8, 8, 8, 8, 3]
    expected = values_inside(folder)
    with torch.no_grad():
        seen = network.layer_activations(PICTURE, network.layers)
        alone = {layer: network.activations(PICTURE, layer) for layer in network.layers}
    for layer, values in expected.items():
        torch.testing.assert_close(seen[layer], values)
        torch.testing.assert_close(alone[layer], seen[layer])


def test_a_tapped_layer_has_a_gradient_in_the_picture_and_none_in_the_weights(folder: Path) -> None:
    own_card(folder, module="my_networks:make")
    network = load_network("mine", folder)
    picture = PICTURE.clone().requires_grad_()
    torch.autograd.backward(network.activations(picture, "norm")[:, 3].mean())
    assert picture.grad is not None
    assert picture.grad.any()
    assert all(value.grad is None for value in network.weights.values())


def test_only_the_named_layers_are_offered(folder: Path) -> None:
    own_card(folder, module="my_networks:make", layers=["norm", "head"])
    network = load_network("mine", folder)
    assert network.layers == ("norm", "head")
    with pytest.raises(ScoreError, match=r"'mine' has no layer 'norma'; did you mean 'norm'\? it has norm, head$"):
        network.activations(PICTURE, "norma")
    own_card(folder, module="my_networks:make", layers=["layer9"])
    with pytest.raises(ScoreError, match=r"network 'mine': layers: the module has no 'layer9'.*it has first, norm"):
        load_network("mine", folder)


def test_nothing_behind_the_tapped_layer_is_computed(folder: Path) -> None:
    own_card(folder, module="my_networks:make")
    network = load_network("mine", folder)
    network.weights["second.weight"].fill_(torch.nan)
    assert network.activations(PICTURE, "relu").isfinite().all()


def test_a_picture_that_a_module_cannot_look_at_is_told(folder: Path) -> None:
    own_card(folder, module="my_networks:make")
    network = load_network("mine", folder)
    with pytest.raises(ScoreError, match=r"cannot look at a picture of 4x4 pixels \(.*Kernel size.*size that it was"):
        network.activations(PICTURE[..., :4, :4], "first")


def test_a_class_name_is_found_in_a_list_of_ones_own(folder: Path) -> None:
    (folder / "names.txt").write_text("tower\nlamp\nsea\n", encoding="utf-8")
    own_card(folder, module="my_networks:make", labels_file="names.txt")
    network = load_network("mine", folder)
    assert network.channel("head", "lamp") == 1


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("no_such:make", r"no Python module 'no_such'; install it, or put no_such.py beside the card in "),
        ("my_networks:mak", r"module 'my_networks' has no attribute 'mak'"),
        ("my_networks:make_nothing", r"my_networks:make_nothing gave a int; it must give a torch.nn.Module"),
        ("my_networks:make_trouble", r"the function failed: OSError: no such weights"),
    ],
)
def test_a_module_that_does_not_come_is_told(folder: Path, word: str, sentence: str) -> None:
    own_card(folder, module=word)
    with pytest.raises(ScoreError, match=f"network 'mine': .*{sentence}"):
        load_network("mine", folder)


def test_weights_of_another_module_are_refused(folder: Path) -> None:
    own_card(folder, module="my_networks:make")
    save_file({"first.weight": torch.zeros(1)}, folder / "mine.safetensors")
    with pytest.raises(AtlasError, match=r"'first.weight' is 1, network 'mine' needs 8x3x5x5; .* another network"):
        load_network("mine", folder)


def test_a_checkpoint_that_would_run_code_is_refused(folder: Path) -> None:
    own_card(folder, module="my_networks:make", file="w.pth")
    torch.save(Residual(), folder / "w.pth")
    with pytest.raises(AtlasError, match=r"w.pth: this file holds more than weights .*state_dict\(\)` as safetensors"):
        load_network("mine", folder)
    torch.save([1, 2], folder / "w.pth")
    with pytest.raises(AtlasError, match=r"w.pth: holds no state dict"):
        load_network("mine", folder)
    with zipfile.ZipFile(folder / "w.pth", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("archive/data.pkl", bytes(1_000_000))
    with pytest.raises(AtlasError, match=r"w.pth: .*it unpacks to far more than it holds"):
        load_network("mine", folder)
    (folder / "w.pth").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(AtlasError, match=r"w.pth: this file holds more than weights"):
        load_network("mine", folder)


def library(name: str, create: str) -> ModuleType:
    """A stand-in for torchvision.models or timm, with one model."""
    module = ModuleType(name)
    module.list_models = lambda: ["resnet18", "residual"]  # type: ignore[attr-defined]

    def make(word: str, num_classes: int = 3, **weights: object) -> nn.Module:
        assert weights in ({"weights": None}, {"pretrained": False}), "nothing is downloaded"
        assert word == "residual"
        return Residual(num_classes)

    setattr(module, create, make)
    return module


@pytest.mark.parametrize(
    ("loader", "module", "create", "word"),
    [
        ("torchvision", "torchvision.models", "get_model", "residual"),
        ("timm", "timm", "create_model", "residual.a1_in1k"),
    ],
)
def test_a_model_of_a_library_comes_in_by_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, loader: str, module: str, create: str, word: str
) -> None:
    monkeypatch.setitem(sys.modules, module.split(".")[0], ModuleType(module.split(".")[0]))
    monkeypatch.setitem(sys.modules, module, library(module, create))
    own_card(folder, **{loader: word})
    assert load_network("mine", folder).layers == ("first", "norm", "relu", "second", "head")
    own_card(folder, **{loader: "resnet81"})
    with pytest.raises(ScoreError, match=rf"{loader} has no model 'resnet81'; did you mean 'resnet18'\?"):
        load_network("mine", folder)


@pytest.mark.parametrize("loader", ["torchvision", "timm"])
def test_a_library_that_is_not_there_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, loader: str
) -> None:
    monkeypatch.setitem(sys.modules, loader, None)
    monkeypatch.setitem(sys.modules, f"{loader}.models", None)
    own_card(folder, **{loader: "resnet18"})
    with pytest.raises(DeviceError, match=rf"{loader} cannot be imported .*pip install 'installation\[{loader}\]'"):
        load_network("mine", folder)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, r"one of wiring, torchvision, timm, module says what the network computes, not 0"),
        ({"module": "a:b", "timm": "c"}, r"says what the network computes, not 2"),
        (
            {"module": "a b"},
            r"^[^\n]*yaml:\d+:\d+: module: 'a b' cannot be a function, .*: package:function$",
        ),
        ({"wiring": "vgg"}, r"network 'mine': wiring 'vgg' is not known; known wirings: googlenet"),
        ({"module": "a:b", "file": "../../etc/passwd"}, r"file: '../../etc/passwd' cannot be a file"),
        ({"module": "a:b", "name": "googlenet"}, r"a card names its network 'googlenet', which is another's name"),
        (
            {"module": "a:b", "licences": "red"},
            r"'licences' is not a key of a network's card; did you mean 'licence'\?",
        ),
        ({"module": "a:b", "input": {"std": [1, 1, 1]}}, r"'std' is not a key of an input; did you mean 'deviation'\?"),
        ({"module": "a:b", "input": {"mean": [1, 1]}}, r"input.mean: 2 numbers; there must be 3"),
        ({"module": "a:b", "sha256": "abc"}, r"'abc' cannot be a sha256, which a card addresses: 64 digits"),
    ],
)
def test_a_mistake_on_a_card_is_told_with_its_place(folder: Path, facts: dict[str, object], sentence: str) -> None:
    own_card(folder, **facts)
    with pytest.raises(InstallationError, match=sentence):
        load_network("mine", folder)


def test_shipped_cards_are_whole_and_say_where_their_weights_are_published() -> None:
    for card in cards().values():
        assert card.published
        assert card.licence
        assert card.attribution
        assert card.sha256 or card.published_file, f"{card.name} has neither a known file nor one to import"


def test_a_card_that_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.card.yaml"
    path.write_text("name: mine\nfile: [\n", encoding="utf-8")
    with pytest.raises(ScoreError, match=r"mine.card.yaml:\d+:\d+: "):
        read_card(path)
    path.write_text("name: mine\n", encoding="utf-8")
    with pytest.raises(ScoreError, match=r"'licence' is missing: the terms of its use"):
        read_card(path)
