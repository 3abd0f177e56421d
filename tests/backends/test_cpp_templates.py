"""Why device cpp replaces templates and flags of Brian2; a failure says that it need not any more.

That the results stay the same is tested against device runtime, which uses none of this.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backends.cpp.device import LINK_FLAGS
from backends.cpp.unity import SIMULATION, write_unity
from backends.errors import ProgramRunError
from backends.resident import Reader

TEMPLATES = Path(__file__).parents[2] / "backends" / "cpp" / "templates"


@pytest.fixture(scope="module")
def stock():
    """Folder of Brian2's own templates."""
    device = pytest.importorskip("brian2.devices.cpp_standalone.device")
    return Path(device.__file__).parent / "templates"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("stateupdate.cpp", "openmp_pragma('parallel-static')"),  # nothing says: independent
        ("threshold.cpp", "[_count++] = _idx"),  # collects in the loop that compares
        ("synapses.cpp", ".peek()"),  # goes through a queue, without delays too
        ("synapses_push_spikes.cpp", ".push("),
        ("spikemonitor.cpp", ".push_back(_to_record_"),  # spike by spike, and its time
    ],
)
def test_a_replaced_template_is_still_needed(stock, template, reason):
    assert reason in (stock / template).read_text(), (
        f"Brian2's {template} has changed: try it, and drop {TEMPLATES / template} if it is as fast"
    )
    assert (TEMPLATES / template).is_file()


def test_each_replacement_has_a_reason():
    assert sorted(path.name for path in TEMPLATES.iterdir()) == [
        "single.cpp",  # a part of two others
        "spikemonitor.cpp",
        "stateupdate.cpp",
        "synapses.cpp",
        "synapses_push_spikes.cpp",
        "threshold.cpp",
    ]


def test_brian_still_writes_everything_and_looks_for_clocks(stock):
    assert "outfile_{{varname}}.write" in (stock / "objects.cpp").read_text()
    assert "curclocks.find(obj_clock)" in (stock / "network.cpp").read_text()


def test_flags_are_still_needed():
    """Brian2 links without -ffast-math, so denormals are not flushed."""
    brian2 = pytest.importorskip("brian2")
    assert not set(LINK_FLAGS) & set(brian2.prefs.codegen.cpp.extra_link_args)


def test_unity_keeps_helpers_of_equal_names_apart(tmp_path):
    (tmp_path / "code_objects").mkdir()
    for name, value in (("a", 1), ("b", 2)):
        (tmp_path / "code_objects" / f"{name}.cpp").write_text(
            "namespace brian {}\n"
            f"namespace {{\n    static int helper() {{ return {value}; }}\n}}\n"
            f"int run_{name}()\n{{\n    using namespace brian;\n    return helper();\n}}\n"
        )
    (tmp_path / "makefile").write_text("SRCS = code_objects/a.cpp code_objects/b.cpp main.cpp\n")
    write_unity(tmp_path)
    text = (tmp_path / SIMULATION).read_text()
    assert "namespace support_0 {" in text
    assert "namespace support_1 {" in text
    assert text.count("using namespace brian; using namespace support_") == 2


def test_results_of_a_wrong_length_are_refused():
    with pytest.raises(ProgramRunError, match="too short"):
        Reader(bytes(10)).take("float64", 2)
    reader = Reader(bytes(10))
    reader.take("int32", 2)
    with pytest.raises(ProgramRunError, match="too long"):
        reader.finish()


def test_the_parent_does_not_import_brian2():
    code = "import sys, backends.cpp.device, backends.resident; sys.exit('brian2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
