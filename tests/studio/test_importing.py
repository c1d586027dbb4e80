"""Published files and what their networks compute, beside OpenCV, which reads and computes both independently."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from installation.errors import AtlasError, ScoreError
from installation.studio.networks.card import Card, PublishedFile
from installation.studio.networks.importing import card_for, import_network
from installation.studio.networks.loaders import wiring_of
from installation.studio.networks.network import Network
from installation.studio.networks.published.tensorflow import read_graph
from installation.studio.networks.registry import card_of, load_network
from installation.studio.networks.wirings.googlenet import BLOCKS
from installation.studio.networks.wirings.graph import Graph
from installation.studio.networks.wirings.inception_v1 import BLOCKS as GOOGLES_BLOCKS
from tests.studio import wire

SIZE_PX = 96


def random_weights(name: str) -> tuple[Card, Graph, dict[str, Tensor]]:
    card = card_of(name)
    graph = wiring_of(card, Path())
    assert isinstance(graph, Graph)
    return card, graph, graph.random_weights(torch.Generator().manual_seed(3))


def in_pairs(weights: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, tuple[Tensor, Tensor]]:
    """Weight and bias of every layer, by the name that the published file gives it."""
    layers = {name.removesuffix(".weight") for name in weights if name.endswith(".weight")}
    return {names.get(layer, layer): (weights[f"{layer}.weight"], weights[f"{layer}.bias"]) for layer in sorted(layers)}


def caffes_names(weights: Mapping[str, Tensor]) -> dict[str, str]:
    layers = [name.removesuffix(".weight") for name in weights if name.endswith(".weight")]
    depth = {layer: 2 if layer.startswith("inception") else 1 for layer in layers}
    return {layer: "/".join(_cut(layer, depth[layer])) for layer in layers}


def _cut(layer: str, depth: int) -> tuple[str, str]:
    words = layer.split("_")
    return "_".join(words[:depth]), "_".join(words[depth:])


def picture() -> Tensor:
    return torch.rand(1, 3, SIZE_PX, SIZE_PX, generator=torch.Generator().manual_seed(9))


def buffer(content: bytes) -> np.ndarray:
    return np.frombuffer(content, np.uint8)


class Prototxt:
    """A network for OpenCV as Caffe's text describes it, with ReLUs beside their convolutions, not in their place."""

    def __init__(self) -> None:
        self.lines = [f'input: "data" input_dim: 1 input_dim: 3 input_dim: {SIZE_PX} input_dim: {SIZE_PX}']

    def layer(self, name: str, kind: str, sources: str | list[str], parameters: str = "") -> str:
        bottoms = " ".join(f'bottom: "{source}"' for source in ([sources] if isinstance(sources, str) else sources))
        self.lines.append(f'layer {{ name: "{name}" type: "{kind}" {bottoms} top: "{name}" {parameters} }}')
        return name

    def convolve(self, name: str, source: str, width: int, kernel: int, stride: int = 1) -> str:
        sizes = f"num_output: {width} kernel_size: {kernel} stride: {stride} pad: {kernel // 2}"
        self.layer(name, "Convolution", source, f"convolution_param {{ {sizes} }}")
        return self.layer(f"{name}/relu", "ReLU", name)

    def pool(self, name: str, source: str, stride: int, pad: int) -> str:
        sizes = f"pool: MAX kernel_size: 3 stride: {stride} pad: {pad}"
        return self.layer(name, "Pooling", source, f"pooling_param {{ {sizes} }}")

    def normalise(self, name: str, source: str) -> str:
        return self.layer(name, "LRN", source, "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }")


