"""Scratch folders: those of killed processes are removed, those of living ones stay."""

import os
import subprocess
import sys

from backends.host.scratch import make_scratch, remove_abandoned


def test_only_what_a_dead_process_left_is_removed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    left = tmp_path / f"lateralnet-run-{ended.pid}-abc"
    ours, foreign = tmp_path / f"lateralnet-run-{os.getpid()}-abc", tmp_path / "lateralnet-run-x"
    for folder in (left, ours, foreign):
        folder.mkdir()
    remove_abandoned(tmp_path)
    assert not left.exists()
    assert ours.exists() and foreign.exists()


def test_a_scratch_folder_is_new_and_empty():
    folder = make_scratch(1000)
    assert list(folder.iterdir()) == []
    folder.rmdir()
