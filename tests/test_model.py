"""Model directories that are missing, broken or altered: one line that says what, where, and what to try."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from hoptac import ModelError, UsageError
from hoptac.cli import main
from hoptac.directory import tensors
from hoptac.engine import ENGINES
from hoptac.model import BUNDLED, load_model, running_case

onnx = pytest.importorskip("onnx")
numpy_helper = pytest.importorskip("onnx.numpy_helper")
Forge = Callable[[Path], None]


def _seal(directory: Path) -> None:
    """Digests for what now lies in the directory, as an attacker would write them."""
    names = ("config.json", "model.onnx", "tokenizer.json", "themes.toml", "parity.json", "README.md")
    (directory / "SHA256SUMS").write_text(
        "".join(f"{hashlib.sha256((directory / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    )


def _edit(directory: Path, name: str, change: Callable[[dict], object]) -> None:  # type: ignore[type-arg]
    data = json.loads((directory / name).read_text(encoding="utf-8"))
    change(data)
    (directory / name).write_text(json.dumps(data), encoding="utf-8")
    _seal(directory)


def _truncate(directory: Path) -> None:
    data = (directory / "model.onnx").read_bytes()
    (directory / "model.onnx").write_bytes(data[: len(data) // 2])
    _seal(directory)


def _fewer_themes(directory: Path) -> None:
    text = (directory / "themes.toml").read_text(encoding="utf-8")
    (directory / "themes.toml").write_text(text[: text.rindex("[[theme]]")], encoding="utf-8")
    _seal(directory)


def _not_a_tokenizer(directory: Path) -> None:
    (directory / "tokenizer.json").write_text("{}")
    _seal(directory)


def _settings(directory: Path, **changed: object) -> None:
    _edit(directory, "config.json", lambda config: config["hoptac"].update(changed))


def _graph(change: Callable[[onnx.ModelProto], object]) -> Forge:
    """Change the graph, and write it with its digest as a forger would."""

    def forge(directory: Path) -> None:
        graph = onnx.load(directory / "model.onnx")
        change(graph)
        (directory / "model.onnx").write_bytes(graph.SerializeToString())
        _seal(directory)

    return forge


def _huge(graph: onnx.ModelProto) -> None:
    graph.graph.initializer[0].dims[:] = [2**40, 384]


def _nan(graph: onnx.ModelProto) -> None:
    for tensor in graph.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) == 2:
            tensor.CopyFrom(numpy_helper.from_array(np.full(tuple(tensor.dims), np.nan, np.float32), tensor.name))


def _swap(graph: onnx.ModelProto) -> None:
    """Two layers' weights in each other's place."""
    largest = max(len(tensor.raw_data) for tensor in graph.graph.initializer if tuple(tensor.dims) == (384, 1536))
    one, other = [t for t in graph.graph.initializer if len(t.raw_data) == largest and tuple(t.dims) == (384, 1536)][:2]
    one.raw_data, other.raw_data = other.raw_data, one.raw_data
    heads = [t for t in graph.graph.initializer if tuple(t.dims) == (768, 384)]
    heads[0].raw_data, heads[1].raw_data = heads[1].raw_data, heads[0].raw_data


def _external(graph: onnx.ModelProto) -> None:
    tensor = graph.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../etc/passwd")


def _in_a_branch(graph: onnx.ModelProto) -> None:
    """The same, hidden in a graph within a node."""
    inner = onnx.GraphProto(name="inner")
    inner.initializer.add(name="far", dims=[1], data_type=1, data_location=onnx.TensorProto.EXTERNAL)
    graph.graph.node[0].attribute.add(name="then_branch", type=onnx.AttributeProto.GRAPH).g.CopyFrom(inner)


def _link_out(name: str) -> Forge:
    def forge(directory: Path) -> None:
        target = directory.parent / f"outside-{name}"
        (directory / name).rename(target)
        (directory / name).symlink_to(target)

    return forge


def _text(name: str, text: str) -> Forge:
    def forge(directory: Path) -> None:
        (directory / name).write_text(text, encoding="utf-8")
        _seal(directory)

    return forge


def _more_tokens(directory: Path) -> None:
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.add_tokens([f"token-{number}" for number in range(9)])
    tokenizer.save(str(directory / "tokenizer.json"))
    _seal(directory)


def _sparse_and_huge(directory: Path) -> None:
    with (directory / "tokenizer.json").open("r+b") as file:
        file.truncate(2**40)


def _folder(directory: Path) -> None:
    (directory / "parity.json").unlink()
    (directory / "parity.json").mkdir()


def _one_theme_fewer_everywhere(directory: Path) -> None:
    _fewer_themes(directory)
    last = "people-to-people"
    _edit(directory, "config.json", lambda c: [c["hoptac"][n].pop(last) for n in ("calibration", "thresholds")])


def _themes_in_another_order(directory: Path) -> None:
    head, *themes = (directory / "themes.toml").read_text(encoding="utf-8").split("[[theme]]")
    (directory / "themes.toml").write_text("[[theme]]".join([head, *reversed(themes)]), encoding="utf-8")
    _seal(directory)


def _in_a_function(graph: onnx.ModelProto) -> None:
    """External data in the default of a function's attribute."""
    function = graph.functions.add(name="f", domain="d")
    tensor = function.attribute_proto.add(name="a", type=onnx.AttributeProto.TENSOR).t
    tensor.CopyFrom(onnx.TensorProto(name="far", dims=[1], data_type=1, data_location=onnx.TensorProto.EXTERNAL))