def googlenet_prototxt(classes: int) -> str:
    net = Prototxt()
    signal = net.pool("pool1", net.convolve("conv1/7x7_s2", "data", 64, 7, 2), 2, 0)
    signal = net.convolve("conv2/3x3_reduce", net.normalise("norm1", signal), 64, 1)
    signal = net.normalise("norm2", net.convolve("conv2/3x3", signal, 192, 3))
    signal = net.pool("pool2", signal, 2, 0)
    for block, (one, narrow_three, three, narrow_five, five, pooled) in BLOCKS.items():
        name = f"inception_{block}"
        branches = [
            net.convolve(f"{name}/1x1", signal, one, 1),
            net.convolve(f"{name}/3x3", net.convolve(f"{name}/3x3_reduce", signal, narrow_three, 1), three, 3),
            net.convolve(f"{name}/5x5", net.convolve(f"{name}/5x5_reduce", signal, narrow_five, 1), five, 5),
            net.convolve(f"{name}/pool_proj", net.pool(f"{name}/pool", signal, 1, 1), pooled, 1),
        ]
        signal = net.layer(f"{name}/output", "Concat", branches)
        if block in ("3b", "4e"):
            signal = net.pool(f"{name}/pooled", signal, 2, 0)
    signal = net.layer("pool5", "Pooling", signal, "pooling_param { pool: AVE global_pooling: true }")
    net.layer("loss3/classifier", "InnerProduct", signal, f"inner_product_param {{ num_output: {classes} }}")
    return "\n".join(net.lines)


def agree(ours: Mapping[str, Tensor], theirs: Mapping[str, np.ndarray]) -> None:
    for name, values in ours.items():
        found = torch.from_numpy(np.asarray(theirs[name])).reshape(values.shape)
        scale = values.abs().max()
        assert (found - values).abs().max() < 1e-4 * scale, name


def test_googlenet_places365_is_read_as_opencv_reads_it_layer_by_layer(tmp_path: Path) -> None:
    card, graph, weights = random_weights("places-googlenet")
    names = caffes_names(weights)
    path = tmp_path / "googlenet_places365.caffemodel"
    path.write_bytes(wire.caffemodel(in_pairs(weights, names)))
    assert card_for(path, None) == card
    import_network(path, card, tmp_path)
    (tmp_path / "places365-categories.txt").write_text("\n".join(map(str, range(365))), encoding="utf-8")
    network = load_network("places-googlenet", tmp_path)

    net = cv2.dnn.readNetFromCaffe(buffer(googlenet_prototxt(365).encode()), buffer(path.read_bytes()))
    net.enableFusion(False)
    wanted = list(names)
    seen = picture()
    net.setInput(card.input.see(seen).numpy())
    theirs = dict(zip(wanted, net.forward([names[layer] for layer in wanted]), strict=True))
    with torch.no_grad():
        agree(network.layer_activations(seen, wanted), theirs)
    assert set(wanted) == set(graph.branches)


