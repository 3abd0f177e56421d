"""`Plotter`: every plot under its documented name.

Each function draws into a figure of its own or into ``ax=``, returns the figure, and never shows
it. ``savefig=`` takes True (the documented file name in the working directory) or a path; a
figure of its own that was saved is closed.
"""

from __future__ import annotations

from sorn.plots import activity, connections


class Plotter:
    """Static functions, one for each plot; each returns a `matplotlib.figure.Figure`.

    Examples
    --------
    >>> import sorn
    >>> net = sorn.Network(ne=50, nu=4, seed=1)
    >>> recording = net.run(steps=400, record=("excitatory", "ee_connections"))
    >>> spikes, weights = recording["excitatory"], net.read("Wee")
    >>> corr, _ = sorn.Statistics.avg_corr_coeff(spikes)
    >>> figures = [
    ...     sorn.Plotter.scatter_plot(spikes),
    ...     sorn.Plotter.raster_plot(spikes[:, :10]),
    ...     sorn.Plotter.hist_firing_rate_network(spikes),
    ...     sorn.Plotter.isi_exponential_fit(spikes, neuron=1),
    ...     sorn.Plotter.correlation(corr),
    ...     sorn.Plotter.plot_network(corr, corr_thres=0.1),
    ...     sorn.Plotter.hamming_distance(sorn.Statistics.hamming_distance(spikes, spikes[::-1])),
    ...     sorn.Plotter.network_connection_dynamics(recording["ee_connections"]),
    ...     sorn.Plotter.hist_incoming_conn(weights),
    ...     sorn.Plotter.hist_outgoing_conn(weights),
    ...     sorn.Plotter.weight_distribution(weights),
    ...     sorn.Plotter.linear_lognormal_fit(weights),
    ... ]
    >>> import matplotlib.pyplot
    >>> matplotlib.pyplot.close("all")
    """

    hist_incoming_conn = staticmethod(connections.hist_incoming_conn)
    hist_outgoing_conn = staticmethod(connections.hist_outgoing_conn)
    network_connection_dynamics = staticmethod(connections.network_connection_dynamics)
    weight_distribution = staticmethod(connections.weight_distribution)
    linear_lognormal_fit = staticmethod(connections.linear_lognormal_fit)
    plot_network = staticmethod(connections.plot_network)
    hist_firing_rate_network = staticmethod(activity.hist_firing_rate_network)
    scatter_plot = staticmethod(activity.scatter_plot)
    raster_plot = staticmethod(activity.raster_plot)
    correlation = staticmethod(activity.correlation)
    isi_exponential_fit = staticmethod(activity.isi_exponential_fit)
    hamming_distance = staticmethod(activity.hamming_distance)
