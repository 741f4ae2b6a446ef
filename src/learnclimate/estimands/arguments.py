"""Check what the user asks, before anything is computed."""

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, nearest
from learnclimate.core.intervals import check_interval
from learnclimate.core.labels import INTERCEPT
from learnclimate.core.numbers import is_number, is_whole
from learnclimate.counts.coding import DesignCoding, FrequencyCoding
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.other_fits import refuse_other_fits

_FREQUENCY = "frequency"


def require_fit(fit: object) -> None:
    """
    Refuse what is no fit.

    Parameters
    ----------
    fit : object
        What the user gave.

    Raises
    ------
    ArgumentTypeError
        If it is not a `Fit`.
    """
    refuse_other_fits("This question", fit)
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"{type(fit).__name__} is not a Fit. Make one with fit(model, survey), or read one "
            "with load_fit(path)."
        )


def checked_rule(interval: object, rule: object) -> DisclosureRule:
    """
    Check the interval and give the disclosure rule.

    Parameters
    ----------
    interval : object
        Probability of the interval.
    rule : object
        The rule the user gave, or None for the default.

    Returns
    -------
    DisclosureRule
        The rule to obey.

    Raises
    ------
    ArgumentError
        If the interval is not between 0 and 1.
    ArgumentTypeError
        If the interval is no number or the rule no `DisclosureRule`.
    """
    if not is_number(interval):
        raise ArgumentTypeError(
            f"interval={interval!r}: give a probability between 0 and 1, as 0.9."
        )
    check_interval(float(interval))
    if rule is None:
        return DisclosureRule()
    if not isinstance(rule, DisclosureRule):
        raise ArgumentTypeError(f"rule={rule!r}: give a DisclosureRule, as DisclosureRule(10).")
    return rule


def check_seed(seed: object) -> None:
    """
    Refuse what cannot seed random numbers.

    Parameters
    ----------
    seed : object
        What the user gave.

    Raises
    ------
    ArgumentTypeError
        If it is not a whole number.
    ArgumentError
        If it is negative.
    """
    if not is_whole(seed):
        raise ArgumentTypeError(f"seed={seed!r}: give a whole number, 0 or more.")
    if seed < 0:
        raise ArgumentError(f"seed={seed}: give a whole number, 0 or more.")


def check_top(top: object) -> None:
    """
    Refuse a number of top teams that is none.

    Parameters
    ----------
    top : object
        What the user gave.

    Raises
    ------
    ArgumentTypeError
        If it is not a whole number.
    ArgumentError
        If it is below 1.
    """
    if not is_whole(top):
        raise ArgumentTypeError(f"top={top!r}: give a whole number of teams.")
    if top < 1:
        raise ArgumentError(f"top={top}: give at least 1 team.")


def chosen_frequency(coding: DesignCoding, frequency: object) -> int | None:
    """
    Tell which frequency is asked about.

    Parameters
    ----------
    coding : DesignCoding
        The frequencies of the fit.
    frequency : object
        The name the user gave, or None for the only one.

    Returns
    -------
    int or None
        Its position; None in a study without a frequency.

    Raises
    ------
    ArgumentTypeError
        If it is not a name.
    ArgumentError
        If there is no such frequency, or several and none is named.
    """
    names = coding.frequency_names
    if frequency is None:
        if len(names) > 1:
            raise ArgumentError(
                f"This study asked {len(names)} frequencies: say which with frequency=, one of "
                f"{', '.join(map(repr, names))}."
            )
        return 0 if names else None
    if not isinstance(frequency, str):
        raise ArgumentTypeError(f"frequency={frequency!r}: give the name of a frequency column.")
    if not names:
        raise ArgumentError(
            f"frequency={frequency!r}: this study asked no frequency. Leave frequency= out."
        )
    if frequency not in names:
        raise ArgumentError(
            f"frequency={frequency!r}: there is no such frequency. {nearest(frequency, names)}"
        )
    return names.index(frequency)


def chosen_levels(frequency: FrequencyCoding, high: object, low: object) -> tuple[int, int]:
    """
    Tell which two levels are compared.

    Parameters
    ----------
    frequency : FrequencyCoding
        The frequency.
    high, low : object
        The levels the user gave: as text, or as the number that a level is.

    Returns
    -------
    high, low : int
        Their positions.

    Raises
    ------
    ArgumentTypeError
        If a level is neither text nor the number of one.
    ArgumentError
        If there is no such level, or both are the same.
    """
    positions = []
    for argument, given in (("high", high), ("low", low)):
        level = _number_as_level(frequency, given)
        if not isinstance(level, str):
            shown = ", ".join(map(repr, frequency.levels))
            raise ArgumentTypeError(
                f"{argument}={given!r}: give a level of {frequency.name!r} as text, one of {shown}."
            )
        if level not in frequency.levels:
            raise ArgumentError(
                f"{argument}={level!r} is not a level of {frequency.name!r}. "
                f"{nearest(level, frequency.levels)}"
            )
        positions.append(frequency.levels.index(level))
    if positions[0] == positions[1]:
        raise ArgumentError(f"high and low are both {high!r}: give two different levels.")
    return positions[0], positions[1]


def _number_as_level(frequency: FrequencyCoding, given: object) -> object:
    """Give a number as its level is written: 4 and 4.0 are level '4', as in a codebook."""
    if not is_number(given):
        return given
    number = float(given)
    written = str(int(number)) if number.is_integer() else str(number)
    return written if written in frequency.levels else given


def chosen_effect(coding: DesignCoding, effect: object) -> str:
    """
    Tell which team effect is asked about.

    Parameters
    ----------
    coding : DesignCoding
        The team effects of the fit.
    effect : object
        ``"intercept"``, ``"frequency"`` for the slope of the only frequency, or the
        name of a frequency.

    Returns
    -------
    str
        The coordinate of dim ``team_effect``.

    Raises
    ------
    ArgumentTypeError
        If it is not a name.
    ArgumentError
        If the model has no such team effect, or ``"frequency"`` could mean several.
    """
    if not isinstance(effect, str):
        raise ArgumentTypeError(f"effect={effect!r}: give the name of a team effect.")
    # What composition adds to a team's level is no effect of the team's own.
    levels = INTERCEPT in (*coding.team_effects, *coding.department_effects)
    effects = [name for name in coding.varying_effects if name != INTERCEPT or levels]
    if not effects:
        raise ArgumentError(
            f"effect={effect!r}: nothing varies over teams in this model. Fit one with "
            "CountModel(team_effects=('intercept', 'frequency'))."
        )
    if effect in effects:
        return effect
    slopes = [name for name in effects if name != INTERCEPT]
    if effect == _FREQUENCY and len(slopes) == 1:
        return slopes[0]
    if effect == _FREQUENCY and slopes:
        raise ArgumentError(
            f"effect='frequency': {len(slopes)} slopes vary over teams. Name one: "
            f"{', '.join(map(repr, slopes))}."
        )
    options = [*effects, _FREQUENCY] if slopes else effects
    if effect in (INTERCEPT, _FREQUENCY, *coding.frequency_names):
        raise ArgumentError(
            f"effect={effect!r} does not vary over teams in this model. Ask for "
            f"{' or '.join(map(repr, effects))}, or fit CountModel(team_effects=...) with it."
        )
    raise ArgumentError(f"effect={effect!r}: no such team effect. {nearest(effect, options)}")
