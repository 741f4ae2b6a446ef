"""Problems for the tests of the marginal engine, made from simulated surveys."""

from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.engine import CountProblem
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey


def problem_of(survey, **options):
    """A problem of a survey, with the options of `CountModel`."""
    model = CountModel(**options)
    design = model.design(survey)
    return CountProblem(model, design, resolve_priors(model.priors, design))


def simulated(n_teams=40, team_size=12, seed=1, truth=None, **options):
    """A problem of a simulated survey."""
    survey = simulate_survey(n_teams=n_teams, team_size=team_size, seed=seed, truth=truth)
    return problem_of(survey, **options)


def survey_of_two_frequencies(n_teams=40, seed=1):
    """A simulated survey in which talk was asked for twice."""
    made = simulate_survey(n_teams=n_teams, team_size=12, seed=seed)
    frame = made.frame[["team", "talk", "activities"]].copy()
    levels = made.codebook.levels_of("talk")
    shifted = [levels[::-1][levels.index(level)] for level in frame["talk"]]
    frame["meet"] = [shifted[(i * 7) % len(shifted)] for i in range(len(shifted))]
    return read_survey(
        frame,
        type(made.codebook)(
            outcome="activities",
            team="team",
            frequency=("talk", "meet"),
            frequency_levels={"talk": levels, "meet": levels},
        ),
    )
