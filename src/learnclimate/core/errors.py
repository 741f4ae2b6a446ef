"""One error family, rooted in `LearnClimateError`; a message names place, fault and remedy."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class LearnClimateError(Exception):
    """
    Root of every error that learnclimate raises on purpose.

    Every error of the family is also the built-in error that it is like (`ValueError`, `TypeError`
    or `OSError`), and its message names the place, the fault and the remedy.

    Parameters
    ----------
    message : object, optional
        What went wrong; declarations in it are kept in a line.

    Examples
    --------
    >>> import learnclimate as lc
    >>> try:
    ...     lc.simulate_survey(n_teams=0, seed=1)
    ... except lc.LearnClimateError as error:
    ...     print(type(error).__name__, isinstance(error, ValueError))
    ArgumentError True
    """

    def __init__(self, message: object = "") -> None:
        """Keep the message in a line, though declarations in it show in several."""
        super().__init__(_in_a_line(message) if isinstance(message, str) else message)


class CodebookError(LearnClimateError, ValueError):
    """
    A codebook that contradicts itself.

    Examples
    --------
    >>> import learnclimate as lc
    >>> try:
    ...     lc.Codebook(outcome="activities", team="activities")
    ... except lc.CodebookError as error:
    ...     print(error)
    Column 'activities' has two roles, outcome and team. Choose one.
    """


class SurveyError(LearnClimateError, ValueError):
    """
    Answers that do not fit their codebook.

    Examples
    --------
    >>> import pandas as pd
    >>> import learnclimate as lc
    >>> answers = pd.DataFrame({"tema": ["A", "B"], "activities": [3, 1]})
    >>> try:
    ...     lc.read_survey(answers, lc.Codebook(outcome="activities", team="team"))
    ... except lc.SurveyError as error:
    ...     print(error)
    There is no column 'team' (team) in the data frame. Did you mean 'tema'?
    """


class ModelError(LearnClimateError, ValueError):
    """
    A model declaration that contradicts itself or the survey it is given.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> try:
    ...     lc.CountModel(covariates=("tenrue",)).priors_for(survey)
    ... except lc.ModelError as error:
    ...     print(error)
    CountModel(covariates=...): 'tenrue' is not among the codebook's covariates.
    Did you mean 'tenure'?
    """


class FitError(LearnClimateError, ValueError):
    """
    A posterior that cannot be computed, or draws that cannot answer the question.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> path = Path(tempfile.mkdtemp()) / "study.nc"
    >>> fit.save(path)  # without the respondents, whom predictive checks need
    >>> try:
    ...     lc.posterior_predictive(lc.load_fit(path))
    ... except lc.FitError as error:
    ...     print(error)
    This fit holds no respondents (it was read from a file without them), ...
    """


class ArgumentError(LearnClimateError, ValueError):
    """
    An argument whose value is not one of those allowed.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> try:
    ...     lc.fit(lc.CountModel(), survey, engine="margnal")
    ... except lc.ArgumentError as error:
    ...     print(error)
    fit(engine='margnal'): Did you mean 'marginal'?
    """


class ArgumentTypeError(LearnClimateError, TypeError):
    """
    An argument of the wrong type.

    Examples
    --------
    >>> import learnclimate as lc
    >>> try:
    ...     lc.check_fit(lc.CountModel())
    ... except lc.ArgumentTypeError as error:
    ...     print(error)
    Give a fit, as fit(model, survey) returns; not <class '...CountModel'>.
    """


class FileError(LearnClimateError, OSError):
    """
    A file that cannot be read or written.

    Examples
    --------
    >>> import learnclimate as lc
    >>> try:
    ...     lc.load_fit("nowhere.nc")
    ... except lc.FileError as error:
    ...     print(error)
    There is no file nowhere.nc.
    """


class LearnClimateWarning(UserWarning):
    """
    Something the user should know about an answer that is nevertheless given.

    Examples
    --------
    >>> import warnings
    >>> import pandas as pd
    >>> import learnclimate as lc
    >>> answers = pd.DataFrame({"team": ["A", "A", "B", "B"], "learnt": [1, 3, 0, 999]})
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     survey = lc.read_survey(answers, lc.Codebook(outcome="learnt", team="team"))
    >>> for warning in caught:
    ...     print(warning.category.__name__, warning.message)
    LearnClimateWarning Column 'learnt': the count 999 comes 1 time, and all others are
    at most 3. If it is a code for missing, leave those answers empty.
    """


def nearest(name: object, options: Iterable[object]) -> str:
    """
    Phrase the nearest option as a question, or list the options.

    Parameters
    ----------
    name : object
        What the user wrote.
    options : iterable of object
        What the user could have written.

    Returns
    -------
    str
        ``"Did you mean 'talk'?"`` when one option is close, else
        ``"Choose from 'a', 'b'."``.

    Examples
    --------
    >>> nearest("tema", ["team", "talk"])
    "Did you mean 'team'?"
    """
    written = [str(option) for option in options]
    # Capitals and spaces are the commonest slips, and should not count.
    folded = {option.strip().casefold(): option for option in reversed(written)}
    close = get_close_matches(str(name).strip().casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {folded[close[0]]!r}?"
    if not written:
        return "There are none to choose from."
    shown = ", ".join(repr(option) for option in written[:12])
    return f"Choose from {shown}{', …' if len(written) > 12 else ''}."


def _in_a_line(message: str) -> str:
    """Join the lines of declarations that are shown as calls; their further lines are indented."""
    if "\n" not in message:
        return message
    joined = re.sub(r"(?<=[(\[{])\n +|\n *(?=[)\]}])", "", message)
    return re.sub(r"\n +", " ", joined)
