"""Levels that few gave: told of nowhere, and a file answers as the fit did."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.counts.coding import FrequencyCoding
from synthetic import make_synthetic_fit

LEVELS = ("never", "yearly", "quarterly", "monthly", "weekly")
NUMBERS = ["median", "lower", "upper"]


@pytest.fixture(scope="module")
def survey():
    """Two frequencies; three respondents never meet, and four meet yearly."""
    survey = lc.simulate_survey(n_teams=12, team_size=14, seed=3)
    frame = survey.frame.reset_index(drop=True)
    meetings = np.array(LEVELS)[2 + np.arange(len(frame)) % 3]
    meetings[:3], meetings[3:7] = "never", "yearly"
    codebook = lc.Codebook(
        outcome="activities",
        team="team",
        frequency=("talk", "meetings"),
        frequency_levels={"talk": LEVELS, "meetings": LEVELS},
        covariates=["tenure"],
    )
    read = lc.read_survey(frame.assign(meetings=meetings, talk=frame["talk"].astype(str)), codebook)
    return lc.Survey(read.frame, codebook, read.ledger, "a test", survey.truth)


@pytest.fixture(scope="module")
def fit(survey):
    return make_synthetic_fit(survey, lc.CountModel(team_effects=("intercept", "frequency")))


@pytest.fixture(scope="module")
def loaded(fit, tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "fit.nc"
    fit.save(path)
    return lc.load_fit(path)


def person(meetings):
    return pd.DataFrame({"meetings": [meetings], "tenure": [2.0]})


@pytest.mark.parametrize("population", ["average_team", "new_team", "study", person("monthly")])
@pytest.mark.parametrize("frequency", ["talk", "meetings"])
def test_a_file_answers_as_the_fit_did(fit, loaded, population, frequency):
    if isinstance(population, pd.DataFrame) and frequency == "meetings":
        population = population.assign(talk="weekly")
    for ask in (lc.expected_counts, lc.rate_ratio):
        arguments = ("weekly", "monthly") if ask is lc.rate_ratio else ()
        before, after = (
            ask(one, *arguments, population=population, frequency=frequency).summary
            for one in (fit, loaded)
        )
        assert before["suppressed"].tolist() == after["suppressed"].tolist()
        # A file's draws are none of the fit's: means agree within Monte Carlo error, and so do
        # quantiles. It rounds the means of covariates, at which average and new teams stand.
        error = before["sd"] / np.sqrt(fit.provenance.draws)
        by_means = isinstance(population, str) and ask is lc.expected_counts
        error += 5e-3 * before["mean"] / 4 if by_means else 0.0
        for name, times in (("mean", 4), ("median", 6), ("lower", 10), ("upper", 10)):
            apart = (after[name] - before[name]).abs() / error
            assert apart.max() < times, name


def test_hidden_levels_are_hidden_in_the_file_too(loaded):
    table = lc.expected_counts(loaded, population="average_team", frequency="meetings").summary
    hidden = table.set_index("contrast")["suppressed"]
    assert hidden[hidden].index.tolist() == ["never", "yearly"]


@pytest.mark.parametrize("ask", [lc.expected_counts, lc.predicted_counts])
@pytest.mark.parametrize("rare", ["never", "yearly"])
def test_nobody_is_asked_about_at_a_hidden_level_of_another_frequency(fit, ask, rare):
    """The attack: ask about talk, of people who never meet."""
    told = ask(fit, population=person(rare), frequency="talk").summary
    other = ask(fit, population=person("quarterly"), frequency="talk").summary
    np.testing.assert_allclose(told[NUMBERS], other[NUMBERS])
    assert any("too few gave" in note for note in told.attrs["notes"])
    assert not any("too few gave" in note for note in other.attrs["notes"])


def test_an_average_team_stands_at_the_lowest_level_shown_of_other_frequencies(fit):
    posterior = fit.draws["posterior"]
    told = lc.expected_counts(fit, population="average_team", frequency="talk").summary
    at = posterior["frequency_curve"].sel(frequency_level="meetings[quarterly]")
    tenure = fit.draws["constant_data"]["covariate_means"].to_numpy()
    log_rate = posterior["intercept"] + at + posterior["covariate_effects"].to_numpy() @ tenure
    assert told["median"].iloc[0] == pytest.approx(float(np.exp(log_rate).median()))


def test_a_coding_without_hidden_levels_is_the_one_that_was_fitted(fit, loaded):
    assert loaded.coding.frequencies == fit.coding.frequencies
    assert isinstance(loaded.coding.frequencies[0], FrequencyCoding)


def test_slopes_of_teams_in_a_file_compare_the_levels_shown(fit, loaded):
    told = lc.team_effects(loaded, "meetings").summary["contrast"].unique().tolist()
    assert told == ["weekly vs quarterly"]
    assert lc.team_effects(fit, "meetings").summary["contrast"].iloc[0] == "weekly vs never"
    posterior = fit.draws["posterior"]
    spread = 1 - posterior["frequency_shape"].sel(frequency="meetings")[..., :2].sum(
        "frequency_step"
    )
    slopes = posterior["team_effects"].sel(team_effect="meetings") * spread
    kept = loaded.draws["posterior"]["team_effects"].sel(team_effect="meetings")
    slopes = slopes.sel(team=kept["team"])
    # Drawn anew in a file: the same distribution, and near the fit's draw by draw.
    error = slopes.std(("chain", "draw")) / np.sqrt(fit.provenance.draws)
    apart = kept.mean(("chain", "draw")) - slopes.mean(("chain", "draw"))
    assert float(abs(apart / error).max()) < 4
    np.testing.assert_allclose(kept.std(("chain", "draw")), slopes.std(("chain", "draw")), rtol=0.2)


@pytest.mark.parametrize(
    "check",
    [lc.check_fit, lc.posterior_predictive, lc.leave_one_out, lc.prior_sensitivity, lc.influence],
)
def test_answers_are_not_held_against_a_model_without_their_level(loaded, survey, check):
    """A file's model expects other counts of those who gave a hidden answer than the fit did."""
    with pytest.raises(lc.FitError, match="together with its neighbour"):
        check(loaded, survey=survey)


def test_what_a_file_without_levels_cannot_be_checked_for_is_told(loaded):
    checks = lc.check_fit(loaded)
    assert checks["mean"].verdict == "not applicable"
    assert "together with its neighbour" in checks["mean"].words


def test_a_file_with_respondents_keeps_every_level_and_is_checked(fit, tmp_path):
    fit.save(tmp_path / "fit.nc", include_respondents=True)
    again = lc.load_fit(tmp_path / "fit.nc")
    assert lc.posterior_predictive(again, draws=20).draws == 20
