"""One error family, rooted in `LearnClimateError`; a message names place, fault and remedy."""

from collections.abc import Iterable
from difflib import get_close_matches


class LearnClimateError(Exception):
    """Root of every error that learnclimate raises on purpose."""


class CodebookError(LearnClimateError, ValueError):
    """A codebook that contradicts itself."""


class SurveyError(LearnClimateError, ValueError):
    """Answers that do not fit their codebook."""


class ModelError(LearnClimateError, ValueError):
    """A model declaration that contradicts itself or the survey it is given."""


class FitError(LearnClimateError, ValueError):
    """A posterior that cannot be computed, or draws that cannot answer the question."""


class ArgumentError(LearnClimateError, ValueError):
    """An argument whose value is not one of those allowed."""


class ArgumentTypeError(LearnClimateError, TypeError):
    """An argument of the wrong type."""


class FileError(LearnClimateError, OSError):
    """A file that cannot be read or written."""


class LearnClimateWarning(UserWarning):
    """Something the user should know about an answer that is nevertheless given."""


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
