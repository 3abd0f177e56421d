"""
A first run, and how to read its figures
========================================

A small network (100 neuromasts, 800 MON and 80 TS cells) is trained for 40 trials and tested
before and after. On a terminal this is ``lateralnet run --mode ll_fast``.
"""

import lateralnet

params = lateralnet.preset("ll_fast")
result = lateralnet.run(params, run_name="tutorial-first", overwrite=True)
print(result.folder)

# %%
# A preset is a set of parameters; each can be changed by name, and a value out of range is
# refused in one sentence.

try:
    lateralnet.preset("ll_fast", distance_cm=-1)
except lateralnet.errors.ParameterError as error:
    print(error)

# %%
# One seed was run, in two conditions: the *untrained* network, on the same wiring and under the
# same stimulus, and the *trained* one. Each measure stands beside its chance level, which the
# same code finds with the cells shuffled.

seed = result.seeds[0]
for condition, measures in seed.measures.items():
    print(
        f"{condition:10} RMS error {measures['rms_error_cm']:.2f} cm"
        f" (chance {measures['rms_error_cm_chance']:.2f})"
        f"  Spearman {measures['spearman']:.2f}  TS {measures['ts_rate_hz']:.1f} Hz"
    )
print(seed.measures["trained"]["verdict"])

# %%
# The most telling figure: the position decoded from the TS spikes against the true one. A
# perfect map lies on the diagonal.

figure = lateralnet.draw(result, "decoded_position")

# %%
# ``lateralnet.draw(result)`` writes all figures into the folder of the run.

# %%
# A run is a folder, and can be read back at any time.

again = lateralnet.load(result.folder)
print(again.mode, [seed.seed for seed in again.seeds])

# %%
# The same weights can be tested under another stimulus, without training: here a sphere that is
# farther away.

for distance_cm in (0.8, 1.2):
    (test,) = lateralnet.evaluate(result, distance_cm=distance_cm)
    print(f"{distance_cm} cm: RMS error {test.measures['rms_error_cm']:.2f} cm")