def _link_to_itself(directory: Path) -> None:
    (directory / "parity.json").unlink()
    (directory / "parity.json").symlink_to("parity.json")


def _pipe_of_sums(directory: Path) -> None:
    (directory / "SHA256SUMS").unlink()
    os.mkfifo(directory / "SHA256SUMS")


def _sums_with_a_path(directory: Path) -> None:
    sums = directory / "SHA256SUMS"
    sums.write_text(sums.read_text() + f"{'0' * 64}  ../../etc/passwd\n")


def _not_sealed(directory: Path) -> None:
    (directory / "config.json").write_text((directory / "config.json").read_text() + " ")


FORGED: dict[str, tuple[Forge, str]] = {
    "missing graph": (lambda d: (d / "model.onnx").unlink(), "is missing"),
    "missing sums": (lambda d: (d / "SHA256SUMS").unlink(), "SHA256SUMS"),
    "altered": (_not_sealed, "differs from its digest"),
    "half a graph": (_truncate, "model.onnx"),
    "one theme fewer": (_fewer_themes, "themes.toml"),
    "no tokenizer": (_not_a_tokenizer, "tokenizer.json"),
    "another format": (
        lambda d: _edit(d, "config.json", lambda c: c["hoptac"].update(format=99)),
        "format 99",
    ),
    "no calibration": (
        lambda d: _edit(d, "config.json", lambda c: c["hoptac"].pop("calibration")),
        "config.json",
    ),
    "no number": (
        lambda d: _edit(d, "config.json", lambda c: c["hoptac"]["thresholds"].update(energy=["NaN", 0, 0])),
        "config.json",
    ),
    "other answers": (
        lambda d: _edit(d, "parity.json", lambda p: p["probabilities"][0].__setitem__(0, 0.0)),
        "differ by",
    ),
    "NaN weights": (_graph(_nan), "NaN|cannot load"),
    "swapped weights": (_graph(_swap), "differ by"),
    "weights elsewhere": (_graph(_external), "another file"),
    "weights elsewhere, in a branch": (_graph(_in_a_branch), "another file"),
    "weights elsewhere, in a function": (_graph(_in_a_function), "another file"),
    "one theme fewer everywhere": (_one_theme_fewer_everywhere, "themes.toml has 4 themes"),
    "themes in another order": (_themes_in_another_order, "not for the themes"),
    "a link to itself": (_link_to_itself, "parity.json"),
    "a pipe for the sums": (_pipe_of_sums, "SHA256SUMS"),
    "factors that overflow": (
        lambda d: _edit(
            d, "config.json", lambda c: c["hoptac"]["calibration"]["energy"].update({"*": [1e39, -1e39, 0]})
        ),
        "config.json",
    ),
    "a number of 400 digits": (
        lambda d: _edit(
            d, "config.json", lambda c: c["hoptac"]["calibration"]["energy"].update({"*": [10**400, 0, 0]})
        ),
        "config.json",
    ),
    "a shape that no file holds": (_graph(_huge), "a tensor of"),
    "a negative shape": (_graph(lambda g: g.graph.initializer[0].dims.append(-5)), "a tensor of"),
    "another taxonomy": (
        _text("themes.toml", "".join(f'[[theme]]\nid = "t{i}"\n' for i in range(5))),
        "not for the themes",
    ),
    "more tokens than rows": (_more_tokens, "tokenizer.json: has a token"),
    "another vocabulary": (
        lambda d: _edit(d, "config.json", lambda c: c.update(vocab_size=2**31)),
        "model.onnx: no table of",
    ),
    "a window that fits no memory": (lambda d: _settings(d, window=10**12), "config.json"),
    "a window of nothing": (lambda d: _settings(d, window=2), "config.json"),
    "no before yes": (
        lambda d: _edit(d, "config.json", lambda c: c["hoptac"]["thresholds"].update(energy=[0.2, 0.9, 0.5])),
        "threshold",
    ),
    "a probability of two": (
        lambda d: _edit(d, "config.json", lambda c: c["hoptac"]["thresholds"].update(energy=[2, 0, 0.5])),
        "config.json",
    ),
    "languages that are no list": (lambda d: _settings(d, languages=7), "config.json"),
    "brackets without end": (_text("config.json", "[" * 100_000), "config.json: not JSON"),
    "themes without end": (_text("themes.toml", "a = " + "[" * 100_000), "themes.toml"),
    "no sentences": (_text("parity.json", '{"sentences": [], "probabilities": []}'), "no sentences"),
    "an empty graph": (_text("model.onnx", ""), "model.onnx"),
    "a larger file than there can be": (_sparse_and_huge, "expected at most"),
    "a path in the sums": (_sums_with_a_path, "outside the directory"),
    "a link to another graph": (_link_out("model.onnx"), "leads out of the directory"),
    "a link to other settings": (_link_out("config.json"), "leads out of the directory"),
    "a link to other sums": (_link_out("SHA256SUMS"), "leads out of the directory"),
    "a folder for a file": (_folder, "is missing"),
    "fewer answers": (lambda d: _edit(d, "parity.json", lambda p: p["probabilities"].pop()), "parity"),
}


