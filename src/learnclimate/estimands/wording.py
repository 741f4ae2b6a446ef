"""The words of the answers, written once: estimands, scales, populations and their meaning."""

from typing import Final

# Column ``estimand``.
RATE_RATIO: Final = "rate_ratio"
EXPECTED_COUNT: Final = "expected_count"
PREDICTED_COUNT: Final = "predicted_count"
TEAM_EFFECT: Final = "team_effect"
TEAM_RANK: Final = "team_rank"
CHOSEN_TEAM: Final = "chosen_team"
RIGHT_CHOICES: Final = "right_choices"
E_VALUE: Final = "e_value"
ADJUSTED_RATIO: Final = "adjusted_rate_ratio"
OVERSTATEMENT: Final = "tipping_overstatement"
COVARIATE_OUTCOME: Final = "covariate_rate_ratio"
COVARIATE_FREQUENCY: Final = "covariate_imbalance"
COVARIATE_STRENGTH: Final = "covariate_e_value"
TEAM_SHARE: Final = "team_share"
TEAM_SHARE_LOG: Final = "team_share_log"
SLOPE_SHARE: Final = "slope_share"
MEDIAN_RATE_RATIO: Final = "median_rate_ratio"
WITHIN_RATIO: Final = "within_rate_ratio"
COMPOSITION_RATIO: Final = "composition_rate_ratio"
BETWEEN_RATIO: Final = "between_rate_ratio"
RATE_RATIO_OF_KINDS: Final = "rate_ratio_of_kinds"
KIND_RANK: Final = "kind_rank"

#: Column ``scale``: the unit of ``mean`` to ``upper``, by what is answered.
SCALES: Final[dict[str, str]] = {
    RATE_RATIO: "rate ratio",
    EXPECTED_COUNT: "expected count",
    PREDICTED_COUNT: "predicted count",
    "team intercept": "log rate",
    "team slope": "log rate ratio",
    TEAM_RANK: "rank",
    RIGHT_CHOICES: "teams",
    E_VALUE: "rate ratio of a confounder",
    ADJUSTED_RATIO: "rate ratio",
    OVERSTATEMENT: "factor by which counts are overstated",
    COVARIATE_OUTCOME: "rate ratio of a covariate",
    COVARIATE_FREQUENCY: "ratio of shares",
    COVARIATE_STRENGTH: "rate ratio of a confounder",
    TEAM_SHARE: "share of the variance of counts",
    TEAM_SHARE_LOG: "share of the variance of log rates",
    SLOPE_SHARE: "share of the variance between teams",
    MEDIAN_RATE_RATIO: "rate ratio of two teams",
    WITHIN_RATIO: "rate ratio",
    COMPOSITION_RATIO: "rate ratio",
    BETWEEN_RATIO: "rate ratio",
    RATE_RATIO_OF_KINDS: "ratio of rate ratios",
    KIND_RANK: "rank",
}

# Column ``population``.
AVERAGE_TEAM: Final = "average_team"
NEW_TEAM: Final = "new_team"
STUDY: Final = "study"
DATA_FRAME: Final = "data frame"

#: What may be written for ``population=``, besides a data frame.
POPULATIONS: Final = (AVERAGE_TEAM, NEW_TEAM, STUDY)


def versus(high: str, low: str) -> str:
    """
    Write a contrast, as in the column ``contrast``.

    Parameters
    ----------
    high, low : str
        What is compared, and with what.

    Returns
    -------
    str
        The contrast in words.

    Examples
    --------
    >>> versus("weekly", "never")
    'weekly vs never'
    """
    return f"{high} vs {low}"
