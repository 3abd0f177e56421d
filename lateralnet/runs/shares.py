"""Which share of a job is done, in simulated seconds, so that a time left can be told."""

from __future__ import annotations

from dataclasses import dataclass

from lateralnet.parameters.params import NetworkParams

_TEST_COST = 2.0  # a test is simulated and then measured, with its chance levels
_TESTS_OF_RATE_MATCHED = 6  # about as many factors are tried


@dataclass(frozen=True)
class Shares:
    """Shares of a job that trains from `first_trial` on and tests some controls.

    Examples
    --------
    >>> from lateralnet.parameters.presets import preset
    >>> shares = Shares(preset("ll_fast"), 0, ())
    >>> shares.at(tests=1, trials=0) < shares.at(tests=1, trials=10) < 1.0
    True
    """

    params: NetworkParams
    first_trial: int
    controls: tuple[str, ...]

    def at(self, *, tests: int, trials: int) -> float:
        """Return the share after so many tests, that of the untrained network first, and trials.

        It stays below 1, since measuring and writing follow the last test.
        """
        p = self.params
        test_s = _TEST_COST * p.test_sweeps * p.test_path_cm / p.speed_cm_s
        n_tests = 2 + len(self.controls)
        if "rate-matched" in self.controls:
            n_tests += _TESTS_OF_RATE_MATCHED - 1
        all_s = n_tests * test_s + (p.n_training_trials - self.first_trial) * p.trial_duration_s
        done_s = tests * test_s / _TEST_COST + (trials - self.first_trial) * p.trial_duration_s
        return done_s / all_s
