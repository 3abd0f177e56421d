"""A finished run, and a copy to spoil."""

import shutil

import pytest

from lateralnet import run
from tests.runs.preparation.tiny_runs import DEVICE
from tests.tiny import tiny


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(tiny(), DEVICE, runs_dir=tmp_path_factory.mktemp("Runs"), run_name="whole")


@pytest.fixture
def copy(finished, tmp_path):
    shutil.copytree(finished.folder, tmp_path / "copy")
    return tmp_path / "copy"
