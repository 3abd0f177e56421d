"""Own: measures, controls and figures of one's own, written in one file that a run is given.

::

    from lateralnet.runs import own

    @own.measure("active_share", title="active share", bounds=(0, 1), low_is_good=False)
    def active_share(condition, params):
        return (condition.rates_hz["ts"] > 1).mean()

``lateralnet run --own FILE`` or ``lateralnet.run(params, own="FILE")`` takes everything that such
a file defines: functions with these decorators, and variables `stimulus` and `model`.

Knows what a user may add and how a file is read; it must not know how a run is carried out.
"""

from lateralnet.runs.own.decorators import control, figure, measure
from lateralnet.runs.own.parts import OwnControl, OwnFigure, OwnMeasure
from lateralnet.runs.own.reading import Own

__all__ = ["Own", "OwnControl", "OwnFigure", "OwnMeasure", "control", "figure", "measure"]
