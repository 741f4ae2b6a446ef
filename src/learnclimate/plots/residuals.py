"""Figure of the residuals: where the answers lie among new counts for the same people."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from learnclimate.checks.predictive import PosteriorPredictive, posterior_predictive
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.sources import refuse_other_fits
from learnclimate.plots.words import number, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def residuals(
    source: Fit | PosteriorPredictive,
    *,
    rule: DisclosureRule | None = None,
    language: Literal["en", "nl"] = "en",
) -> "Figure":
    """
    Draw where the answers lie among new counts from the model for the same people.

    Under a true model they lie evenly: every twentieth of the range holds as many. A valley
    in the middle says that answers differ more than the model expects, a hill that they
    differ less, a slope that they lie too high or too low.

    Parameters
    ----------
    source : Fit or PosteriorPredictive
        A fit that holds its respondents, or what `learnclimate.posterior_predictive` gave.
    rule : DisclosureRule, optional
        Of a fit, which groups are too small to show; below 5 respondents where left out.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide.

    Raises
    ------
    FitError
        If the fit holds no respondents.
    ArgumentError
        If there are no texts in the language.
    ArgumentTypeError
        If `source` is neither a fit nor a posterior predictive check.

    References
    ----------
    Czado, Gneiting and Held (2009), doi 10.1111/j.1541-0420.2009.01191.x.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.residuals(fit).get_suptitle()
    'Answers among new counts from the model'
    """
    texts = words(language)
    refuse_other_fits(source)
    if not isinstance(source, Fit | PosteriorPredictive):
        raise ArgumentTypeError(
            f"{type(source).__name__} has no residuals to draw: give a Fit, or what "
            "posterior_predictive(fit) returned."
        )
    predictive = posterior_predictive(source, rule=rule) if isinstance(source, Fit) else source
    table = predictive.residuals.histogram
    middles = (table["lower"] + table["upper"]).to_numpy() / 2
    figure, axes = style.new_figure(76)
    style.add_grid(axes, "y")
    low, high = float(table["band_lower"].iloc[0]), float(table["band_upper"].iloc[0])
    axes.axhspan(low, high, color=style.RULE, zorder=0, gid="band", label=texts["band"])
    expected = float(table["expected"].iloc[0])
    axes.axhline(expected, color=style.ORANGE, linewidth=1.4, label=texts["expected evenly"])
    width = 0.86 * float(table["upper"].iloc[0] - table["lower"].iloc[0])
    axes.bar(
        middles,
        table["n_respondents"].to_numpy(),
        width=width,
        color=style.PALE,
        # An edge, since in grey the bars are as pale as the band behind them.
        edgecolor=style.BLUE,
        linewidth=0.9,
        gid="observed",
        label=texts["answers"],
    )
    axes.set_xlim(0, 1)
    axes.set_xticks(np.linspace(0, 1, 5))
    axes.set_xticklabels([number(tick, language, 2) for tick in np.linspace(0, 1, 5)])
    style.write_numbers(axes, "y", language, whole=True)
    style.label_axes(axes, x=texts["share below"], y=texts["respondents simply"])
    style.add_legend(axes)
    style.add_title(figure, texts["residuals title"])
    style.add_note(figure, texts["residuals note"])
    return with_lowered(figure, source, language=language, rule=rule)
