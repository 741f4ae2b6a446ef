"""Figure of what the priors held for likely, and what the answers made of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.labels import INTERCEPT, category_name
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import ScalarPrior
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.small_groups import hidden_parameters
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.sources import refuse_other_fits
from learnclimate.plots.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

_DRAWS = 4000
_POINTS = 200
_PANEL_HEIGHT = 31.0
_FURNITURE_HEIGHT = 20.0
_COLUMNS = 2
_MOST = 12
#: Letters a line of a panel's title, and what a second line takes.
_TITLE, _LINE_HEIGHT = 31, 4.0
#: Letters of a name for which a panel's title has room, beside its other words.
_LETTERS = {"frequency": 14, "covariates": 26, "team_sd": 18}


@dataclass(frozen=True, slots=True)
class _Panel:
    """One parameter: its name and the unit of its axis in words, its prior, its posterior draws."""

    name: str
    axis: str
    prior: ScalarPrior
    posterior: FloatArray


def prior_posterior(
    source: Fit, *, language: Literal["en", "nl"] = "en", rule: DisclosureRule | None = None
) -> "Figure":
    """
    Draw the prior of each parameter against its posterior.

    Where the two look alike, the answers said nothing about the parameter, and the prior is
    what a reader gets back. The intercept is that at the covariates' means, to which its
    prior belongs. Parameters that tell of a level that few respondents gave are left out; of a
    file, also those that compare other levels than their priors, now that these are hidden.

    Parameters
    ----------
    source : Fit
        A fit, or one that was loaded.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.
    rule : DisclosureRule, optional
        Which levels are too small to show.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, two panels a row, at most twelve.

    Raises
    ------
    ArgumentError
        If there are no texts in the language.
    ArgumentTypeError
        If `source` is no fit.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.prior_posterior(fit).get_suptitle()
    'What the priors held, and what the answers say'
    """
    texts = words(language)
    refuse_other_fits(source)
    if not isinstance(source, Fit):
        raise ArgumentTypeError(
            f"{type(source).__name__} cannot be drawn against its priors: give a Fit."
        )
    panels = list(_panels(source, texts, rule or DisclosureRule()))[:_MOST]
    if not panels:
        raise ArgumentError("This fit has no parameter whose prior may be shown.")
    rows = -(-len(panels) // _COLUMNS)
    height = _PANEL_HEIGHT + _LINE_HEIGHT * any(len(panel.name) > _TITLE for panel in panels)
    figure, axes = style.new_grid(_FURNITURE_HEIGHT + height * rows, rows, _COLUMNS)
    rng = np.random.default_rng(0)
    for panel, one in zip(panels, axes, strict=False):
        _draw(one, panel, rng, language)
    for unused in axes[len(panels) :]:
        unused.set_visible(False)
    style.add_title(figure, texts["prior title"])
    style.add_note(figure, texts["prior note"])
    return with_lowered(figure, source, language=language, rule=rule)


def _panels(fit: Fit, texts: Mapping[str, str], rule: DisclosureRule) -> Iterator[_Panel]:
    posterior = fit.draws["posterior"].to_dataset()
    draws = flattened({str(name): values.to_numpy() for name, values in posterior.items()})
    hidden = hidden_parameters(fit.draws, rule)
    moved = set() if fit.design is not None else _of_other_contrasts(fit, hidden)
    priors = fit.priors
    of_odds = " odds" if fit.model.family.out_of_trials else ""
    if isinstance(priors.intercept, ScalarPrior) and not np.any(hidden.get("intercept", False)):
        centred = draws["intercept"]
        if "covariate_effects" in draws:
            means = fit.draws["constant_data"]["covariate_means"].to_numpy().astype(float)
            centred = centred + draws["covariate_effects"] @ means
        unit = texts[f"prior axis intercept{of_odds}"]
        yield _Panel(texts["parameter intercept"], unit, priors.intercept, centred)
    for field, variable, dim in (
        ("frequency", "frequency_effect", "frequency"),
        ("covariates", "covariate_effects", "covariate"),
        ("team_sd", "team_sd", "team_effect"),
    ):
        unit = texts[f"prior axis {'team_sd' if field == 'team_sd' else 'effect'}{of_odds}"]
        chosen = getattr(priors, field)
        if not isinstance(chosen, Mapping) or variable not in draws:
            continue
        for place, name in enumerate(map(str, posterior[dim].to_numpy())):
            if (variable, name) in moved:
                continue
            if name in chosen and not np.ravel(hidden.get(variable, np.zeros(place + 1)))[place]:
                told = texts[f"parameter {field}"].format(
                    name=shortened(category_name(name), _LETTERS[field])
                )
                yield _Panel(told, unit, chosen[name], draws[variable][:, place])
    if isinstance(priors.dispersion, ScalarPrior) and "dispersion" in draws:
        unit = texts["prior axis dispersion"]
        yield _Panel(texts["parameter dispersion"], unit, priors.dispersion, draws["dispersion"])


def _of_other_contrasts(
    fit: Fit, hidden: Mapping[str, npt.NDArray[np.bool_]]
) -> set[tuple[str, str]]:
    """
    Name the parameters of a file that compare other levels than their priors do.

    A file without the levels that few gave is written from the lowest to the highest level
    shown, and so are the sds of its slopes, those of the teams' levels, and the effects of what
    shifts a slope; the priors are about the levels that were asked.
    """
    coding = fit.coding
    ends = np.ravel(hidden.get("frequency_effect", np.zeros(len(coding.frequencies), dtype=bool)))
    cut = {name for name, other in zip(coding.frequency_names, ends, strict=True) if other}
    if not cut:
        return set()
    moved = {("team_sd", name) for name in cut}
    if np.any(hidden.get("intercept", False)) and cut & set(coding.team_effects):
        moved.add(("team_sd", INTERCEPT))
    shifted = {shift.by for shift in coding.slope_shifts if shift.frequency in cut}
    return moved | {("covariate_effects", name) for name in shifted}


def _draw(axes: "Axes", panel: _Panel, rng: np.random.Generator, language: str) -> None:
    prior = panel.prior.sample(rng, _DRAWS)
    is_positive = bool(prior.min() >= 0)
    if is_positive:
        prior = np.abs(prior)
    inner = np.quantile(panel.posterior, [0.002, 0.998])
    outer = np.quantile(prior, [0.1, 0.9])
    low, high = min(inner[0], outer[0]), max(inner[1], outer[1])
    low = 0.0 if is_positive else low
    places = np.linspace(low, high, _POINTS)
    for draws, colour, line in ((prior, style.GREY, "--"), (panel.posterior, style.BLUE, "-")):
        density = _density(draws, places, is_positive)
        axes.plot(places, density, line, color=colour, linewidth=1.3)
        if line == "-":
            axes.fill_between(places, 0, density, color=style.PALE, linewidth=0)
    axes.set_xlim(low, high)
    axes.set_ylim(0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    title = style.broken(panel.name, _TITLE)
    axes.set_title(title, fontsize=style.LABEL, color=style.INK, loc="left", pad=3)
    style.write_numbers(axes, "x", language)
    axes.set_xlabel(panel.axis, fontsize=style.SMALL, color=style.INK, labelpad=1)
    axes.tick_params(axis="x", labelsize=style.SMALL)


def _density(draws: FloatArray, places: FloatArray, is_positive: bool) -> FloatArray:
    """Kernel density; that of a positive number is reflected at 0, where it would leak away."""
    from scipy.stats import gaussian_kde

    inside = draws[(draws >= places[0] - np.ptp(places)) & (draws <= places[-1] + np.ptp(places))]
    if np.ptp(inside) == 0:
        return np.zeros(len(places))
    kernel = gaussian_kde(inside)
    share = len(inside) / len(draws)
    density = kernel(places)
    return np.asarray(share * (density + (kernel(-places) if is_positive else 0)))