def inception_v1_graph(weights: Mapping[str, Tensor]) -> bytes:
    """The published graph's nodes, with these weights; pooled over all that 96 pixels leave of the last block."""
    nodes = [wire.node("input", "Placeholder", dtype=wire.number(6, 1))]
    for name, value in weights.items():
        layer, kind = name.rsplit(".", 1)
        around = value.permute(2, 3, 1, 0) if value.ndim == 4 else value.t() if value.ndim == 2 else value
        nodes.append(wire.constant(f"{layer}_{kind[0]}", around.contiguous().numpy()))

    def add(name: str, operation: str, *inputs: str, **attributes: bytes) -> str:
        nodes.append(wire.node(name, operation, *inputs, T=wire.number(6, 1), **attributes))
        return name

    def convolve(name: str, source: str, stride: int = 1) -> str:
        steps = wire.numbers(1, stride, stride, 1)
        add(f"{name}_pre_relu/conv", "Conv2D", source, f"{name}_w", strides=steps, padding=wire.word("SAME"))
        add(f"{name}_pre_relu", "BiasAdd", f"{name}_pre_relu/conv", f"{name}_b")
        return add(name, "Relu", f"{name}_pre_relu")

    def pool(name: str, source: str, stride: int) -> str:
        sizes = {"ksize": wire.numbers(1, 3, 3, 1), "strides": wire.numbers(1, stride, stride, 1)}
        return add(name, "MaxPool", source, padding=wire.word("SAME"), **sizes)

    def normalise(name: str, source: str) -> str:
        rates = {"alpha": wire.real(1e-4), "beta": wire.real(0.5), "bias": wire.real(2.0)}
        return add(name, "LRN", source, depth_radius=wire.whole(5), **rates)

    signal = normalise("localresponsenorm0", pool("maxpool0", convolve("conv2d0", "input", 2), 2))
    signal = pool("maxpool1", normalise("localresponsenorm1", convolve("conv2d2", convolve("conv2d1", signal))), 2)
    for block in GOOGLES_BLOCKS:
        name = f"mixed{block}"
        branches = [
            convolve(f"{name}_1x1", signal),
            convolve(f"{name}_3x3", convolve(f"{name}_3x3_bottleneck", signal)),
            convolve(f"{name}_5x5", convolve(f"{name}_5x5_bottleneck", signal)),
            convolve(f"{name}_pool_reduce", pool(f"{name}_pool", signal, 1)),
        ]
        nodes.append(wire.constant(f"{name}/concat_dim", np.array(3, np.int32)))
        signal = add(name, "Concat", f"{name}/concat_dim", *branches, N=wire.whole(4))
        if block in ("3b", "4e"):
            signal = pool(f"maxpool_{block}", signal, 2)
    sizes = {"ksize": wire.numbers(1, 3, 3, 1), "strides": wire.numbers(1, 1, 1, 1)}
    add("avgpool0", "AvgPool", signal, padding=wire.word("VALID"), **sizes)
    nodes.append(wire.constant("avgpool0/reshape/shape", np.array([-1, 1024], np.int32)))
    add("avgpool0/reshape", "Reshape", "avgpool0", "avgpool0/reshape/shape")
    add("softmax2_pre_activation/matmul", "MatMul", "avgpool0/reshape", "softmax2_w")
    add("softmax2_pre_activation", "BiasAdd", "softmax2_pre_activation/matmul", "softmax2_b")
    return b"".join(nodes)


def test_googles_inception_is_read_as_opencv_reads_it_layer_by_layer(tmp_path: Path) -> None:
    card, graph, weights = random_weights("inception-v1")
    path = tmp_path / "tensorflow_inception_graph.pb"
    path.write_bytes(inception_v1_graph(weights))
    assert card_for(path, None) == card
    import_network(path, card, tmp_path)
    network = load_network("inception-v1", tmp_path)

    net = cv2.dnn.readNetFromTensorflow(buffer(path.read_bytes()))
    net.enableFusion(False)
    seen = picture()
    net.setInput(card.input.see(seen).numpy())
    # OpenCV adds the bias within the convolution, and calls both together by the convolution's name.
    convolutions = {f"{layer}/conv": layer for layer in graph.layers if f"{layer}/conv" in net.getLayerNames()}
    joined = {f"mixed{block}": f"mixed{block}" for block in GOOGLES_BLOCKS}
    wanted = {**convolutions, **joined, "softmax2_pre_activation/matmul": "softmax2_pre_activation"}
    theirs = dict(zip(wanted.values(), net.forward(list(wanted)), strict=True))
    assert len(convolutions) == 57
    with torch.no_grad():
        agree(network.layer_activations(seen, list(theirs)), theirs)


