"""Names of posterior variables and dims, written once so that every engine and room agrees."""

CHAIN = "chain"
DRAW = "draw"
FREQUENCY = "frequency"
FREQUENCY_STEP = "frequency_step"
FREQUENCY_LEVEL = "frequency_level"
COVARIATE = "covariate"
ZERO_COVARIATE = "zero_covariate"
TEAM = "team"
TEAM_EFFECT = "team_effect"
TEAM_EFFECT_OTHER = "team_effect_other"
SLOPE_SHIFT = "slope_shift"
DEPARTMENT = "department"
DEPARTMENT_EFFECT = "department_effect"
DEPARTMENT_EFFECT_OTHER = "department_effect_other"

#: Dims of each posterior variable, after ``chain`` and ``draw``.
POSTERIOR_DIMS: dict[str, tuple[str, ...]] = {
    "intercept": (),
    "frequency_effect": (FREQUENCY,),
    "frequency_shape": (FREQUENCY, FREQUENCY_STEP),
    "frequency_curve": (FREQUENCY_LEVEL,),
    "covariate_effects": (COVARIATE,),
    "slope_shifts": (SLOPE_SHIFT,),
    "composition_effects": (FREQUENCY,),
    "team_composition": (TEAM, FREQUENCY),
    "team_level_probability": (TEAM, FREQUENCY_LEVEL),
    "team_sd": (TEAM_EFFECT,),
    "team_correlation": (TEAM_EFFECT, TEAM_EFFECT_OTHER),
    "team_effects": (TEAM, TEAM_EFFECT),
    "department_sd": (DEPARTMENT_EFFECT,),
    "department_correlation": (DEPARTMENT_EFFECT, DEPARTMENT_EFFECT_OTHER),
    "department_effects": (DEPARTMENT, DEPARTMENT_EFFECT),
    "level_probability": (FREQUENCY_LEVEL,),
    "dispersion": (),
    "concentration": (),
    "zero_probability": (),
    "zero_intercept": (),
    "zero_frequency_effect": (FREQUENCY,),
    "zero_frequency_shape": (FREQUENCY, FREQUENCY_STEP),
    "zero_frequency_curve": (FREQUENCY_LEVEL,),
    "zero_covariate_effects": (ZERO_COVARIATE,),
    "zero_team_sd": (),
    "zero_team_effects": (TEAM,),
}

#: The variable of the teams' own effects.
TEAM_EFFECTS = "team_effects"

#: Group of moments of the team effects, where they stand in for ``team_effects``.
TEAM_SUMMARY = "team_summary"

#: Coordinate of ``team_effect`` for the varying intercept; slopes bear their frequency's name.
INTERCEPT = "intercept"


def level_label(frequency: str, level: str) -> str:
    """
    Label one level of one frequency, as in the coordinates of ``frequency_level``.

    Parameters
    ----------
    frequency : str
        Name of the frequency column.
    level : str
        One of its levels.

    Returns
    -------
    str
        For example ``"talk[weekly]"``.

    Examples
    --------
    >>> level_label("talk", "weekly")
    'talk[weekly]'
    """
    return f"{frequency}[{level}]"


def category_name(label: str) -> str:
    """
    Name a category of a characteristic without the brackets of the library.

    Parameters
    ----------
    label : str
        As ``"contract[temporary]"``: column and category; or a column.

    Returns
    -------
    str
        Column, colon and category; other labels stay.

    Examples
    --------
    >>> category_name("contract[temporary]"), category_name("tenure")
    ('contract: temporary', 'tenure')
    """
    column, bracket, category = label.partition("[")
    return f"{column}: {category[:-1]}" if bracket and category.endswith("]") else label
