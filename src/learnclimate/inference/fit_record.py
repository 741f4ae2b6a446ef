"""`Fit`: the draws of a model, what vouches for them, and where they come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from learnclimate.core.layout import paragraph
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.fit_html import fit_html
from learnclimate.inference.fit_summary import FitSummary, summarise
from learnclimate.inference.provenance import Provenance
from learnclimate.survey.codebook import Codebook

if TYPE_CHECKING:
    from learnclimate.disclosure.rule import DisclosureRule


@dataclass(frozen=True, slots=True, repr=False)
class Fit:
    """
    A fitted model, made by `fit` or read by `load_fit`.

    Attributes
    ----------
    draws : xarray.DataTree
        Groups ``posterior``, ``sample_stats``, ``constant_data`` and ``standardised``.
    certificate : Certificate
        Whether the draws can be trusted.
    model : CountModel
        What was fitted.
    codebook : Codebook
        What was asked.
    coding : DesignCoding
        How answers were coded; replays on new people.
    priors : Priors
        The priors that were used, by coordinate.
    provenance : Provenance
        Versions, seed, data, time.
    design : CountDesign or None
        The respondents in numbers; None after `load_fit`, unless they were saved too.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> fit
    <Fit of 157 respondents in 20 teams, 400 draws, marginal engine, certificate passed>
    >>> fit.certificate.passed
    True
    >>> dict(fit.draws["posterior"]["team_effects"].sizes)
    {'chain': 4, 'draw': 100, 'team': 20, 'team_effect': 2}
    """

    draws: xr.DataTree
    certificate: Certificate
    model: CountModel
    codebook: Codebook
    coding: DesignCoding
    priors: Priors
    provenance: Provenance
    design: CountDesign | None = None

    def summary(
        self, *, teams: bool = False, interval: float = 0.9, rule: "DisclosureRule | None" = None
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
            Which teams are too small to show.

        Returns
        -------
        FitSummary
            Prints the certificate and a table; the table is at ``.table``.

        Raises
        ------
        ArgumentError
            If `interval` does not lie between 0 and 1.
        """
        return summarise(self.draws, self.certificate, teams=teams, interval=interval, rule=rule)

    def save(
        self,
        path: str | Path,
        *,
        include_respondents: bool = False,
        rule: "DisclosureRule | None" = None,
    ) -> None:
        """
        Save the fit in one file, written whole or not at all.

        Parameters
        ----------
        path : path
            Where to write; ``.nc`` is customary.
        include_respondents : bool, default False
            Whether to keep the respondents' rows. Without them the file still answers
            every question but those that need single respondents (predictive checks),
            and teams below the disclosure threshold are taken out. What is expected of
            the study, and the draws of each team, are then made anew, so that no equation
            about respondents is left: they agree within Monte Carlo error. With them the file
            holds everything, small teams too: keep it as you keep the answers.
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
        from learnclimate.inference.store import save_fit

        target = checked_path(path, "Fit.save(path=...)")
        save_fit(self, target, include_respondents=include_respondents, rule=rule)

    def _repr_html_(self) -> str:
        fitted = {"family": self.model.family.name.replace("_", " ")}
        return fit_html("Fit", self.provenance, self.certificate, fitted)

    def __repr__(self) -> str:
        """Say in a line what was fitted."""
        told = self.provenance
        verdict = "certificate passed" if self.certificate.passed else "certificate NOT passed"
        line = (
            f"<Fit of {told.n_respondents} respondents in {told.n_teams} teams, "
            f"{told.draws} draws, {self.certificate.engine} engine, {verdict}>"
        )
        return paragraph(line, rest="  ")
