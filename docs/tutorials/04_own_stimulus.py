"""
A stimulus of your own
======================

The network does not know what drives its receptors. Here it becomes a row of heat receptors, as
in the pit organ of a snake, and something warm sways before it.

A stimulus is any object with four members: ``receptors_cm`` (places of the receptors along the
body), ``test_s`` (duration of a test sweep), ``position_cm(t_s, phase)`` (where it is: what is
decoded) and ``rates_hz(t_s, phase)`` (what every receptor fires). ``phase`` is ``"training"``, or
``"test/0"``, ``"test/1"``, ... It is a function of time alone, so that a resumed training goes on
exactly; the randomness of spikes and background belongs to the network and its seed.
"""

import matplotlib.pyplot as plt
import numpy as np

import lateralnet
from lateralnet.stimulus import Recording, Stimulus


class WarmThing:
    """A source that sways along 4 cm in training, and passes once in a test."""

    def __init__(self, n_receptors, width_cm=0.35, peak_hz=150.0):
        self.receptors_cm = np.linspace(0.0, 4.0, n_receptors)
        self.test_s = 1.0
        self.width_cm, self.peak_hz = width_cm, peak_hz

    def position_cm(self, t_s, phase):
        if phase == "training":  # five seconds there, five back
            return 4.0 * np.abs((t_s / 5.0) % 2.0 - 1.0)
        return 4.0 * t_s / self.test_s

    def rates_hz(self, t_s, phase):
        apart_cm = self.position_cm(t_s, phase)[:, None] - self.receptors_cm
        return 25.0 + self.peak_hz * np.exp(-0.5 * (apart_cm / self.width_cm) ** 2)


params = lateralnet.preset("ll_fast")
warm = WarmThing(params.n_ll)
print("a stimulus:", isinstance(warm, Stimulus))

# %%
# It is trained, tested and decoded like the sphere; what cannot drive the network is refused
# before anything is built.

result = lateralnet.run(params, stimulus=warm, run_name="tutorial-warm", overwrite=True)
for condition, measures in result.seeds[0].measures.items():
    print(
        f"{condition:10} RMS error {measures['rms_error_cm']:.2f} cm"
        f" (chance {measures['rms_error_cm_chance']:.2f}), TS {measures['ts_rate_hz']:.1f} Hz"
    )

try:
    lateralnet.run(params, stimulus=WarmThing(30))
except lateralnet.errors.InputError as error:
    print(error)

# %%
# All figures of a run can be drawn; one panel goes into axes of your own.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
lateralnet.draw(result, "ts_rate_map", ax=axes[0])
_ = lateralnet.draw(result, "decoded_position", ax=axes[1])

# %%
# Recorded data come as rows: here twenty rows of 50 ms, as they could stand in a file. Training
# plays them again and again, the test once.

rng = np.random.default_rng(1)
x_cm = np.linspace(0.2, 3.8, 20)
rows_hz = 25.0 + 150.0 * np.exp(-0.5 * ((x_cm[:, None] - warm.receptors_cm) / 0.35) ** 2)
rows_hz += rng.uniform(0.0, 10.0, rows_hz.shape)
recorded = Recording(rows_hz=rows_hz, x_cm=x_cm, row_s=0.05, receptors_cm=warm.receptors_cm)

(test,) = lateralnet.evaluate(result, stimulus=recorded)
print(f"tested with the recording: RMS error {test.measures['rms_error_cm']:.2f} cm")
