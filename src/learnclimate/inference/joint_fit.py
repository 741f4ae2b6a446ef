"""`JointFit`: a count model's answers with the error of measurement carried through."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from learnclimate.core import labels
from learnclimate.core.intervals import check_interval
from learnclimate.core.layout import paragraph
from learnclimate.core.result import Result
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_html import fit_html
from learnclimate.inference.fit_record import Fit
from learnclimate.joint.model import JointModel
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.rows import Row, draws_dataset, laid_out, posterior_figures
from learnclimate.survey.survey import Survey

#: What the rows of `JointFit.comparison` are named by.
CARRIED, FACE_VALUE = "measurement error carried through", "mean scores at face value"
TWO_STEP = "two steps, weakened: plausible values that know nothing of the count"
_NOTE = (
    "Plausible values drawn without the count, and mean scores, weaken the relation (attenuation): "
    "they are shown for comparison, not to be reported in its place."
)
_SCALES = {
    "covariate_effect": "log rate ratio per standard deviation",
    "slope_shift": "log rate ratio, highest against lowest level, per standard deviation",
}


@dataclass(frozen=True, slots=True, repr=False)
class ValueSets:
    """
    The sets of values over which a joint fit mixes, as far as its truths need them.

    Attributes
    ----------
    factor_draw : ndarray of shape (n_sets,), int
        The draw of the factor model, counted through its chains, under whose parameters each
        set was last proposed.
    of_teams : ndarray of shape (n_sets, n_teams, n_factors)
        The teams' factors in standard deviations over teams, where factors are the teams';
        without teams where they are the respondents'.
    moderators : ndarray of shape (n_sets, n_teams, n_slope_shifts)
        What each set's count model shifts the teams' slopes by.
    survey : Survey
        The answers, as confidential as any.
    """

    factor_draw: npt.NDArray[np.int64]
    of_teams: npt.NDArray[np.float64]
    moderators: npt.NDArray[np.float64]
    survey: Survey


@dataclass(frozen=True, slots=True, repr=False)
class JointFit:
    """
    A fitted `JointModel`, made by `fit`.

    Attributes
    ----------
    count : Fit
        The count model, its draws mixed over many values of the factors that are plausible
        given the items and the count. Every estimand takes it; checks against the answers do
        not, since no one set of values goes with its draws: they take `face_value`.
    two_step : Fit
        The plain route of two steps: values drawn from the items alone, one fit each, the
        draws mixed. It carries the error into the width of the intervals but not into the
        estimate, which is drawn towards 0.
    face_value : Fit
        The same count model with standardised mean scores of the scales in the place of the
        factors, as is customary: what ignoring the error of measurement gives.
    factor : FactorFit
        The factor model.
    model : JointModel
        What was fitted, the count model's priors filled in: the same for all values.
    n_values : int
        How many sets of values of the factors were mixed.
    sets : ValueSets or None
        What the sets hold, and the answers; none in a fit that was loaded from a file.

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.JointModel(lc.CountModel(), lc.FactorModel("leadership_of_learning"))
    >>> joint = lc.fit(model, lc.load_example(), seed=1)  # a minute or so
    >>> list(joint.comparison().summary.columns)[:2]
    ['estimand', 'contrast']
    """

    count: Fit
    two_step: Fit
    face_value: Fit
    factor: FactorFit
    model: JointModel
    n_values: int
    sets: ValueSets | None = None

    @property
    def certificate(self) -> Certificate:
        """What vouches for the mixed draws."""
        return self.count.certificate

    def comparison(self, *, interval: float = 0.9) -> Result:
        """
        Lay the effects of the factors beside those of two steps and of mean scores.

        Parameters
        ----------
        interval : float, default 0.9
            Probability of the intervals.

        Returns
        -------
        Result
            Estimand ``covariate_effect``, and ``slope_shift`` where a factor moderates the slope
            of a frequency; ``contrast`` names the factor (``"talk:climate"`` of a shift) and the
            way it was measured. All ways are in standard deviations, so that they compare;
            ``probability`` of being above 0.

        Raises
        ------
        ArgumentError
            If `interval` does not lie between 0 and 1.
        """
        check_interval(interval)
        ways = ((CARRIED, self.count), (TWO_STEP, self.two_step), (FACE_VALUE, self.face_value))
        fewest = min(len(_draws_of(fit, "intercept", {})) for _, fit in ways)
        shifts = [
            shift.label
            for shift in self.count.coding.slope_shifts
            if shift.centre is not None and shift.by in self.model.names
        ]
        asked = [("covariate_effect", "covariate_effects", labels.COVARIATE, self.model.names),
                 ("slope_shift", "slope_shifts", labels.SLOPE_SHIFT, shifts)]  # fmt: skip
        rows, kept = [], {}
        for estimand, variable, dim, names in asked:
            for way, fit in ways:
                for name in names:
                    own = _draws_of(fit, variable, {dim: name})
                    kept[f"{name}, {way}"] = own[:fewest]
                    rows.append(
                        Row(
                            estimand=estimand,
                            scale=_SCALES[estimand],
                            contrast=f"{name}, {way}",
                            figures=posterior_figures(own, interval, above=0.0),
                            n_respondents=fit.provenance.n_respondents,
                        )
                    )
        return laid_out(
            rows,
            draws_dataset(kept),
            interval=interval,
            statement="above 0",
            notes=[_NOTE],
            discretion=Discretion(asked=self.count.provenance.n_respondents),
        )

    def save(self, path: str | Path, *, rule: DisclosureRule | None = None) -> None:
        """
        Save the fit in one file, written whole or not at all; `load_fit` reads it.

        The file holds no respondent's answers and no small team.

        Parameters
        ----------
        path : path
            Where to write; ``.nc`` is customary.
        rule : DisclosureRule, optional
            Which groups are too small to be kept; recorded in the file.

        Raises
        ------
        ArgumentTypeError
            If the path is none.
        FileError
            If the file cannot be written.
        """
        from learnclimate.core.files import checked_path
        from learnclimate.inference.factors.store import save_joint_fit

        save_joint_fit(self, checked_path(path, "JointFit.save(path=...)"), rule=rule)

    def _repr_html_(self) -> str:
        fitted = {
            "factors": ", ".join(self.model.names),
            "sets of values mixed": f"{self.n_values}",
        }
        return fit_html("Joint fit", self.count.provenance, self.certificate, fitted)

    def __repr__(self) -> str:
        """Say in a line what was fitted."""
        names = ", ".join(self.model.names)
        verdict = "certificate passed" if self.certificate.passed else "certificate NOT passed"
        told = f"<JointFit of {names}: {self.n_values} sets of values mixed, {verdict}>"
        return paragraph(told, rest="  ")


def _draws_of(fit: Fit, variable: str, at: dict[str, str]) -> npt.NDArray[np.float64]:
    values = fit.draws["posterior"].to_dataset()[variable].sel(at)
    return np.asarray(values.to_numpy().ravel(), dtype=float)
