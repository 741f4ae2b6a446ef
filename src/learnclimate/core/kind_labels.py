"""Names of posterior variables and dims of a model of several kinds, written once."""

from typing import Final

from learnclimate.core.labels import (
    COVARIATE,
    FREQUENCY,
    FREQUENCY_LEVEL,
    FREQUENCY_STEP,
    TEAM,
    TEAM_EFFECT,
)

KIND: Final = "kind"
KIND_OTHER: Final = "kind_other"
#: A team effect on a kind, such as ``"training: talk"``.
KIND_TEAM_EFFECT: Final = "kind_team_effect"
KIND_TEAM_EFFECT_OTHER: Final = "kind_team_effect_other"
#: The sum over the kinds, where answers name a kind.
TOTAL: Final = "total"

#: Dims of each posterior variable, after ``chain`` and ``draw``.
KIND_DIMS: Final[dict[str, tuple[str, ...]]] = {
    "intercept": (KIND,),
    "frequency_effect": (KIND, FREQUENCY),
    "frequency_shape": (KIND, FREQUENCY, FREQUENCY_STEP),
    "frequency_curve": (KIND, FREQUENCY_LEVEL),
    "covariate_effects": (KIND, COVARIATE),
    "common_intercept": (),
    "intercept_sd": (),
    "common_frequency_effect": (FREQUENCY,),
    "frequency_effect_sd": (FREQUENCY,),
    "common_frequency_shape": (FREQUENCY, FREQUENCY_STEP),
    "frequency_shape_sd": (FREQUENCY,),
    "common_covariate_effects": (COVARIATE,),
    "covariate_effects_sd": (COVARIATE,),
    "team_sd": (KIND, TEAM_EFFECT),
    "team_correlation": (KIND_TEAM_EFFECT, KIND_TEAM_EFFECT_OTHER),
    "team_effects": (TEAM, KIND, TEAM_EFFECT),
    "respondent_sd": (KIND,),
    "respondent_correlation": (KIND, KIND_OTHER),
}