def mobilenet_graph(weights: Mapping[str, Tensor]) -> bytes:
    """A frozen MobileNet V2 with these weights, up to its last convolution."""
    nodes = [wire.node("input", "Placeholder", dtype=wire.number(6, 1))]

    def add(name: str, operation: str, *inputs: str, **attributes: bytes) -> str:
        nodes.append(wire.node(name, operation, *inputs, T=wire.number(6, 1), **attributes))
        return name

    def convolve(name: str, source: str, stride: int = 1, operation: str = "Conv2D") -> str:
        kernel, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        around = (2, 3, 0, 1) if operation.startswith("Depthwise") else (2, 3, 1, 0)
        nodes.append(wire.constant(f"{name}_w", kernel.permute(around).contiguous().numpy()))
        nodes.append(wire.constant(f"{name}_b", bias.numpy()))
        steps = wire.numbers(1, stride, stride, 1)
        add(name, operation, source, f"{name}_w", strides=steps, padding=wire.word("SAME"))
        return add(f"{name}_biased", "BiasAdd", name, f"{name}_b")

    def capped(linear: str) -> str:
        return add(f"{linear}_capped", "Relu6", linear)

    signal = capped(convolve("conv", "input", 2))
    for number, stride in enumerate((1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1)):
        block, source = f"block{number}", signal
        if number:
            signal = capped(convolve(f"{block}.expand", signal))
        signal = capped(convolve(f"{block}.depthwise", signal, stride, "DepthwiseConv2dNative"))
        signal = convolve(f"{block}.project", signal)
        if number in (2, 4, 5, 7, 8, 9, 11, 12, 14, 15):
            signal = add(block, "Add", signal, source)
    convolve("conv_1", signal)
    return b"".join(nodes)


def test_a_mobilenet_is_computed_as_opencv_computes_it_layer_by_layer() -> None:
    card, graph, weights = random_weights("birds")
    net = cv2.dnn.readNetFromTensorflow(buffer(mobilenet_graph(weights)))
    net.enableFusion(False)
    # 100 pixels give 50, 25, 13, 7 and 4: odd and even sizes are padded in different ways.
    seen = torch.rand(1, 3, 100, 100, generator=torch.Generator().manual_seed(9))
    net.setInput(card.input.see(seen).numpy())
    wanted = [layer for layer in graph.layers if layer in net.getLayerNames()]
    assert len(wanted) == 52 + 10, "every convolution, and the blocks that add their input"
    theirs = dict(zip(wanted, net.forward(wanted), strict=True))
    with torch.no_grad():
        agree(Network(card, "0" * 64, graph, weights).layer_activations(seen, wanted), theirs)


def test_googlenet_of_2014_is_turned_from_blue_first_to_red_first(tmp_path: Path) -> None:
    _, _, weights = random_weights("googlenet")
    published = dict(weights) | {"conv1_7x7_s2.weight": weights["conv1_7x7_s2.weight"].flip(1)}
    published |= {"loss1_classifier.weight": torch.zeros(7, 5), "loss1_classifier.bias": torch.zeros(7)}
    path = tmp_path / "bvlc_googlenet.caffemodel"
    path.write_bytes(wire.old_caffemodel(in_pairs(published, caffes_names(published))))
    out = import_network(path, card_for(path, None), tmp_path)
    found = load_file(out)
    assert found.keys() == weights.keys(), "auxiliary classifiers stay behind"
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def small_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, sha256: str | None = None
) -> tuple[Path, Card]:
    """A published file for a network of one convolution."""

    def tiny(classes: int) -> Graph:
        graph = Graph()
        graph.convolve("conv1", "picture", classes, 3)
        return graph

    monkeypatch.setattr("installation.studio.networks.loaders.WIRINGS", {"tiny": tiny})
    path = folder / "small.caffemodel"
    path.write_bytes(content)
    published = PublishedFile(name=path.name, sha256=sha256)
    return path, Card(name="small", wiring="tiny", classes=4, file="small.st", published_file=published)


KERNEL = torch.arange(108, dtype=torch.float32).view(4, 3, 3, 3)
SMALL = {"conv1": (KERNEL, torch.zeros(4))}


def test_importing_twice_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, card = small_file(tmp_path, monkeypatch, wire.caffemodel(SMALL))
    first = import_network(path, card, tmp_path).read_bytes()
    assert import_network(path, card, tmp_path).read_bytes() == first


