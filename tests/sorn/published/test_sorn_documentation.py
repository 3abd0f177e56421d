"""The documented examples run as written, block after block in one session."""

import re
import warnings
from dataclasses import fields
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from sorn import Parameters

matplotlib.use("Agg")

PAGE = Path(__file__).parents[3] / "docs" / "sorn_usage.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
CARTPOLE = next(block for block in BLOCKS if "gymnasium" in block)


def run_blocks(blocks, namespace):
    for block in blocks:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(block, str(PAGE), "exec"), namespace)


def test_the_page_holds_every_documented_example():
    assert len(BLOCKS) == 19
    text = "\n".join(BLOCKS)
    calls = ("simulate_sorn", "train_sorn", "isi_exponential_fit", "spike_source_entropy")
    assert all(call in text for call in calls)


def test_all_examples_but_cartpole_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.random.seed(1)  # noqa: NPY002 - the examples draw from the global generator
    namespace = {}
    run_blocks([block for block in BLOCKS if block is not CARTPOLE], namespace)
    assert namespace["state_dict"]["Wee"].shape == (50, 50)
    assert len(namespace["C"]) == 1
    assert 0 < namespace["sse"] <= 1
    assert namespace["pearson_corr_matrix"][0, 1] == pytest.approx(-0.01855355)
    saved = {path.name for path in tmp_path.iterdir()}
    assert saved == {
        "weight_distribution.png",
        "ScatterSpikeTrain.png",
        "RasterSpikeTrain.png",
        "hist_incoming_conn.png",
        "hist_firing_rate_network.png",
        "correlation_between_neurons.png",
        "isi_exponential_fit.png",
        "LinearLognormalFit.png",
        "network.png",
    }


def test_the_table_of_hyperparameters_is_the_one_of_the_code():
    text = PAGE.with_name("sorn.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for entry in fields(Parameters):
        about = entry.metadata
        row = (
            f"| `{entry.name}` | `{entry.default!r}` | {about['unit']} | {about['text']} "
            f"| {about['source']} |"
        )
        assert row in rows


def cartpole_scores(episodes, capsys):
    """Scores that the CartPole example prints in `episodes` episodes."""
    pytest.importorskip("gymnasium", reason="the CartPole example needs gymnasium")
    np.random.seed(3)  # noqa: NPY002
    run_blocks([CARTPOLE.replace("int(2e6)", str(episodes))], {})
    printed = capsys.readouterr().out
    return [float(score) for score in re.findall(r"Episode \d+  Score ([\d.]+)", printed)]


def test_cartpole_runs_through_both_phases(capsys):
    scores = cartpole_scores(24, capsys)
    assert len(scores) == 24
    assert min(scores) >= 8


@pytest.mark.slow
def test_cartpole_learns(capsys):
    scores = np.array(cartpole_scores(4000, capsys))
    early, late = scores[20:520], scores[-500:]
    error = np.sqrt(early.var() / len(early) + late.var() / len(late))
    assert late.mean() - early.mean() > 3 * error


def test_the_examples_of_the_guide_run(tmp_path, monkeypatch):
    """All blocks of docs/sorn.md, one after another; the first has the five lines of a student."""
    pytest.importorskip("sklearn", reason="an example uses scikit-learn")
    monkeypatch.chdir(tmp_path)
    text = PAGE.with_name("sorn.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert text.index("```python") < 100
    assert len(blocks[0].strip().splitlines()) == 5
    namespace = {}
    run_blocks(blocks, namespace)
    assert {path.name for path in tmp_path.iterdir()} == {"spikes.png", "net.npz"}
    assert len(namespace["E"]) == 200