@pytest.mark.parametrize("case", list(FORGED))
def test_a_forged_directory_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    forge, words = FORGED[case]
    directory = tmp_path / "model"
    shutil.copytree(BUNDLED, directory)
    forge(directory)
    with pytest.raises(ModelError, match=words) as caught:
        load_model(directory)
    message = str(caught.value)
    assert message.startswith(str(directory))
    assert "\n" not in message
    assert ";" in message or "(" in message  # what to try, after what is wrong


def test_the_command_says_it_in_one_line_without_a_traceback(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED, tmp_path / "model")
    _not_sealed(tmp_path / "model")
    result = CliRunner().invoke(main, ["themes", "--model", str(tmp_path / "model")])
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.output


def test_a_missing_directory_is_named_with_the_way_out() -> None:
    with pytest.raises(ModelError, match="bundled"):
        load_model("nowhere")


@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 5000 + "a", "a\0b"])
def test_a_name_that_no_system_has(name: str) -> None:
    with pytest.raises(ModelError, match="no such model directory; leave --model out"):
        load_model(name)


def test_an_unknown_engine_is_a_wrong_setting() -> None:
    with pytest.raises(UsageError, match="onnx"):
        load_model(engine="steam")


@pytest.mark.parametrize("engine", [engine for engine in ENGINES if engine != "onnx"])
def test_an_engine_whose_weights_are_not_there_says_which_file_it_wants(engine: str) -> None:
    with pytest.raises(ModelError, match=rf"{ENGINES[engine][0]}: is missing.*try"):
        load_model(engine=engine)


def test_a_tokenizer_neither_pads_nor_cuts_whatever_its_file_says(tmp_path: Path) -> None:
    directory = tmp_path / "model"
    shutil.copytree(BUNDLED, directory)
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.enable_padding(length=10**9)
    tokenizer.enable_truncation(2)
    tokenizer.save(str(directory / "tokenizer.json"))
    _seal(directory)
    loaded = load_model(directory).tokenizer
    assert loaded.padding is None
    assert loaded.truncation is None


def test_a_link_inside_the_directory_is_followed(tmp_path: Path) -> None:
    directory = tmp_path / "model"
    shutil.copytree(BUNDLED, directory)
    (directory / "config.json").rename(directory / "settings.json")
    (directory / "config.json").symlink_to("settings.json")
    assert load_model(directory).window


@given(st.binary(max_size=400))
def test_any_bytes_are_read_as_tensors_or_refused(data: bytes) -> None:
    try:
        for tensor in tensors(data):
            assert tensor.n_bytes <= len(data)
    except (ValueError, IndexError):
        pass


def test_tensors_are_what_onnx_reads() -> None:
    graph = onnx.load(BUNDLED / "model.onnx")
    found = [tensor.shape for tensor in tensors((BUNDLED / "model.onnx").read_bytes())]
    for tensor in graph.graph.initializer:
        found.remove(tuple(tensor.dims))


def test_the_bundled_model_is_small_enough_for_a_wheel() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) <= 45_000_000


def test_a_text_in_capitals_is_read_as_running_text_and_a_headline_in_capitals_is_not() -> None:
    capitals = ["TWO MINISTERS MEET", "THEY SPOKE OF ENERGY.", "And of schools."]
    assert running_case(capitals) == ["Two ministers meet", "They spoke of energy.", "And of schools."]
    half = ["TWO MINISTERS MEET", "They spoke of energy."]
    assert running_case(half) == half
