"""Files that are whole or not there, and one sentence for what cannot be read."""

import os
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from lateralnet.errors import StorageError
from lateralnet.records import storage
from lateralnet.records.storage import (
    check_free_space,
    make_folder,
    plain,
    read_json,
    read_npz,
    write_bytes,
    write_json,
    write_npz,
)


def test_a_file_is_written_whole_and_nothing_stays_beside_it(tmp_path):
    write_bytes(tmp_path / "a", b"one")
    write_bytes(tmp_path / "a", b"two", durable=False)
    assert (tmp_path / "a").read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("durable", [True, False])
def test_a_durable_file_and_its_folder_are_on_the_disk(tmp_path, monkeypatch, durable):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_mode))
    write_bytes(tmp_path / "a", b"x", durable=durable)
    assert len(synced) == (2 if durable else 0)


def test_two_writers_with_one_process_number_do_not_meet(tmp_path, monkeypatch):
    """As on two machines that share a folder."""
    names = []
    monkeypatch.setattr(Path, "replace", lambda self, target: names.append(self.name))
    for _ in range(2):
        write_bytes(tmp_path / "a.bin", b"x")
    assert len(set(names)) == 2 and all(name.endswith(".tmp") for name in names)


def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch):
    write_bytes(tmp_path / "a", b"before")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"cannot write .*a: No space left.*before are whole"):
        write_bytes(tmp_path / "a", b"after")
    assert (tmp_path / "a").read_bytes() == b"before" and os.listdir(tmp_path) == ["a"]


def test_json_comes_back_with_null_for_what_it_cannot_hold(tmp_path):
    content = {
        "n": np.int32(3), "x": np.float64(0.5), "nan": float("nan"), "inf": np.inf,
        "list": (1, np.array([1.0, np.nan])), 7: True, "none": None,
    }  # fmt: skip
    write_json(tmp_path / "a.json", content)
    assert read_json(tmp_path / "a.json") == {
        "n": 3, "x": 0.5, "nan": None, "inf": None, "list": [1, [1.0, None]], "7": True,
        "none": None,
    }  # fmt: skip
    assert plain(np.float32(0.25)) == 0.25 and type(plain(np.int64(1))) is int


@pytest.mark.parametrize("compress", [True, False])
def test_arrays_come_back_with_their_bits_and_types(tmp_path, compress):
    arrays = {
        "w": np.nextafter(np.linspace(0, 1, 50), 1), "i": np.arange(5, dtype=np.int16),
        "a/b": np.array("text"), "empty": np.zeros((0, 3)), "n": np.array(7),
    }  # fmt: skip
    write_npz(tmp_path / "a.npz", arrays, compress=compress)
    found = read_npz(tmp_path / "a.npz")
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_compression_makes_a_file_smaller(tmp_path):
    zeros = {"w": np.zeros(100_000)}
    write_npz(tmp_path / "small.npz", zeros)
    write_npz(tmp_path / "large.npz", zeros, compress=False)
    sizes = [(tmp_path / f"{name}.npz").stat().st_size for name in ("small", "large")]
    assert sizes[0] < 20_000 and sizes[1] > 800_000


@pytest.mark.parametrize("read", [read_json, read_npz])
@pytest.mark.parametrize("content", [b"", b"{", b"PK\x03\x04 cut off", b"\xff\xfe"])
def test_a_damaged_file_is_one_sentence(tmp_path, read, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(StorageError, match="it is damaged"):
        read(tmp_path / "a")
    with pytest.raises(StorageError, match="does not exist"):
        read(tmp_path / "b")


def test_a_json_file_that_is_no_object_is_damaged(tmp_path):
    (tmp_path / "a").write_text("[1, 2]")
    with pytest.raises(StorageError, match="not a JSON object"):
        read_json(tmp_path / "a")


def test_pickled_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{}], dtype=object))
    with pytest.raises(StorageError, match="damaged"):
        read_npz(tmp_path / "a.npz")


def test_folders_are_made_with_their_parents(tmp_path):
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot make the folder"):
        make_folder(tmp_path / "file" / "c")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(storage.os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(StorageError, match="cannot be written"):
        make_folder(tmp_path)


def test_a_full_disk_is_seen_before_the_start(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda path: usage(9e9, 8e9, 30e6))
    check_free_space(tmp_path / "not" / "yet", 30_000_000)
    with pytest.raises(StorageError, match=r"only 30 MB are free .* about 31 MB are needed"):
        check_free_space(tmp_path / "not" / "yet", 31_000_000)
