"""`Result`: the one shape in which every question is answered."""

import html
from dataclasses import dataclass

import pandas as pd
import xarray as xr

from learnclimate.core.layout import fits_unbroken, paragraph, table_text
from learnclimate.core.showing import MOST_ROWS, html_table, rounded

#: Columns of every `Result.summary`, in this order.
RESULT_COLUMNS: tuple[str, ...] = (
    "estimand",
    "contrast",
    "population",
    "team",
    "scale",
    "mean",
    "sd",
    "median",
    "lower",
    "upper",
    "probability",
    "n_respondents",
    "suppressed",
)


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """
    An answer: a long table and the draws behind it.

    Attributes
    ----------
    summary : pandas.DataFrame
        One row a quantity, with the columns `RESULT_COLUMNS`. ``mean``, ``sd``
        and ``median`` are over the posterior; ``lower`` and ``upper`` bound the
        equal-tailed interval whose probability is ``summary.attrs["interval"]``;
        ``probability`` is that of the statement in ``summary.attrs["statement"]``
        (missing where the estimand makes none).
    draws : xarray.Dataset
        The same quantities for every posterior draw, dims ``chain, draw, ...``;
        groups below the disclosure threshold are missing from it.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> result = lc.rate_ratio(fit, "weekly", "never", population="average_team")
    >>> tuple(result.summary.columns) == RESULT_COLUMNS
    True
    >>> result.summary.attrs["statement"]
    'the rate ratio is above 1'
    >>> dict(result.draws["rate_ratio"].sizes)
    {'chain': 4, 'draw': 100}
    """

    summary: pd.DataFrame
    draws: xr.Dataset

    def __str__(self) -> str:
        """Lay the answer out in text: what it is about, the table, how to read it."""
        shown, scales = rounded(self.summary), self._scales()
        told: list[str] = []
        if len({*scales.values()}) > 1 and not fits_unbroken(shown):
            # A scale a line takes the room of the figures: told once an estimand, below.
            shown = shown.drop(columns="scale")
            for scale in dict.fromkeys(scales.values()):
                names = ", ".join(name for name, its in scales.items() if its == scale)
                told.append(f"scale of {names}: {scale}.")
        table = table_text(shown, least=self._least(), where=".summary")
        notes = [paragraph(note, first="  ", rest="  ") for note in [*told, *self._notes()]]
        return "\n".join([paragraph(self._heading()), table, *notes])

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        shown = rounded(self.summary)
        told = "<br>".join(html.escape(note) for note in self._notes())
        rows = shown.itertuples(index=False, name=None)
        table = html_table(list(shown.columns), rows, caption=self._heading())
        return f"{table}<p>{told}</p>"

    def _scales(self) -> dict[str, str]:
        """Give the scale of each estimand shown; nothing where an estimand has several."""
        pairs = self.summary[["estimand", "scale"]].head(MOST_ROWS).drop_duplicates()
        if pairs["estimand"].duplicated().any() or pairs["scale"].isna().any():
            return {}
        return dict(zip(pairs["estimand"], pairs["scale"], strict=True))

    def _least(self) -> list[str]:
        """
        Name the columns that a narrow terminal may go without, the least important first.

        Never the median, which reports and figures quote; nor the mean, where a row has no
        median: what is computed and not drawn has its figure there.
        """
        one = ["estimand"] if len({*self.summary["estimand"]}) == 1 else []
        lacking = (self.summary["mean"].notna() & self.summary["median"].isna()).any()
        return [*one, "sd", *([] if lacking else ["mean"]), "n_respondents"]

    def _heading(self) -> str:
        names = ", ".join(dict.fromkeys(str(name) for name in self.summary["estimand"]))
        return names.replace("_", " ").capitalize()

    def _notes(self) -> list[str]:
        told, notes = self.summary.attrs, []
        if "interval" in told:
            notes.append(f"lower, upper: equal-tailed {told['interval']:.0%} interval.")
        if told.get("statement") and self.summary["probability"].notna().any():
            notes.append(f"probability: that {told['statement']}.")
        if self.summary["suppressed"].any():
            notes.append("suppressed: too few respondents to show, or needed to protect those.")
        if len(self.summary) > MOST_ROWS:
            notes.append(f"{len(self.summary) - MOST_ROWS} more rows in .summary.")
        return [*notes, *told.get("notes", ())]
