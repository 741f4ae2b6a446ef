"""`KindsFit`: the draws of a model of several kinds, and what vouches for them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from learnclimate.core import kind_labels as kinds
from learnclimate.core import labels
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.intervals import check_interval, interval_bounds
from learnclimate.core.layout import paragraph
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.convergence import convergence
from learnclimate.inference.fit_html import fit_html
from learnclimate.inference.fit_summary import FitSummary
from learnclimate.inference.provenance import Provenance
from learnclimate.inference.small_groups import hidden_parameters, hidden_teams
from learnclimate.survey.codebook import Codebook

_MEANING = {
    "intercept": "log rate, lowest level, covariates 0, average team and respondent",
    "frequency_effect": "log rate ratio, highest against lowest level",
    "frequency_shape": "share of the step in the frequency effect",
    "frequency_curve": "log rate ratio of the level against the lowest",
    "covariate_effects": "log rate ratio per unit",
    "common_intercept": "log rate about which kinds scatter, covariates at their means",
    "intercept_sd": "sd of the kinds about it",
    "common_frequency_effect": "log rate ratio about which those of the kinds scatter",
    "frequency_effect_sd": "sd of the kinds about it",
    "common_frequency_shape": "share of the step about which those of the kinds scatter",
    "frequency_shape_sd": "sd of the kinds' log shares about it",
    "common_covariate_effects": "log rate ratio per unit about which those of the kinds scatter",
    "covariate_effects_sd": "sd of the kinds about it",
    "team_sd": "sd over teams, on the log rate of the kind",
    "team_correlation": "correlation of two team effects",
    "team_effects": "the team's deviation, on the log rate of the kind",
    "respondent_sd": "sd over respondents of a team, on the log rate of the kind",
    "respondent_correlation": "correlation of the respondents' effects on two kinds",
}
#: Symmetric matrices, of which half says it all.
_SYMMETRIC = ("team_correlation", "respondent_correlation")


@dataclass(frozen=True, slots=True, repr=False)
class KindsFit:
    """
    A fitted `KindsModel`, made by `fit` or read by `load_fit`.

    `rate_ratio`, `expected_counts`, `predicted_counts`, `team_effects`, `rank_teams`,
    `compare_kinds` and `posterior_predictive` take it, and answer by kind and for the total.

    Attributes
    ----------
    draws : xarray.DataTree
        Groups ``posterior``, ``sample_stats``, ``constant_data`` and ``standardised``.
        ``team_size`` and ``level_size`` count who answered the kind that fewest did, and
        ``level_asked`` everybody who gave a level.
    certificate : Certificate
        Whether the draws can be trusted.
    model : KindsModel
        What was fitted.
    codebook : Codebook
        What was asked.
    coding : DesignCoding
        How answers were coded; replays on new people.
    priors : KindsPriors
        The priors that were used.
    provenance : Provenance
        Versions, seed, data, time.
    design : KindsDesign or None
        The respondents in numbers; None after `load_fit`.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, truth=lc.KindsTruth(), seed=1)
    >>> fit = lc.fit(lc.KindsModel(), survey, seed=1)  # minutes, by NUTS
    >>> fit
    <KindsFit of ... respondents in ... teams, ... kinds, ... draws, certificate passed>
    """

    draws: xr.DataTree
    certificate: Certificate
    model: KindsModel
    codebook: Codebook
    coding: DesignCoding
    priors: KindsPriors
    provenance: Provenance
    design: KindsDesign | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds, in order."""
        return tuple(self.draws["posterior"][kinds.KIND].to_numpy().astype(str).tolist())

    def summary(
        self, *, teams: bool = False, interval: float = 0.9, rule: DisclosureRule | None = None
    ) -> FitSummary:
        """
        Summarise the posterior, diagnostics first.

        Parameters
        ----------
        teams : bool, default False
            Whether to show the teams' own effects, without those of small teams.
        interval : float, default 0.9
            Probability of the equal-tailed interval.
        rule : DisclosureRule, optional
            Which teams and levels are too small to show.

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
        arrays = {name: posterior[name] for name in kinds.KIND_DIMS if name in posterior}
        own = arrays.pop("team_effects", None)
        if teams and own is not None:
            shown = np.flatnonzero(~hidden_teams(self.draws, rule))
            arrays["team_effects"] = own.isel({labels.TEAM: shown})
        hidden = hidden_parameters(self.draws, rule)
        parts = [
            _rows(name, array, hidden.get(name.removeprefix("common_")), interval)
            for name, array in arrays.items()
        ]
        table = pd.concat([part for part in parts if len(part)], ignore_index=True)
        return FitSummary(self.certificate, table, interval, lowered(rule))

    def save(self, path: str | Path, *, rule: DisclosureRule | None = None) -> None:
        """
        Save the fit in one file, written whole or not at all, without any respondent's row.

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
            If the file cannot be written, or few respondents gave an answer to a frequency: the
            parameters would tell what they counted.
        """
        from learnclimate.core.files import checked_path
        from learnclimate.inference.kinds_store import save_kinds_fit

        save_kinds_fit(self, checked_path(path, "KindsFit.save(path=...)"), rule=rule)

    def _repr_html_(self) -> str:
        fitted = {"kinds": ", ".join(self.kinds)}
        return fit_html("Fit of several kinds", self.provenance, self.certificate, fitted)

    def __repr__(self) -> str:
        """Say in a line what was fitted."""
        told = self.provenance
        verdict = "certificate passed" if self.certificate.passed else "certificate NOT passed"
        line = (
            f"<KindsFit of {told.n_respondents} respondents in {told.n_teams} teams, "
            f"{len(self.kinds)} kinds, {told.draws} draws, {verdict}>"
        )
        return paragraph(line, rest="  ")


def _rows(
    name: str, array: xr.DataArray, hidden: np.ndarray | None, interval: float
) -> pd.DataFrame:
    """Rows of one variable; without what never varies, is said twice, or is to be hidden."""
    values = array.to_numpy()
    shape = values.shape[2:]
    flat = values.reshape(values.shape[0] * values.shape[1], -1)
    kept = np.ptp(flat, axis=0) > 1e-12
    if name in _SYMMETRIC:
        kept &= np.triu(np.ones(shape, dtype=bool), 1).ravel()
    if hidden is not None:
        # Told by level or frequency, the last dims; every kind alike.
        marks = np.asarray(hidden)
        wide = marks if name != "intercept" else np.full(shape, bool(marks))
        kept &= ~np.broadcast_to(wide, shape).ravel()
    if not kept.any():
        return pd.DataFrame()
    chosen = flat[:, kept]
    lower, upper = interval_bounds(chosen, interval)
    found = convergence({name: values.reshape(*values.shape[:2], -1)[:, :, kept]})
    return pd.DataFrame(
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


def _coordinates(array: xr.DataArray) -> list[str]:
    dims = [dim for dim in array.dims if dim not in (labels.CHAIN, labels.DRAW)]
    if not dims:
        return [""]
    parts = np.meshgrid(*[array[dim].to_numpy().astype(str) for dim in dims], indexing="ij")
    return [", ".join(cells) for cells in zip(*[part.ravel() for part in parts], strict=True)]


def refuse_kinds(what: str, fit: object) -> None:
    """
    Refuse the fit of several kinds where only that of a single count can be asked.

    Parameters
    ----------
    what : str
        Who refuses, for the message.
    fit : object
        What the user gave.

    Raises
    ------
    ArgumentTypeError
        If it is a `KindsFit`.
    """
    if isinstance(fit, KindsFit):
        kind = fit.kinds[0]
        raise ArgumentTypeError(
            f"{what} takes the fit of a single count, and this one is of {len(fit.kinds)} kinds. "
            "Ask it for rate_ratio, compare_kinds, expected_counts, predicted_counts, "
            "team_effects, rank_teams, check_fit or posterior_predictive; or fit a CountModel to "
            f"one kind, Codebook(outcome={kind!r})."
        )
