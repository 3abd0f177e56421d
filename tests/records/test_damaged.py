"""Damaged files: one sentence for every kind of damage, and nothing read from them.

The number of flipped bits is `FLIPS`, or that of the environment's LATERALNET_FLIPS; the whole
proof has 9,000.
"""

import io
import json
import os
import resource
import zipfile

import numpy as np
import pytest

from lateralnet.errors import InputError, LateralnetError, StorageError
from lateralnet.learning.checkpoint import load_checkpoint, save_checkpoint
from lateralnet.learning.training import Checkpoint
from lateralnet.network.wiring import make_replica
from lateralnet.records.storage import read_json, read_npz, write_json, write_npz
from tests.tiny import tiny

FLIPS = int(os.environ.get("LATERALNET_FLIPS", "300"))


@pytest.fixture(scope="module")
def arrays():
    random = np.random.default_rng(1)
    return {
        "schema_version": np.array(1),
        "params": np.array(json.dumps({"n_mon": 60, "mode": "x" * 80})),
        "weights/mon_ts_w": random.random(200),
        "tests/trained/ts/step": random.integers(0, 900, 300).astype(np.int16),
        "curves/tracked": random.random((7, 12)),
        "nothing": np.zeros((0, 3)),
        "fortran": np.asfortranarray(random.random((5, 4))),
        "flag": np.array(True),
    }


@pytest.mark.parametrize("compress", [True, False])
def test_arrays_come_back_as_they_were(arrays, tmp_path, compress):
    write_npz(tmp_path / "a.npz", arrays, compress=compress)
    read = read_npz(tmp_path / "a.npz")
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype and read[name].shape == array.shape
        assert np.array_equal(read[name], array)
        assert read[name].flags.writeable
    with np.load(tmp_path / "a.npz") as theirs:
        assert all(np.array_equal(theirs[name], array) for name, array in arrays.items())
    np.savez(tmp_path / "b.npz", **{"x": arrays["curves/tracked"]})
    assert np.array_equal(read_npz(tmp_path / "b.npz")["x"], arrays["curves/tracked"])


@pytest.mark.parametrize("compress", [True, False])
def test_a_flipped_bit_is_a_sentence_or_nothing(arrays, tmp_path, compress):
    path = tmp_path / "a.npz"
    write_npz(path, arrays, compress=compress)
    whole = path.read_bytes()
    random = np.random.default_rng(7)
    outcomes = {"refused": 0, "same": 0}
    for place in random.integers(0, 8 * len(whole), FLIPS):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        try:
            read = read_npz(path)
        except StorageError as error:
            assert "a.npz" in str(error) and "\n" not in str(error)
            outcomes["refused"] += 1
            continue
        assert read.keys() == arrays.keys()
        assert all(read[name].tobytes() == array.tobytes() for name, array in arrays.items())
        outcomes["same"] += 1
    assert outcomes["refused"] > FLIPS // 2


@pytest.mark.parametrize("length", [0, 1, 10, 100, 1000])
def test_a_file_that_was_cut_is_a_sentence(arrays, tmp_path, length):
    path = tmp_path / "a.npz"
    write_npz(path, arrays)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(StorageError, match="damaged"):
        read_npz(path)


def _npz(path, header, data=b"", name="x.npy"):
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999,), }\n",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (-4,), }\n",
        b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': ((1,)), }\n",
        b"{'descr': '<f8', 'shape': (1,), }\n",
        b"{'descr': (((((((((((((((((((((((((((((\n",
        b"{'descr': '<x8', 'fortran_order': False, 'shape': (1,), }\n",
        b"import os\n",
    ],
)
def test_a_header_that_lies_is_a_sentence(tmp_path, header):
    _npz(tmp_path / "a.npz", header, b"12345678" * 2)
    with pytest.raises(StorageError, match=r"a\.npz.*damaged"):
        read_npz(tmp_path / "a.npz")


