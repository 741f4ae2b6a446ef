"""Fits that are not of a single count, refused where one is asked for, with where to ask."""

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.joint_fit import JointFit
from learnclimate.inference.kinds_fit import refuse_kinds


def refuse_other_fits(what: str, fit: object) -> None:
    """
    Refuse fits of several kinds, of items, and of items and counts together.

    Parameters
    ----------
    what : str
        Who refuses, for the message.
    fit : object
        What the user gave.

    Raises
    ------
    ArgumentTypeError
        If it is one of these.
    """
    refuse_kinds(what, fit)
    if isinstance(fit, FactorFit):
        raise ArgumentTypeError(
            f"{what} takes the fit of a count, and this one is of the items of scales. Judge it by "
            "fit_indices(fit) and compare_invariance, hold it against others by compare_models; "
            "ask it for factor_scores, plausible_values or item_curves."
        )
    if isinstance(fit, JointFit):
        raise ArgumentTypeError(
            f"{what} takes the fit of a count, and this one is of counts and items together. Ask "
            "it of its count, fit.count, or of the same model of mean scores, fit.face_value."
        )
