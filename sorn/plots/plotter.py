"""`Plotter`: every plot under its documented name.

Each function draws into a figure of its own or into ``ax=``, returns the figure, and never shows
it. ``savefig=`` takes True (the documented file name in the working directory) or a path; a
figure of its own that was saved is closed.
"""

from __future__ import annotations

from sorn.plots import activity, connections


class Plotter:
    """Static functions; see the functions themselves for their arguments."""

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
