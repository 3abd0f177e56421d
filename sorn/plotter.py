"""`Plotter`: every plot under its documented name.

Each function draws into a figure of its own or into ``ax=``, returns the figure, and never shows
it. ``savefig=`` takes True (the documented file name in the working directory) or a path; a
figure of its own that was saved is closed.
"""

from __future__ import annotations

from sorn import plots_activity, plots_connections


class Plotter:
    """Static functions; see the functions themselves for their arguments."""

    hist_incoming_conn = staticmethod(plots_connections.hist_incoming_conn)
    hist_outgoing_conn = staticmethod(plots_connections.hist_outgoing_conn)
    network_connection_dynamics = staticmethod(plots_connections.network_connection_dynamics)
    weight_distribution = staticmethod(plots_connections.weight_distribution)
    linear_lognormal_fit = staticmethod(plots_connections.linear_lognormal_fit)
    plot_network = staticmethod(plots_connections.plot_network)
    hist_firing_rate_network = staticmethod(plots_activity.hist_firing_rate_network)
    scatter_plot = staticmethod(plots_activity.scatter_plot)
    raster_plot = staticmethod(plots_activity.raster_plot)
    correlation = staticmethod(plots_activity.correlation)
    isi_exponential_fit = staticmethod(plots_activity.isi_exponential_fit)
    hamming_distance = staticmethod(plots_activity.hamming_distance)