def test_an_absurd_size_takes_no_memory(tmp_path):
    path = tmp_path / "a.npz"
    _npz(path, b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", b"\0" * 16)
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (0xFFFFFFF0).to_bytes(4, "little")  # size unpacked
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(StorageError, match="damaged"):
        read_npz(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # of 4 GB, in kB


def test_a_bomb_is_refused_before_it_goes_off(tmp_path):
    path = tmp_path / "a.npz"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.npy", b"\0" * 1000)
    path.write_bytes(buffer.getvalue())
    with pytest.raises(StorageError, match="damaged"):
        read_npz(path)


@pytest.fixture(scope="module")
def replica():
    return make_replica(tiny())


@pytest.fixture
def checkpoint(replica, tmp_path):
    from lateralnet.learning.learning_curve import LearningCurve
    from lateralnet.learning.training import _Learner

    curve = LearningCurve(replica.params, replica.mon_ts.w).state()
    tail = _Learner(replica, True).tail
    path = tmp_path / "mid_checkpoint.npz"
    save_checkpoint(
        path, Checkpoint(2, replica.initial_state(), curve, tail, exact=True),
        replica.params, "float64", durable=False,
    )  # fmt: skip
    assert load_checkpoint(path, replica, "float64").trials_done == 2
    return path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trial_idx", np.array([1, 2])),
        ("trial_idx", np.array("x")),
        ("trial_idx", np.array(-9)),
        ("schema_version", np.array("x")),
        ("params", np.array("{")),
        ("params", np.array("[]")),
        ("params", np.array(3)),
        ("w_mean_series", None),
        ("mon_ts_w", None),
        ("tail/ts/step", None),
    ],
)
def test_a_checkpoint_with_strange_content_is_a_sentence(checkpoint, replica, name, value):
    arrays = read_npz(checkpoint)
    assert name in arrays
    if value is None:
        del arrays[name]
    else:
        arrays[name] = value
    write_npz(checkpoint, arrays)
    with pytest.raises((StorageError, InputError), match=r"mid_checkpoint\.npz"):
        load_checkpoint(checkpoint, replica, "float64")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"x": NaN', "\xff\xfe", "[" * 100_000, '{"a": 1e999999}x']
)
def test_json_that_is_none_is_a_sentence(tmp_path, text):
    (tmp_path / "a.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(StorageError, match=r"a\.json"):
        read_json(tmp_path / "a.json")


def _variants(value, path=()):
    """Every key deleted, and every value replaced by one of another kind."""
    if isinstance(value, dict):
        for key in value:
            yield (*path, key), None
            yield from _variants(value[key], (*path, key))
    for strange in ("strange", -7, 1e300, [], {}, None, True):
        if type(strange) is not type(value):
            yield path, (strange,)


def _edited(content, path, change):
    copy = json.loads(json.dumps(content))
    held = copy
    for key in path[:-1]:
        held = held[key]
    if change is None:
        del held[path[-1]]
    else:
        held[path[-1]] = change[0]
    return copy


@pytest.mark.parametrize(
    "name",
    ["params.json", "run_summary.json", "seed_123_results.json", "latest_seed_123_params.json"],
)
def test_edited_json_is_a_sentence_or_read(finished, tmp_path, name):
    import shutil

    from lateralnet import load
    from lateralnet.runs.outcome.summary import summary_table

    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    (path,) = folder.rglob(name)
    content = read_json(path)
    tried = 0
    for where, change in _variants(content):
        if not where or (where[0] in ("facts", "provenance")):
            continue
        write_json(path, _edited(content, where, change))
        tried += 1
        try:
            summary_table(load(folder))
        except LateralnetError as error:
            assert "\n" not in str(error), (where, change)
        except Exception as error:
            pytest.fail(f"{name} {where} {change}: {type(error).__name__} {error}")
    assert tried > 10


@pytest.mark.parametrize("content", [{}, {"network_params": 3}, {"network_params": {"n_ll": "x"}}])
def test_strange_parameters_are_a_sentence_for_all_who_read_them(finished, tmp_path, content):
    import shutil

    from lateralnet import evaluate
    from lateralnet.runs.preparation.resuming import resumed_params

    shutil.copytree(finished, tmp_path / "copy")
    write_json(tmp_path / "copy/params.json", content)
    for read in (evaluate, resumed_params):
        with pytest.raises(LateralnetError, match=r"params\.json"):
            read(tmp_path / "copy")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    import shutil

    from lateralnet import run

    if shutil.which("g++") is None:
        pytest.skip("no C++ compiler (g++)")
    return run(
        tiny(n_training_trials=2), "cpp", runs_dir=tmp_path_factory.mktemp("R"), run_name="x"
    ).folder
