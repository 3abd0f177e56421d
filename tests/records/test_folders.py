"""Names of a run's files, and which names a run may have."""

import pytest

from lateralnet.errors import InputError
from lateralnet.records.folders import RunFolder, safe_name


@pytest.mark.parametrize(
    ("given", "name"), [(" a b ", "a b"), ("a/b\\c", "a_b_c"), ("ü", "ü"), ("x" * 200, "x" * 200)]
)
def test_names_become_one_component(given, name):
    assert safe_name(given, "--run-name") == name


@pytest.mark.parametrize(
    "given", ["", "  ", ".", "..", ".hidden", "a\0b", "a\nb", "x" * 201, "ü" * 101]
)
def test_names_that_leave_the_folder_or_hide_are_refused(given):
    with pytest.raises(InputError, match=r"--save-tag = .* is not a usable name"):
        safe_name(given, "--save-tag")


def test_files_have_the_published_names(tmp_path):
    place = RunFolder(tmp_path / "x", "mine")
    assert place.params == tmp_path / "x/params.json"
    assert place.summary == tmp_path / "x/run_summary.json"
    assert place.figures == tmp_path / "x/figures"
    artifacts = tmp_path / "x/artifacts"
    assert place.weights(3) == artifacts / "mine_seed_3.npz"
    assert place.weights_params(3) == artifacts / "mine_seed_3_params.json"
    assert place.results(3) == artifacts / "seed_3_results.json"
    assert place.record(3) == artifacts / "seed_3_record.npz"
    assert place.checkpoint(3, alone=True) == artifacts / "mid_checkpoint.npz"
    assert place.checkpoint(3, alone=False) == artifacts / "mid_checkpoint_seed_3.npz"
    assert RunFolder(tmp_path).save_tag == "latest"


def test_a_checkpoint_is_found_under_either_name(tmp_path):
    place = RunFolder(tmp_path)
    place.artifacts.mkdir()
    assert place.existing_checkpoint(3) is None
    place.checkpoint(3, alone=True).touch()
    assert place.existing_checkpoint(3) == place.checkpoint(3, alone=True)
    place.checkpoint(3, alone=False).touch()
    assert place.existing_checkpoint(3) == place.checkpoint(3, alone=False)  # its own first
