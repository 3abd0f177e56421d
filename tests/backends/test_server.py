"""Children that answer line by line: answers, ends, and what they used."""

from __future__ import annotations

import shutil
import sys

import numpy as np
import pytest

from backends.base import BuildOptions
from backends.cache import default_cache_dir
from backends.errors import ProgramRunError
from backends.host.server import Server, children_usage
from backends.registry import get_backend
from backends.smoke import N_NEURONS, smoke_spec

ECHO = "import sys\nfor line in sys.stdin:\n    {}\n    print('done', flush=True)"


def _server(tmp_path, action="pass"):
    return Server([sys.executable, "-c", ECHO.format(action)], tmp_path, "the test")


def test_answers_and_ends(tmp_path):
    server = _server(tmp_path, "open('seen', 'a').write(line)")
    server.ask("1 2")
    server.ask("3")
    server.close()
    assert (tmp_path / "seen").read_text() == "1 2\n3\n"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("sys.exit('no room')", "the test failed with exit code 1.*no room"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL.*out-of-memory"),
        ("print('Error opening static array')", "did not do what it should.*Error opening"),
    ],
)
def test_an_end_is_told_in_words(tmp_path, action, words):
    server = _server(tmp_path, action)
    with pytest.raises(ProgramRunError, match=f"(?s){words}"):
        server.ask("1")
    with pytest.raises(ProgramRunError):
        server.ask("2")


def test_a_missing_program_is_told(tmp_path):
    with pytest.raises(ProgramRunError, match="could not be started"):
        Server([str(tmp_path / "none")], tmp_path, "the test")


def test_a_living_child_counts(tmp_path):
    before_s, _ = children_usage()
    server = _server(tmp_path, "sum(range(10_000_000))")
    server.ask("1")
    used_s, peak_mb = children_usage()
    assert used_s > before_s
    assert peak_mb > 1
    server.close()
    assert children_usage()[0] >= used_s - 0.02


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
def test_an_input_written_before_a_failed_one_is_read_by_the_next_segment(tmp_path):
    """A running program reads again what changed; a segment that never began must not hide it."""
    spec, drive = smoke_spec(), np.linspace(0.0, 3.0, N_NEURONS)
    at_rest = {"cells.v": np.zeros(N_NEURONS)}
    options = BuildOptions(sys.executable, 1, default_cache_dir())
    program = get_backend("cpp").build(spec, options)
    program.run({"cells.drive": np.zeros(N_NEURONS), **at_rest}, 50)
    good, program._input_paths["cells.v"] = program._input_paths["cells.v"], str(tmp_path / "a/b")
    with pytest.raises(ProgramRunError, match="cannot write"):
        program.run({"cells.drive": drive, "cells.v": np.zeros(N_NEURONS)}, 50)
    program._input_paths["cells.v"] = good
    after = program.run({"cells.drive": drive, **at_rest}, 50)
    program.close()
    fresh = get_backend("cpp").build(spec, options)
    expected = fresh.run({"cells.drive": drive, **at_rest}, 50)
    fresh.close()
    assert expected.spikes["cells"].step.size > 0
    assert np.array_equal(after.spikes["cells"].step, expected.spikes["cells"].step)
    assert np.array_equal(after.spikes["cells"].index, expected.spikes["cells"].index)