def test_a_file_cut_anywhere_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = wire.caffemodel(SMALL)
    for length in range(0, len(content), 7):
        path, card = small_file(tmp_path, monkeypatch, content[:length])
        with pytest.raises(AtlasError, match=r"small.caffemodel: (damaged or cut short|no layer with weights|has no)"):
            import_network(path, card, tmp_path)
    assert not (tmp_path / "small.st").exists()


def test_values_missing_from_a_layer_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = wire.block(
        100, wire.text(1, "conv1") + wire.block(7, wire.block(5, b"\0" * 8) + wire.block(7, b"\x0a\x01\4"))
    )
    path, card = small_file(tmp_path, monkeypatch, short)
    with pytest.raises(AtlasError, match=r"layer 'conv1': 2 values where its shape 4 needs 4"):
        import_network(path, card, tmp_path)


def test_a_shape_that_nothing_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for sizes in (b"\1" * 100, b"\xff" * 7 + b"\1" + b"\4"):
        shaped = wire.block(7, wire.block(5, b"\0" * 16) + wire.block(7, wire.block(1, sizes)))
        layer = wire.block(100, wire.text(1, "conv1") + shaped)
        path, card = small_file(tmp_path, monkeypatch, layer)
        with pytest.raises(AtlasError, match=r"layer 'conv1': (a shape of 100 sizes; 8 at most|4 values where)"):
            import_network(path, card, tmp_path)


def test_a_small_graph_cannot_ask_for_all_memory() -> None:
    shape = wire.block(2, wire.number(1, 1 << 23))
    value = wire.block(8, wire.number(1, 1) + wire.block(2, shape) + wire.block(5, b"\0\0\x80\x3f"))
    graph = b"".join(wire.node(f"a{number}_w", "Const", value=value) for number in range(100))
    with pytest.raises(AtlasError, match=r"net.pb: constant 'a2_w': more than 16777216 values that are not written"):
        read_graph(graph, "net.pb")


@pytest.mark.parametrize("suffix", [".caffemodel", ".pb"])
def test_a_pipe_in_the_place_of_a_published_file_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    os.mkfifo(path)
    with pytest.raises(AtlasError, match=r"the published file cannot be read \(this is not an ordinary file"):
        import_network(path, card_of("googlenet"), tmp_path)


def test_weights_that_are_no_numbers_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, card = small_file(tmp_path, monkeypatch, wire.caffemodel({"conv1": (KERNEL / 0, torch.zeros(4))}))
    with pytest.raises(AtlasError, match=r"'conv1.weight' holds values that are not finite"):
        import_network(path, card, tmp_path)


def test_a_published_file_of_another_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, card = small_file(tmp_path, monkeypatch, wire.caffemodel({"conv1": (KERNEL[:2], torch.zeros(2))}))
    with pytest.raises(AtlasError, match=r"'conv1.weight' is 2x3x3x3, network 'small' needs 4x3x3x3; .* another"):
        import_network(path, card, tmp_path)
    path, card = small_file(tmp_path, monkeypatch, wire.caffemodel(SMALL), sha256="0" * 64)
    with pytest.raises(AtlasError, match=r"the published file of 'small' has 0000"):
        import_network(path, card, tmp_path)


def test_a_file_that_nobody_knows_needs_its_networks_name(tmp_path: Path) -> None:
    path = tmp_path / "model.caffemodel"
    with pytest.raises(ScoreError, match=r"not the name of a published file; known are bvlc_googlenet.caffemodel"):
        card_for(path, None)
    assert card_for(path, "googlenet").name == "googlenet"
    with pytest.raises(
        ScoreError, match=r"'place-googlenet' cannot be imported; did you mean 'places-googlenet'\? these can"
    ):
        card_for(path, "place-googlenet")
    with pytest.raises(ScoreError, match=r"a file of kind '.onnx' cannot be imported; these can: .caffemodel, .pb"):
        import_network(tmp_path / "model.onnx", card_of("googlenet"), tmp_path)
