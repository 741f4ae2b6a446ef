"""Truths of a joint fit: draws of items, of factors and of counts that go together."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.checks.rehearsed_joint import JointRehearsal, JointTruths, joint_rehearsal
from learnclimate.core import labels
from learnclimate.core.errors import FitError
from learnclimate.counts.prediction import flattened
from learnclimate.inference.joint_engine import JointProblem
from learnclimate.inference.joint_fit import JointFit, ValueSets

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def joint_around(fit: JointFit, engine: object, rows: IntArray) -> JointRehearsal:
    """
    Rehearse the model of a joint fit, each truth a draw of its posterior.

    A draw of the count model goes with the parameters of the factor model under which its set of
    values was proposed, and with the teams' factors of that set where they are the teams'.
    Respondents' own factors are drawn anew, as their answers are.

    Parameters
    ----------
    fit : JointFit
        A fit that holds its answers.
    engine : object
        What the user gave for the engine.
    rows : ndarray of shape (n_replicates,), int
        Which draws of the count model, counted through the chains.

    Returns
    -------
    JointRehearsal
        Ready to be run.

    Raises
    ------
    FitError
        If the fit lacks respondents.
    ModelError
        If the engine does not apply.
    """
    sets = fit.sets
    if sets is None:
        raise FitError(
            "This fit was read from a file without respondents, and the answers they gave are "
            "needed here. Fit the survey again."
        )
    n_draws = fit.count.draws["posterior"].sizes["draw"]
    of_set = (rows % n_draws) // (n_draws // len(sets.factor_draw))
    told = (fit.count.provenance.seed, fit.count.provenance.draws, fit.certificate.engine)
    truths = JointTruths(_of_items(fit, sets, of_set), _of_counts(fit, sets, rows, of_set), told)
    count = replace(fit.model.count, priors=fit.count.priors)
    problem = JointProblem(replace(fit.model, count=count), sets.survey)
    return joint_rehearsal(problem, fit.factor.design, engine, around=truths)


def _of_items(fit: JointFit, sets: ValueSets, of_set: IntArray) -> dict[str, FloatArray]:
    """Give the factor model's parameters of each set, with the set's own factors of teams."""
    posterior = fit.factor.draws["posterior"].to_dataset()
    every = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    found = {name: values[sets.factor_draw[of_set]] for name, values in every.items()}
    if fit.model.factor.levels == "team":
        found["team_factors"] = sets.of_teams[of_set] * found["team_factor_sd"][:, None, :]
    return found


def _of_counts(
    fit: JointFit, sets: ValueSets, rows: IntArray, of_set: IntArray
) -> dict[str, FloatArray]:
    """Give the count model's variables, teams' slopes as they were beside each set's values."""
    posterior = fit.count.draws["posterior"].to_dataset()
    every = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    found = {name: values[rows] for name, values in every.items()}
    coding = fit.count.coding
    if labels.TEAM_EFFECTS not in found or not sets.moderators.size:
        return found
    # A mixture tells one value of the moderator for all draws, and lays the rest to the slopes.
    mean = fit.count.draws["constant_data"]["team_moderators"].to_numpy()
    effects = found[labels.TEAM_EFFECTS].copy()
    for column, shift in enumerate(coding.slope_shifts):
        if shift.centre is not None and shift.frequency in coding.team_effects:
            place = coding.team_effects.index(shift.frequency)
            apart = sets.moderators[of_set, :, column] - mean[:, column]
            effects[..., place] -= found["slope_shifts"][:, [column]] * apart
    return found | {labels.TEAM_EFFECTS: effects}
