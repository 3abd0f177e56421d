"""What cannot be meant is an error of this package in one sentence, wherever it is given."""

import numpy as np
import pytest

from sorn import Initializer, Network, RandomStreams, Simulator, SornError, network_seeds, preset

DRIVE = np.ones((10, 3))
MASKED = np.ma.masked_array([1.0, 2.0], [False, True])


def small():
    return Network(ne=50, nu=2, seed=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Network(normalise=5), "normalise=5; give a name or a list"),
        (lambda: Network(normalise=None), "normalise=None"),
        (lambda: Network(input_pools=5), "input_pools must list the numbers"),
        (lambda: Network(nu=2, input_pools=["a", "b"]), "input_pools must list"),
        (lambda: Network(nu=2, input_pools=[[0.5], [1]]), "input_pools must list"),
        (lambda: Network(nu=2, input_pools=[[[1], [2, 3]], [1]]), "input_pools must list"),
        (lambda: Network(inhibition=np.array([1, 2])), "choose from delayed, fast"),
        (lambda: Network(["published"]), "is not known"),
        (lambda: preset(["published"]), "is not known"),
        (lambda: Network(seed=True), "seed=True; give an integer"),
        (lambda: Network(seed=-1, batch=2), "seed=-1; give an integer"),
        (lambda: network_seeds("a", 2), "seed='a'"),
        (lambda: RandomStreams(1.5), "seed=1.5"),
        (lambda: small().step(MASKED), "u has masked values"),
        (lambda: small().run(steps=3, record=5), "record=5; give a name or a list"),
        (lambda: small().run(steps=3, to=5), "to=5; give the folder"),
        (lambda: small().run(steps=10**15), "no room for 5e"),
        (lambda: small().read("W"), "there is no array 'W'; choose from Wee"),
        (lambda: small().set_activity("a", "b"), "x must hold 0 or 1"),
        (lambda: small().save("no/such/net.npz"), "the folder does not exist"),
        (lambda: Simulator.run(inputs=DRIVE, callbacks=5), "callbacks=5; give a name or a list"),
        (lambda: Initializer.generate_strong_inp(0, 5), "must be at least 1"),
        (lambda: Initializer.generate_gaussian_inputs(5, 0), "must be at least 1"),
        (lambda: Initializer.multi_one_hot_inp(5, range(10), 1), "10 labels need a neuron each"),
        (lambda: Initializer.white_gaussian_noise(0, -1, 5), "must not be negative"),
    ],
)
def test_a_bad_value_is_one_sentence(call, message):
    with pytest.raises(SornError) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
