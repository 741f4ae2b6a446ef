"""Figure of the certificate: each check, measured against its bound."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_fit import JointFit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.plots import style
from learnclimate.plots.check_names import check_name
from learnclimate.plots.words import number, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FURNITURE_HEIGHT = 34.0
_ROW_HEIGHT = 7.5
_MOST = 2.0
#: Smaller figures are told as less than this; from the other on without decimals.
_LEAST, _WHOLE_FROM = 0.001, 100
#: Engines as the literature writes them, and in the language of the figure.
_ENGINES = {
    "en": {"nuts": "NUTS"},
    "nl": {"nuts": "NUTS", "marginal": "marginaal", "marginal NUTS": "marginaal met NUTS"},
}


def certificate(
    source: Fit | KindsFit | FactorFit | JointFit | Certificate,
    *,
    language: Literal["en", "nl"] = "en",
) -> "Figure":
    """
    Draw how much of its bound each check of the computation used up.

    To the left of the line is good. Pareto shapes (k-hat) of the importance weights and of
    the teams' draws, quadrature, efficiency and convergence stand on one scale: the
    figure measured as a share of its bound, or the bound as a share of the figure where more is
    better. The figures themselves are written at the right.

    Parameters
    ----------
    source : Fit, KindsFit, FactorFit, JointFit or Certificate
        A fit, or its certificate.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, higher with more checks.

    Raises
    ------
    ArgumentError
        If there are no texts in the language, or no check applies.
    ArgumentTypeError
        If `source` is neither a fit nor a certificate.

    References
    ----------
    Vehtari and others (2024), Pareto smoothed importance sampling, Journal of Machine
    Learning Research 25(72), 1-58, doi 10.48550/arXiv.1507.02646.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.certificate(fit).get_suptitle()
    'Certificate of the marginal engine: passed'
    """
    texts = words(language)
    told = (
        source.certificate if isinstance(source, Fit | KindsFit | FactorFit | JointFit) else source
    )
    if not isinstance(told, Certificate):
        raise ArgumentTypeError(
            f"{type(source).__name__} has no certificate to draw: give a Fit or a Certificate."
        )
    checks = [check for check in told.checks if np.isfinite(check.value)]
    if not checks:
        raise ArgumentError("No check of this certificate applies, so there is nothing to draw.")
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * len(checks))
    _draw(axes, checks)
    _name(axes, checks, language)
    axes.set_xlim(0, _MOST)
    axes.set_ylim(len(checks) - 0.4, -0.6)
    axes.set_xticks([0, 0.5, 1, 1.5, 2], ["0", "½", texts["bound"], "1½", "2"])
    style.add_grid(axes, "x")
    style.label_axes(axes, x=texts["share of bound"])
    verdict = texts["certificate passed" if told.passed else "certificate failed"]
    style.add_title(figure, verdict.format(engine=_ENGINES[language].get(told.engine, told.engine)))
    style.add_note(figure, texts["certificate note"])
    return figure


def used_up(check: CertificateCheck) -> float:
    """
    Give how much of its bound a check used up.

    Parameters
    ----------
    check : CertificateCheck
        The check.

    Returns
    -------
    float
        Below 1 where the check is good, whichever way it runs.

    Examples
    --------
    >>> used_up(CertificateCheck("importance tails", "good", 0.35, 0.7, ""))
    0.5
    >>> used_up(CertificateCheck("importance efficiency", "good", 0.9, 0.3, ""))  # more is better
    0.3333333333333333
    """
    value, bound = check.value, check.bound
    if bound == 0:
        return 0.0 if value == 0 else _MOST
    if check.name == "R-hat":
        return max(0.0, (value - 1) / (bound - 1))
    more_is_better = (value > bound) == (check.verdict == "good")
    if more_is_better and value != bound:
        return bound / value if value > 0 else _MOST
    return max(0.0, value / bound)


def _draw(axes: "Axes", checks: list[CertificateCheck]) -> None:
    axes.axvline(1, color=style.INK, linewidth=0.9)
    for place, check in enumerate(checks):
        is_good = check.verdict != "bad"
        colour, mark = (style.BLUE, "o") if is_good else (style.ORANGE, "D")
        share = min(used_up(check), _MOST * 0.98)
        axes.hlines(place, 0, share, color=colour, linewidth=2.2, gid="used up")
        axes.plot([share], [place], mark, color=colour, markersize=6, gid=check.verdict)


def _name(axes: "Axes", checks: list[CertificateCheck], language: str) -> None:
    names = [style.broken(check_name(check.name, language), 20) for check in checks]
    axes.set_yticks(range(len(checks)), names)
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL)
    for place, check in enumerate(checks):
        axes.annotate(
            f"{_figure(check.value, language)} / {_figure(check.bound, language)}",
            (1.02, place),
            xycoords=axes.get_yaxis_transform(),
            va="center",
            fontsize=style.SMALL,
            color=style.QUIET,
            annotation_clip=False,
        )


def _figure(value: float, language: str) -> str:
    """Write a figure of a check with three decimals at most, and no powers of ten."""
    if 0 < abs(value) < _LEAST / 2:
        return f"< {number(_LEAST, language, 3)}"
    decimals = next((d for d in range(3) if abs(value - round(value, d)) < _LEAST / 2), 3)
    return number(value, language, decimals if abs(value) < _WHOLE_FROM else 0)
