"""Every plot: own figure, labels, returned, saved where asked, and true to the data."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from sorn import InputError, Plotter, Statistics
from sorn.plots.support import force_layout, integer_edges, lognormal_density, normal_density

RNG = np.random.default_rng(3)
SPIKES = (RNG.random((300, 20)) < 0.2).astype(float)
WEIGHTS = np.exp(RNG.normal(-3, 0.6, (20, 20))) * (RNG.random((20, 20)) < 0.4)
CORR = Statistics.avg_corr_coeff(SPIKES)[0]

PLOTS = {
    "hist_incoming_conn": ((WEIGHTS, 8, "bar"), "hist_incoming_conn.png"),
    "hist_outgoing_conn": ((WEIGHTS, 8, "step"), "hist_outgoing_conn.png"),
    "network_connection_dynamics": (([5, 6, 5, 4],), "connection_dynamics.png"),
    "hist_firing_rate_network": ((SPIKES, 5), "hist_firing_rate_network.png"),
    "scatter_plot": ((SPIKES,), "ScatterSpikeTrain.png"),
    "raster_plot": ((SPIKES,), "RasterSpikeTrain.png"),
    "correlation": ((CORR,), "correlation_between_neurons.png"),
    "isi_exponential_fit": ((SPIKES, 3, 10), "isi_exponential_fit.png"),
    "weight_distribution": ((WEIGHTS, 10), "weight_distribution.png"),
    "linear_lognormal_fit": ((WEIGHTS, 50), "LinearLognormalFit.png"),
    "hamming_distance": (([1, 3, 2],), "HammingDistance.png"),
}


@pytest.fixture(autouse=True)
def no_figures_left_behind():
    plt.close("all")
    yield
    plt.close("all")


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_returns_its_own_labelled_figure(name):
    arguments, _ = PLOTS[name]
    other = plt.figure()
    figure = getattr(Plotter, name)(*arguments)
    assert figure is not other
    assert not other.axes
    for axes in figure.axes:
        if axes.get_label() != "<colorbar>":
            assert axes.get_xlabel()
            assert axes.get_ylabel()
    panels = [panel for axes in figure.axes for panel in (axes, *axes.child_axes)]
    assert any(panel.get_title() for panel in panels)


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_saved_and_closed(name, tmp_path, monkeypatch):
    arguments, default_name = PLOTS[name]
    monkeypatch.chdir(tmp_path)
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(1))
    getattr(Plotter, name)(*arguments, savefig=True)
    getattr(Plotter, name)(*arguments, savefig=tmp_path / "other.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([default_name, "other.svg"])
    assert not plt.get_fignums()
    assert not shown


@pytest.mark.parametrize("name", PLOTS)
def test_nothing_is_cut_off_at_the_edge_of_a_plot(name):
    arguments, _ = PLOTS[name]
    figure = getattr(Plotter, name)(*arguments)
    figure.canvas.draw()
    image = np.asarray(figure.canvas.buffer_rgba())[..., :3].min(axis=-1)
    for edge in (image[0], image[-1], image[:, 0], image[:, -1]):
        assert edge.min() > 200


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_draws_into_given_axes_and_leaves_them_open(name, tmp_path):
    arguments, _ = PLOTS[name]
    figure, axes = plt.subplots(1, 2)
    target = axes if name == "linear_lognormal_fit" else axes[0]
    returned = getattr(Plotter, name)(*arguments, savefig=tmp_path / "a.png", ax=target)
    assert returned is figure
    assert axes[0].has_data()
    assert plt.get_fignums() == [figure.number]


def test_histogram_of_partners_holds_every_neuron():
    axes = Plotter.hist_incoming_conn(WEIGHTS, 8).axes[0]
    counts = np.count_nonzero(WEIGHTS > 0, axis=0)
    widths = sum(bar.get_height() * bar.get_width() for bar in axes.patches)
    assert widths == pytest.approx(1.0)
    assert f"mu = {counts.mean():.2f}, std = {counts.std():.2f}" in axes.get_title()


def test_intervals_and_their_fit_have_the_same_total():
    train = (np.random.default_rng(1).random((20_000, 1)) < 0.1).astype(float)
    figure = Plotter.isi_exponential_fit(train, 0, 40)
    axes = figure.axes[0]
    drawn = sum(bar.get_height() for bar in axes.patches)
    fitted = axes.lines[0].get_ydata()
    assert drawn == train.sum() - 1
    assert fitted.sum() == pytest.approx(drawn, rel=0.01)
    assert any("fit, 0.10" in label for label in axes.get_legend_handles_labels()[1])


def test_lognormal_markers_follow_from_the_fit():
    values = np.random.default_rng(2).lognormal(-2, 0.5, 20_000)
    labels = Plotter.linear_lognormal_fit(values).axes[0].get_legend_handles_labels()[1]
    numbers = {label.split()[0]: float(label.split()[1]) for label in labels[2:]}
    assert numbers["median"] == pytest.approx(np.exp(-2), rel=0.02)
    assert numbers["mean"] == pytest.approx(np.exp(-2 + 0.125), rel=0.02)
    assert numbers["mode"] == pytest.approx(np.exp(-2 - 0.25), rel=0.02)


def test_densities_equal_those_of_scipy():
    points = np.linspace(0.1, 3, 7)
    np.testing.assert_allclose(normal_density(points, 1, 0.4), stats.norm.pdf(points, 1, 0.4))
    np.testing.assert_allclose(
        lognormal_density(points, -1, 0.7), stats.lognorm.pdf(points, 0.7, scale=np.exp(-1))
    )


def test_bins_of_whole_numbers_have_equal_whole_width():
    assert integer_edges(np.array([3, 9]), 4).tolist() == [3, 5, 7, 9, 11]
    assert integer_edges(np.array([2, 2]), 10).tolist() == [2, 3]


def test_a_long_spike_train_is_drawn_as_means_of_bins():
    spikes = np.zeros((4000, 20), dtype=bool)
    spikes[:1000, 3] = True
    axes = Plotter.scatter_plot(spikes).axes[0]
    rates = axes.images[0].get_array()
    assert not axes.collections  # no dots that would lie on each other
    assert rates.shape == (20, 800)
    np.testing.assert_array_equal(rates[3], np.arange(800) < 200)
    assert "means of 5 steps" in axes.child_axes[0].get_title()
    assert Plotter.scatter_plot(spikes[:2000]).axes[0].collections


def test_the_normal_curve_beside_a_histogram_claims_no_fit():
    axes = Plotter.hist_incoming_conn(WEIGHTS, 8).axes[0]
    labels = axes.get_legend_handles_labels()[1]
    assert not any("fit" in label.lower() for label in [*labels, axes.get_title()])


def test_heat_map_shows_the_lower_triangle():
    image = Plotter.correlation(CORR).axes[0].images[0].get_array()
    np.testing.assert_array_equal(np.ma.getmaskarray(image), np.triu(np.ones((20, 20), bool)))
    assert image[5, 2] == CORR[5, 2]


def test_network_of_300_neurons_names_what_it_leaves_out(tmp_path):
    corr = np.random.default_rng(1).normal(0, 0.1, (300, 300))
    corr = (corr + corr.T) / 2
    figure = Plotter.plot_network(corr, 0.05, fig_name=tmp_path / "net.png")
    found = np.count_nonzero(np.triu(corr > 0.05, k=1))
    assert figure.axes[0].get_title().startswith(f"{found} correlations above 0.05")
    assert "strongest 2000 drawn" in figure.axes[0].get_title()
    assert len(figure.axes[0].collections[0].get_segments()) == 2000
    assert (tmp_path / "net.png").stat().st_size > 10_000
    assert not plt.get_fignums()


def test_small_networks_are_labelled_and_empty_ones_drawn_empty():
    corr = np.eye(5)
    corr[0, 3] = corr[3, 0] = 0.8
    texts = {text.get_text() for text in Plotter.plot_network(corr, 0.5).axes[0].texts}
    assert texts == {"0", "3"}
    assert not Plotter.plot_network(corr, 0.9).axes[0].collections


def test_layout_brings_connected_nodes_together():
    blocks = np.kron(np.eye(2), np.ones((6, 6))) - np.eye(12)
    position = force_layout(blocks)
    distance = np.linalg.norm(position[:, None] - position[None], axis=2)
    assert distance[blocks > 0].mean() < 0.7 * distance[:6, 6:].mean()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Plotter.weight_distribution(np.zeros(4)), "0 weights are at least 0.01"),
        (lambda: Plotter.linear_lognormal_fit(np.full(4, 0.5)), "all weights are equal"),
        (lambda: Plotter.correlation(np.ones((2, 3))), "square"),
        (lambda: Plotter.plot_network(np.ones((2, 3)), 0.1), "square"),
        (lambda: Plotter.isi_exponential_fit(SPIKES * 0, 0), "0 inter-spike intervals"),
        (lambda: Plotter.hist_incoming_conn(WEIGHTS, bin_size=0), "bin_size=0; give the number"),
        (lambda: Plotter.hist_firing_rate_network(SPIKES, bin_size=0), "bin_size=0; give"),
        (lambda: Plotter.weight_distribution(WEIGHTS, bin_size=0), "bin_size=0; give"),
    ],
)
def test_data_that_cannot_be_plotted(call, message):
    with pytest.raises(InputError, match=message):
        call()
    assert not plt.get_fignums()
