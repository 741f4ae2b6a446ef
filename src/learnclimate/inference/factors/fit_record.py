"""`FactorFit`: the draws of a factor model, what vouches for them, and where they come from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import FitError
from learnclimate.core.intervals import check_interval, interval_bounds
from learnclimate.core.layout import paragraph
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.convergence import convergence
from learnclimate.inference.factors.hidden_answers import without_hidden_cuts
from learnclimate.inference.factors.variables import FACTOR_DIMS
from learnclimate.inference.fit_html import fit_html
from learnclimate.inference.fit_summary import FitSummary
from learnclimate.inference.provenance import Provenance
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.factor_design import FactorDesign
from learnclimate.measurement.factor_model import FactorDeclaration
from learnclimate.survey.codebook import Codebook

FloatArray = npt.NDArray[np.float64]

_MEANING = {
    "loadings": "correlation of what lies behind the answers with the factor, others held",
    "slopes": "change in what lies behind the answers, per factor sd, in residual units",
    "thresholds": "between neighbouring answers, in sds of what lies behind them",
    "difficulty": "factor at which an answer above the threshold is as likely as not",
    "item_means": "mean answer of an average respondent",
    "residual_sd": "sd of the answers that the factors leave",
    "factor_correlation": "correlation of two factors",
    "team_factor_sd": "sd of the factor over teams, in sds within teams",
    "team_factor_correlation": "correlation of two factors over teams",
    "factor_icc": "share of the factor's variance that lies between teams",
    "team_factors": "the team's factor, in sds within teams",
}
#: Symmetric matrices of which half says it all.
_SYMMETRIC = ("factor_correlation", "team_factor_correlation")


@dataclass(frozen=True, slots=True, repr=False)
class FactorFit:
    """
    A fitted factor model, made by `fit`.

    Attributes
    ----------
    draws : xarray.DataTree
        Groups ``posterior``, ``sample_stats`` and ``constant_data``.
    certificate : Certificate
        Whether the draws can be trusted.
    model : FactorModel or GradedResponse
        What was fitted.
    codebook : Codebook
        What was asked.
    provenance : Provenance
        Where the draws come from.
    design : FactorDesign
        The answers in numbers, as confidential as the answers themselves; none in a fit that
        was loaded from a file.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.load_example()
    >>> fit = lc.fit(lc.FactorModel("leadership_of_learning"), survey, seed=1, progress=False)
    >>> fit
    <FactorFit of 692 respondents, 1 factor of 5 items, marginal engine, certificate passed>
    """

    draws: xr.DataTree
    certificate: Certificate
    model: FactorDeclaration
    codebook: Codebook
    provenance: Provenance
    design: FactorDesign

    def summary(
        self, *, teams: bool = False, interval: float = 0.9, rule: DisclosureRule | None = None
    ) -> FitSummary:
        """
        Summarise the posterior, diagnostics first.

        Thresholds that would tell how many gave an answer that few gave are left out.

        Parameters
        ----------
        teams : bool, default False
            Whether to show the teams' own factors, without those of small teams.
        interval : float, default 0.9
            Probability of the equal-tailed interval.
        rule : DisclosureRule, optional
            Which teams, and how many answers, are too few to show.

        Returns
        -------
        FitSummary
            Prints the certificate and a table; the table is at ``.table``.

        Raises
        ------
        ArgumentError
            If `interval` does not lie between 0 and 1.
        """
        check_interval(interval)
        rule = rule or DisclosureRule()
        posterior = self.draws["posterior"].to_dataset()
        posterior = without_hidden_cuts(posterior, self.design, rule)
        arrays = {name: posterior[name] for name in FACTOR_DIMS if name in posterior}
        team_factors = arrays.pop("team_factors", None)
        if teams and team_factors is not None:
            shown = np.flatnonzero(~hidden_teams(self.draws, rule))
            arrays["team_factors"] = team_factors.isel(team=shown)
        return FitSummary(self.certificate, _table(arrays, interval), interval, lowered(rule))

    def save(self, path: str | Path, *, rule: DisclosureRule | None = None) -> None:
        """
        Save the fit in one file, written whole or not at all; `load_fit` reads it.

        The file holds no respondent's answers, no small team, and no threshold beside an answer
        that few gave (such answers are told together with their neighbours). It still gives the
        summary, item curves and test information, and the teams' factors of a model with a team
        level; scores of respondents, plausible values and fit indices need the answers.

        Parameters
        ----------
        path : path
            Where to write; ``.nc`` is customary.
        rule : DisclosureRule, optional
            Which teams are too small to be kept; recorded in the file.

        Raises
        ------
        ArgumentTypeError
            If the path is none.
        FileError
            If the file cannot be written.
        """
        from learnclimate.core.files import checked_path
        from learnclimate.inference.factors.store import save_factor_fit

        save_factor_fit(self, checked_path(path, "FactorFit.save(path=...)"), rule=rule)

    def private_seed(self, seed: int) -> int:
        """
        Start generators from a seed and the answers together, where the fit holds them.

        Parameters
        ----------
        seed : int
            As it is told.

        Returns
        -------
        int
            Of a fit from a file, which holds no answers, the seed as it is told.
        """
        design = self.design
        return private_seed(seed, design.categories, design.team) if len(design.team) else seed

    def discretion(self, rule: DisclosureRule | None = None) -> Discretion:
        """
        Find out what may be told of who answered.

        Parameters
        ----------
        rule : DisclosureRule, optional
            Fewest respondents who may be told of.

        Returns
        -------
        Discretion
            Of a fit that was read from a file, that its number of respondents may be told: the
            file holds no other.
        """
        if not len(self.design.categories):
            return Discretion(asked=self.provenance.n_respondents)
        return self.design.discretion((rule or DisclosureRule()).minimum)

    def require_answers(self, what: str) -> None:
        """
        Refuse what cannot be told without the respondents' answers.

        Parameters
        ----------
        what : str
            What needs them.

        Raises
        ------
        FitError
            If the fit was loaded from a file, which holds no answers.
        """
        if not len(self.design.categories):
            raise FitError(
                f"{what} need the respondents' answers, which a saved fit does not hold. Fit the "
                f"model to the survey again: seed {self.provenance.seed} gives the same draws."
            )

    def _repr_html_(self) -> str:
        fitted = {
            "factors": ", ".join(map(str, self.design.factors)),
            "items": f"{len(self.design.items)}",
        }
        return fit_html("Factor fit", self.provenance, self.certificate, fitted)

    def __repr__(self) -> str:
        """Say in a line what was fitted."""
        told, design = self.provenance, self.design
        verdict = "certificate passed" if self.certificate.passed else "certificate NOT passed"
        factors = f"{design.n_factors} factor{'s' * (design.n_factors != 1)}"
        line = (
            f"<FactorFit of {told.n_respondents} respondents, {factors} of {len(design.items)} "
            f"items, {self.certificate.engine} engine, {verdict}>"
        )
        return paragraph(line, rest="  ")


def _table(arrays: dict[str, xr.DataArray], interval: float) -> pd.DataFrame:
    parts = []
    for name, array in arrays.items():
        values = array.to_numpy()
        flat = values.reshape(values.shape[0] * values.shape[1], -1)
        # Paddings and structural zeros are no parameters.
        kept = np.isfinite(flat).all(axis=0) & (np.ptp(np.nan_to_num(flat), axis=0) > 1e-12)
        if name in _SYMMETRIC:
            kept &= np.triu(np.ones(values.shape[2:], dtype=bool), 1).ravel()
        if not kept.any():
            continue
        chosen = flat[:, kept]
        lower, upper = interval_bounds(chosen, interval)
        found = convergence({name: values.reshape(*values.shape[:2], -1)[:, :, kept]})
        parts.append(
            pd.DataFrame(
                {
                    "parameter": name,
                    "coordinate": np.array(_coordinates(array), dtype=object)[kept],
                    "mean": chosen.mean(axis=0),
                    "sd": chosen.std(axis=0, ddof=1),
                    "median": np.median(chosen, axis=0),
                    "lower": lower,
                    "upper": upper,
                    **found,
                    "meaning": _MEANING[name],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _coordinates(array: xr.DataArray) -> list[str]:
    dims = [dim for dim in array.dims if dim not in (labels.CHAIN, labels.DRAW)]
    parts = np.meshgrid(*[array[dim].to_numpy().astype(str) for dim in dims], indexing="ij")
    return [", ".join(cells) for cells in zip(*[part.ravel() for part in parts], strict=True)]
