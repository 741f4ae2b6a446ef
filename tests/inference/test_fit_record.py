import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.fit_summary import summarise
from learnclimate.inference.provenance import data_hash
from learnclimate.survey.simulation import simulate_survey
from synthetic import make_synthetic_fit


def test_diagnostics_come_first(synthetic_fit):
    text = str(synthetic_fit.summary())
    assert text.startswith("Certificate (synthetic engine): passed")
    assert text.index("R-hat") < text.index("frequency_effect")


def test_a_failed_certificate_is_said_aloud(synthetic_fit):
    check = CertificateCheck("R-hat", "bad", 1.5, 1.01, "the chains disagree")
    told = summarise(
        synthetic_fit.draws, Certificate("nuts", (check,)), teams=False, interval=0.9, rule=None
    )
    assert "NOT PASSED" in str(told)
    assert "NOT PASSED" in told._repr_html_()


def test_team_rows_are_off_by_default(synthetic_fit):
    assert "team_effects" not in set(synthetic_fit.summary().table["parameter"])
    shown = synthetic_fit.summary(teams=True).table
    assert (shown["parameter"] == "team_effects").sum() > 0


def test_small_teams_are_never_shown():
    fit = make_synthetic_fit(simulate_survey(n_teams=24, team_size=5, seed=11))
    sizes = fit.draws["constant_data"]["team_size"]
    small = {str(team) for team in sizes["team"].to_numpy()[sizes.to_numpy() < 5]}
    table = fit.summary(teams=True).table
    told = table.loc[table["parameter"] == "team_effects", "coordinate"]
    shown = {label.split(",")[0] for label in told}
    assert small
    assert not small & shown
    fewer = fit.summary(teams=True, rule=DisclosureRule(7)).table
    assert len(fewer) < len(table)


def test_figures_equal_those_of_the_draws(synthetic_fit):
    table = synthetic_fit.summary(interval=0.5).table.set_index(["parameter", "coordinate"])
    draws = synthetic_fit.draws["posterior"]["frequency_effect"].to_numpy().ravel()
    row = table.loc[("frequency_effect", "talk")]
    assert row["mean"] == pytest.approx(draws.mean())
    assert row["sd"] == pytest.approx(draws.std(ddof=1))
    assert row["lower"] == pytest.approx(np.quantile(draws, 0.25))
    assert row["upper"] == pytest.approx(np.quantile(draws, 0.75))


def test_what_never_varies_is_left_out(synthetic_fit):
    told = synthetic_fit.summary().table
    assert "talk[never]" not in set(told["coordinate"])
    correlations = told[told["parameter"] == "team_correlation"]
    assert len(correlations) == 0  # constant in the synthetic fit


@pytest.mark.parametrize("interval", [0, 1, 90, -0.5, "0.9", True, None])
def test_an_interval_that_is_none_is_refused(synthetic_fit, interval):
    with pytest.raises(ArgumentError, match="probability between 0 and 1"):
        synthetic_fit.summary(interval=interval)


def test_a_fit_says_in_a_line_what_it_is(synthetic_fit):
    assert " ".join(repr(synthetic_fit).split()) == (
        "<Fit of 239 respondents in 24 teams, 400 draws, synthetic engine, certificate passed>"
    )


def test_the_data_hash_tells_data_apart(survey):
    from learnclimate.counts.model import CountModel

    design = CountModel().design(survey)
    other = CountModel().design(simulate_survey(n_teams=24, team_size=10, seed=12))
    assert data_hash(design) == data_hash(CountModel().design(survey))
    assert data_hash(design) != data_hash(other)
