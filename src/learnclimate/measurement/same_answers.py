"""Items that tell nothing of their own: copies of one another, and items that never vary."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import SurveyError
from learnclimate.measurement.answers import ScaleAnswers

FloatArray = npt.NDArray[np.float64]

#: Fewer may give two items the same answers by chance.
_LEAST = 30
#: Correlations nearer to 1 are those of copies.
_COPY = 1e-9


def refuse_copies(values: FloatArray, items: tuple[str, ...]) -> None:
    """
    Refuse items of which one is a copy of another.

    What takes items for witnesses of their own (factors, reliability) would find a factor in
    a copy. What only describes items tells of it in a note.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers, not a number where left open; every item varies.
    items : tuple of str
        Names of the items.

    Raises
    ------
    SurveyError
        Naming the two items.
    """
    answered = ~np.isnan(values)
    for place, item in enumerate(items):
        for other in range(place):
            both = answered[:, place] & answered[:, other]
            if int(both.sum()) < _LEAST:
                continue
            first, second = values[both, other], values[both, place]
            if np.ptp(first) == 0:
                continue
            alike = np.ptp(first - second) == 0
            if alike or np.ptp(first + second) == 0:
                how = "the same answer" if alike else "opposite answers"
                raise SurveyError(
                    f"Items {items[other]!r} and {item!r}: all who answered both gave {how} to "
                    "both. One is a copy of the other: leave it out of the scale."
                )


def never_varying_notes(answers: ScaleAnswers, minimum: int) -> list[str]:
    """
    Say which items never vary, where they are used all the same.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    minimum : int
        Fewest respondents of whom anything may be told.

    Returns
    -------
    list of str
        A sentence for every such item that enough respondents answered.
    """
    found = []
    for place, item in enumerate(answers.items):
        given = answers.values[:, place]
        given = given[~np.isnan(given)]
        if len(given) >= minimum and np.ptp(given) == 0:
            found.append(
                f"Item {item!r} never varies: it tells nobody from anybody, and counts all the "
                "same. Look whether it was read in rightly, or leave it out of the scale."
            )
    return found


def require_no_copy(answers: ScaleAnswers, complete: FloatArray) -> None:
    """
    Refuse items of which one is a copy of another.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    complete : ndarray of shape (n_complete, n_items)
        The answers of those who answered every item; every item varies.

    Raises
    ------
    SurveyError
        Naming the two items, or saying that items tell one another.
    """
    correlation: FloatArray = np.asarray(np.corrcoef(complete.T))
    for place, item in enumerate(answers.items):
        for other in range(place):
            if abs(correlation[place, other]) > 1 - _COPY:
                how = "the same answer" if correlation[place, other] > 0 else "opposite answers"
                raise SurveyError(
                    f"Items {answers.items[other]!r} and {item!r}: all who answered every item of "
                    f"scale {answers.scale.name!r} gave {how} to both. One is a copy of the other: "
                    "leave it out of the scale."
                )
    if np.linalg.eigvalsh(correlation)[0] < _COPY:
        raise SurveyError(
            f"Scale {answers.scale.name!r}: the answer to one item follows from those to others, "
            "as that to a total would. Leave it out of the scale."
        )
