"""The HTML report: whole, self-contained, and shown by a real browser."""

import html
import html.parser
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from lateralnet import run
from lateralnet.errors import InputError
from lateralnet.pages.html_parts import table
from lateralnet.pages.report import write_report
from lateralnet.runs.outcome.verdict import verdict_of
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.sweeps import sweep_design
from tests.studies.fake_work import WORK
from tests.tiny import tiny

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def run_report(tmp_path_factory):
    place = tmp_path_factory.mktemp("report")
    result = run(tiny(seed=3), "cpp", run_name="r", runs_dir=place)
    write_report(result.folder, place / "run.html")
    return result, place / "run.html"


@pytest.fixture(scope="module")
def sweep_report(tmp_path_factory):
    place = tmp_path_factory.mktemp("report")
    axes = (Axis("distance_cm", (0.6, 0.8)), Axis("n_mon", (40, 80)))
    design = Design(mode="ll_fast", axes=axes, seeds=(1, 2))
    sweep_design(design, place / "s", "runtime", work=WORK)
    write_report(place / "s", place / "sweep.html")
    return place / "sweep.html"


class Reader(html.parser.HTMLParser):
    """Collects tags, checks that they close, and every address."""

    EMPTY = ("meta", "img", "br", "link", "input")

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.addresses, self.text = [], [], [], []
        self.alts, self.unscoped = [], 0

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        self.alts += [value for name, value in attrs if name == "alt"]
        self.unscoped += tag == "th" and "scope" not in dict(attrs)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(path):
    reader = Reader()
    reader.feed(path.read_text())
    assert not reader.open
    return reader


def test_a_run_is_one_file_that_needs_nothing_else(run_report):
    result, path = run_report
    reader = read(path)
    assert "link" not in reader.seen
    assert len(reader.addresses) >= 10
    assert all(address.startswith("data:image/png;base64,") for address in reader.addresses)
    assert not re.search(r"url\(|@import|https?://", path.read_text().partition("</style>")[0])
    text = " ".join(reader.text)
    for name in result.params.as_dict():
        assert name in text
    facts = result.seeds[0].facts
    assert facts["versions"]["brian2"] in text and facts["device"] in text
    assert f"{result.seeds[0].measures['trained']['ts_rate_hz']:.1f}" in text
    assert path.stat().st_size < 1_500_000


def test_the_verdict_stands_first_and_the_telling_figure_before_all_others(run_report):
    result, path = run_report
    text = path.read_text()
    order = [
        text.index(mark)
        for mark in (
            html.escape(verdict_of(result.seeds[0].measures)), "<h2>Results", "Decoded position",
            'id="watch"', "<h2>All figures", "<h2>Parameters",
        )
    ]  # fmt: skip
    assert order == sorted(order)


@pytest.mark.parametrize("which", ["run_report", "sweep_report"])
def test_a_screen_reader_finds_its_way(which, request):
    value = request.getfixturevalue(which)
    reader = read(value[1] if isinstance(value, tuple) else value)
    assert reader.seen.count("main") == 1
    assert reader.seen.count("table") == reader.seen.count("caption") > 1
    assert reader.unscoped == 0
    assert all(len(alt) > 30 for alt in reader.alts)
    assert len(set(reader.alts)) == len(reader.alts)


def test_missing_seeds_are_named(run_report, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run_report[0].folder, folder)
    summary = json.loads((folder / "run_summary.json").read_text())
    summary["failed"] = {"4": "the process was killed"}
    (folder / "run_summary.json").write_text(json.dumps(summary))
    write_report(folder, tmp_path / "run.html")
    text = (tmp_path / "run.html").read_text()
    assert "1 of 2 seeds are missing" in text and "seed 4: the process was killed" in text


def test_figures_beyond_the_size_are_named_not_shown(run_report, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run_report[0].folder, folder)
    noise = np.random.default_rng(1).integers(0, 255, 1_500_000, dtype=np.uint8).tobytes()
    (folder / "figures" / "brian2_large.png").write_bytes(noise)
    write_report(folder, tmp_path / "run.html")
    assert (tmp_path / "run.html").stat().st_size < 1_500_000
    assert "<li>brian2_large.png</li>" in (tmp_path / "run.html").read_text()


def test_no_picture_is_shown_twice_when_several_seeds_have_copies(run_report, tmp_path):
    result, _ = run_report
    folder = tmp_path / "run"
    shutil.copytree(result.folder, folder)
    figures = folder / "figures"
    (figures / "brian2_controls.png").write_bytes(b"first seed")
    (figures / "brian2_controls_seed_3.png").write_bytes(b"first seed")
    (figures / "brian2_controls_seed_4.png").write_bytes(b"second seed")
    write_report(folder, tmp_path / "run.html")
    reader = read(tmp_path / "run.html")
    assert len(reader.addresses) == len(set(reader.addresses))
    text = " ".join(reader.text)
    assert "Controls, seed 3" in text and "Controls, seed 4" in text


def test_a_sweep_is_one_file_too(sweep_report):
    reader = read(sweep_report)
    assert len(reader.addresses) >= 3
    text = " ".join(reader.text)
    assert "RMS error (cm)" in text and "untrained" in text and "distance_cm" in text
    assert "Lowest RMS error, trained:" in text


def test_text_cannot_become_markup():
    assert "<script>" not in table([["<b>"], ["<script>x</script>"]], "<script>")


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match="neither a run"):
        write_report(tmp_path, tmp_path / "x.html")


@pytest.mark.parametrize("which", ["run_report", "sweep_report"])
def test_a_browser_shows_it(which, request, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    value = request.getfixturevalue(which)
    path = value[1] if isinstance(value, tuple) else value
    picture = tmp_path / "page.png"
    subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--disable-dev-shm-usage", f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=1200,1600", f"--screenshot={picture}", path.as_uri(),
        ],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    from matplotlib.image import imread

    image = imread(picture)[:, :, :3]
    assert image.shape[:2] == (1600, 1200)
    ink = (image.min(axis=2) < 0.6).mean()
    assert 0.005 < ink < 0.5  # text and figures on white
    coloured = (np.ptp(image, axis=2) > 0.25).mean()
    assert coloured > 0.0005  # a figure is shown, not a broken picture
    assert (image[:, :20].min(axis=2) > 0.95).all()  # nothing runs over the left margin
