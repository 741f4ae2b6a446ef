"""What `check_fit` says of each statistic, and what to do where it differs."""

#: How each statistic is told: what it is, and what to do where it differs.
STATISTICS = {
    "distribution": (
        "share of respondents in another bin of counts than expected",
        "Look at the rootogram to see which counts; read predictions of them with reservations.",
    ),
    "dispersion": (
        "variance of the counts divided by their mean",
        "No family here fits this spread better; read predicted counts with reservations.",
    ),
    "share of zeros": (
        "share of respondents with a count of 0",
        "Look at the rootogram; do not predict zeros by this model.",
    ),
    "highest counts": (
        "mean of the few highest counts",
        "See whether these answers are plausible, and in the unit that was asked.",
    ),
    "team share": (
        "share of the variance of the counts between the means of teams, chance included",
        "Teams differ otherwise than the model says: see posterior_predictive(fit).team_means.",
    ),
    "mean": (
        "mean count",
        "See whether exposure and covariates are as they were meant.",
    ),
}
MORE_SPREAD = "Fit with family=NegativeBinomial(), which lets alike respondents differ more."
MORE_ZEROS = (
    "Fit with family=ZeroInflatedNegativeBinomial() or HurdleNegativeBinomial(), in which zeros "
    "have a probability of their own."
)
FEWER_ZEROS = (
    "Fit with family=HurdleNegativeBinomial(), in which zeros have a probability of their own and "
    "may be rare."
)
LESS_SPREAD = (
    "The counts differ less than Poisson counts do, and NegativeBinomial() only lets them differ "
    "more; this version has no family for this, and intervals are likely too wide."
)
NO_TEAMS = (
    "Let the teams differ, with team_effects=('intercept', 'frequency'): without, intervals are "
    "too narrow."
)
THOROUGH = ("prior sensitivity", "influence", "leave one out", "leave one team out")
TOO_SMALL = "The difference is too small to matter."
ALWAYS_SO = "New counts cannot differ from it, so it tells nothing."
NO_TEAM_SHARE = "There are no two teams that can be shown, and so no share between them."
