"""Scales of very many answers, such as sliders, refused with the remedy."""

from learnclimate.core.errors import ArgumentError
from learnclimate.survey.codebook import Scale

#: Answers an item may offer. Few give each of more, so that most of them may not be told.
MOST_ANSWERS = 21
#: How many groups of neighbouring answers are proposed: of a hundred people few are then hidden.
_GROUPS = 11


def refuse_many_answers(scale: Scale) -> None:
    """
    Refuse a scale that offers more answers than can be told of one by one.

    Answers that few gave count as the middle of all such answers, which of a slider from 0 to 100
    are nearly all: means would lie in the middle and agreement would be near 1.

    Parameters
    ----------
    scale : Scale
        The scale.

    Raises
    ------
    ArgumentError
        With how to group neighbouring answers.

    Examples
    --------
    >>> refuse_many_answers(Scale("mood", ["q1", "q2"], minimum=0, maximum=100))
    Traceback (most recent call last):
    ...
    learnclimate.core.errors.ArgumentError: Scale 'mood' offers 101 answers, ...
    """
    n_answers = scale.maximum - scale.minimum + 1
    if n_answers <= MOST_ANSWERS:
        return
    width = -(-n_answers // _GROUPS)
    while scale.maximum // width - scale.minimum // width >= _GROUPS:
        width += 1
    lowest, highest = scale.minimum // width, scale.maximum // width
    raise ArgumentError(
        f"Scale {scale.name!r} offers {n_answers} answers, of which few give each: they may not be "
        f"told one by one, and figures would be made of their middle. Group neighbouring answers, "
        f"{_GROUPS} groups or so, before they are read: frame[items] = frame[items] // "
        f"{width}, with Scale(..., minimum={lowest}, maximum={highest})."
    )
