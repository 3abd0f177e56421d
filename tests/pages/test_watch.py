"""The moving picture: its numbers are those of the record, and it plays in a real browser."""

import base64
import re
import shutil
import subprocess

import numpy as np
import pytest

from lateralnet import run
from lateralnet.errors import InputError
from lateralnet.measures.body_map import body_fixed_map
from lateralnet.pages.film import film_of
from lateralnet.pages.movie import write_movie
from lateralnet.pages.watch import film_data, write_watch
from tests.tiny import tiny

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run(tiny(seed=3), "cpp", run_name="r", runs_dir=tmp_path_factory.mktemp("watch"))


@pytest.fixture(scope="module")
def page(result):
    path = result.folder / "watch.html"
    write_watch(result.folder, path)
    return path


def test_the_decoded_position_is_the_one_of_the_measures(result):
    film, p = film_of(result), result.params
    assert list(film.passes) == ["untrained", "trained"]
    told = 0
    for name, one in film.passes.items():
        test = result.seeds[0].record.tests[name]
        spikes = test.sweeps("ts")[:1]
        found = body_fixed_map(spikes, body_length_cm=p.ll_body_length_cm, n_shuffles=0)
        x_cm = test.x_cm[0]
        measured = np.full(x_cm.size, np.nan)
        measured[(x_cm >= 0) & (x_cm <= p.ll_body_length_cm)] = found.x_hat_cm
        shown = measured[np.round(film.t_s / test.dt_s).astype(int)]
        beside = (film.x_cm >= 0) & (film.x_cm <= p.ll_body_length_cm)
        np.testing.assert_allclose(one.decoded_cm[beside], shown[beside], rtol=1e-12)
        told += np.isfinite(shown).sum()
    assert told > 10


def test_rates_hold_every_spike(result):
    film, test = film_of(result), result.seeds[0].record.tests["trained"]
    ll = film.passes["trained"].rates_hz["ll"]
    step = test.spikes[0]["ll"].step
    at = film.t_s.size // 2
    first = round(film.t_s[at] / test.dt_s) - 10
    spikes = ((step >= first) & (step < first + 20)).sum()
    assert spikes > 0
    assert ll[at].sum() * 0.02 * result.params.n_ll / ll.shape[1] == pytest.approx(spikes)
    assert film.passes["trained"].mean_hz["ll"][at] == pytest.approx(
        spikes / 0.02 / result.params.n_ll
    )


def test_no_arrow_starts_in_the_sphere_and_the_flow_is_that_of_the_equator(result):
    film = film_of(result)
    apart = np.hypot(*film.arrows_cm.T)
    assert apart.min() > film.radius_cm
    ahead = np.flatnonzero((film.arrows_cm[:, 1] == 0) & (film.arrows_cm[:, 0] > 0))[0]
    expected = (film.radius_cm / apart[ahead]) ** 3  # on the axis: U (R/r)^3
    np.testing.assert_allclose(film.flow[ahead], [expected, 0], atol=1e-12)


def test_bytes_say_silence_from_little(result):
    data = film_data(film_of(result))
    part = data["passes"]["trained"]["rates"]["ts"]
    rates = film_of(result).passes["trained"].rates_hz["ts"]
    levels = np.frombuffer(base64.b64decode(part["bytes"]), np.uint8).reshape(-1, part["n"])
    np.testing.assert_array_equal(levels == 0, rates == 0)


def test_the_page_needs_nothing_else(page):
    text = page.read_text()
    assert not re.search(r"https?://|src=|@import|url\(", text)
    assert 'role="img"' in text and "prefers-reduced-motion" in text and "<caption>" in text


def test_an_unknown_seed_is_refused(result, tmp_path):
    with pytest.raises(InputError, match="no seed 99; it has 3"):
        write_watch(result.folder, tmp_path / "x.html", seed=99)


def test_a_gif_is_written_and_other_endings_are_refused(result, tmp_path):
    from PIL import Image

    film = film_of(result)
    write_movie(film, tmp_path / "film.gif")
    assert Image.open(tmp_path / "film.gif").n_frames > 5
    with pytest.raises(InputError, match=r"ends in \.mp4 or \.gif"):
        write_movie(film, tmp_path / "film.avi")


def shown_by_browser(page, fragment, profile):
    """Return the document as a browser has it after two seconds of its own time."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    return subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            f"--user-data-dir={profile}", "--virtual-time-budget=3000", "--dump-dom",
            f"{page.as_uri()}#{fragment}",
        ],
        check=True, capture_output=True, timeout=240, text=True,
    ).stdout  # fmt: skip


def test_a_browser_shows_the_numbers_of_the_record(result, page, tmp_path):
    film = film_of(result)
    trained = film.passes["trained"]
    frame = int(np.flatnonzero(np.isfinite(trained.decoded_cm) & (film.x_cm >= 0))[0])
    text = shown_by_browser(page, f"frame={frame}", tmp_path / "profile")
    numbers = re.findall(r"<dd[^>]*>([^<]*)</dd>", text)
    assert numbers[0] == f"{film.t_s[frame] * 1e3:.0f} ms"
    assert float(numbers[1].split()[0]) == pytest.approx(film.x_cm[frame], abs=0.006)
    assert float(numbers[7].split()[0]) == pytest.approx(trained.decoded_cm[frame], abs=0.006)
    error = trained.decoded_cm[frame] - film.x_cm[frame]
    assert float(numbers[8].split()[0]) == pytest.approx(error, abs=0.006)
    assert float(numbers[10].split()[0]) == pytest.approx(trained.mean_hz["ts"][frame], abs=0.06)


def test_it_plays_from_the_start_and_to_the_end(result, page, tmp_path):
    n_frames = film_of(result).t_s.size
    still = shown_by_browser(page, "", tmp_path / "still")
    assert int(re.search(r'data-frame="(\d+)"', still)[1]) == round(n_frames / 2)
    played = shown_by_browser(page, "play", tmp_path / "played")
    frame = int(re.search(r'data-frame="(\d+)"', played)[1])  # about 3 s of a sweep of 8 s
    assert 0 < frame < n_frames - 1 and frame != round(n_frames / 2)
    assert 'aria-pressed="true"' in played and 'aria-pressed="false"' in still
