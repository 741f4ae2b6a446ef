import numpy as np
import pytest

from learnclimate.inference.remedies import (
    NutsDiagnostics,
    NutsSettings,
    certificate_checks,
    remedy,
)

GOOD = {
    "max_rhat": 1.003,
    "min_ess_bulk": 900.0,
    "min_ess_tail": 800.0,
    "n_divergent": 0,
    "share_max_depth": 0.0,
    "min_bfmi": 0.8,
}
SETTINGS = NutsSettings(draws=1000, tune=1000, target_accept=0.95)


def checks_of(**changed):
    return certificate_checks(NutsDiagnostics(**(GOOD | changed)))


def test_good_diagnostics_need_no_remedy():
    checks = checks_of()
    assert {check.verdict for check in checks} == {"good"}
    assert remedy(checks, SETTINGS) is None


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"max_rhat": 1.02}, "R-hat"),
        ({"min_ess_bulk": 399.0}, "effective sample size"),
        ({"min_ess_tail": 100.0}, "effective sample size"),
        ({"n_divergent": 1}, "divergences"),
        ({"share_max_depth": 0.2}, "trajectory length"),
        ({"min_bfmi": 0.1}, "energy"),
    ],
)
def test_each_diagnostic_can_fail_alone(changed, name):
    assert [check.name for check in checks_of(**changed) if check.verdict == "bad"] == [name]


def test_divergences_raise_the_target_acceptance():
    words, better = remedy(checks_of(n_divergent=3, max_rhat=1.02), SETTINGS)
    assert better.target_accept == 0.99
    assert better.tune == 2000
    assert words.startswith("3 divergences")


def test_poor_mixing_asks_for_more_draws():
    words, better = remedy(checks_of(max_rhat=1.02), SETTINGS)
    assert (better.draws, better.tune, better.target_accept) == (3000, 2000, 0.95)
    assert "R-hat" in words


def test_what_cannot_be_computed_is_not_applicable():
    verdicts = {check.name: check.verdict for check in checks_of(min_bfmi=np.nan)}
    assert verdicts["energy"] == "not applicable"
