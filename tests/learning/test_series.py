"""Series that grow: what was handed out stays, whatever comes later."""

import numpy as np
import pytest

from lateralnet.learning.series import GrowingSeries


@pytest.mark.parametrize("rows", [np.arange(40.0), np.arange(80.0).reshape(40, 2)])
def test_views_stay_and_values_are_kept(rows):
    series, views = GrowingSeries(), []
    for first, stop in ((0, 1), (1, 4), (4, 4), (4, 30), (30, 40)):
        series.extend(rows[first:stop])
        views.append((stop, series.array()))
    series.append(rows[0])
    for stop, view in views:
        assert np.array_equal(view, rows[:stop])
    assert len(series) == 41
    assert series.array().shape == (41, *rows.shape[1:])


def test_an_empty_series_has_no_rows():
    assert GrowingSeries().array().shape == (0,)


def test_goes_on_from_an_array_and_leaves_it():
    stored = np.array([1.0, 2.0])
    series = GrowingSeries(stored)
    series.append(3.0)
    assert series.array().tolist() == [1.0, 2.0, 3.0]
    assert stored.tolist() == [1.0, 2.0]


def test_a_view_cannot_be_written():
    series = GrowingSeries(np.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        series.array()[0] = 2.0
