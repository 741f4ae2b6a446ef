"""What the rows of figures are about: models and parameters, named in words."""

import re
from collections.abc import Mapping
from typing import Final

from learnclimate.core.labels import category_name

#: Models as a specification table names them, which tells what to declare, and in words.
_MODELS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "Poisson()": "Poisson",
        "NegativeBinomial()": "negative binomial",
        "ZeroInflatedPoisson()": "zero-inflated Poisson",
        "ZeroInflatedNegativeBinomial()": "zero-inflated negative binomial",
        "HurdlePoisson()": "hurdle Poisson",
        "HurdleNegativeBinomial()": "hurdle negative binomial",
        "Monotonic()": "curve that never turns",
        "Unordered()": "a step for each answer",
        "Linear()": "straight line",
    },
    "nl": {
        "Poisson()": "Poisson",
        "NegativeBinomial()": "negatief binomiaal",
        "ZeroInflatedPoisson()": "Poisson met extra nullen",
        "ZeroInflatedNegativeBinomial()": "negatief binomiaal, extra nullen",
        "HurdlePoisson()": "Poisson met drempel",
        "HurdleNegativeBinomial()": "negatief binomiaal met drempel",
        "Monotonic()": "curve zonder ommekeer",
        "Unordered()": "een stap per antwoord",
        "Linear()": "rechte lijn",
        "teams differ in level only": "teams alleen in niveau anders",
        "teams ignored": "zonder teams",
        "no covariates": "zonder kenmerken",
    },
}
#: Parameters by the name that the posterior gives them; `{at}` is the coordinate.
_PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "rate_ratio": "rate ratio: {at}",
        "intercept": "intercept",
        "frequency_effect": "highest vs lowest: {at}",
        "frequency_shape": "steps: {at}",
        "covariate_effects": "{at}",
        "slope_shifts": "shift of a slope: {at}",
        "composition_effects": "composition of teams: {at}",
        "team_sd": "teams, sd: {at}",
        "team_correlation": "teams, correlation: {at}",
        "department_sd": "departments, sd: {at}",
        "department_correlation": "departments, correlation: {at}",
        "dispersion": "dispersion α",
    },
    "nl": {
        "rate_ratio": "verhouding: {at}",
        "intercept": "intercept",
        "frequency_effect": "hoogste t.o.v. laagste: {at}",
        "frequency_shape": "stappen: {at}",
        "covariate_effects": "{at}",
        "slope_shifts": "verschuiving van een helling: {at}",
        "composition_effects": "samenstelling van teams: {at}",
        "team_sd": "teams, sd: {at}",
        "team_correlation": "teams, correlatie: {at}",
        "department_sd": "afdelingen, sd: {at}",
        "department_correlation": "afdelingen, correlatie: {at}",
        "dispersion": "spreiding α",
    },
}
_PARAMETER = re.compile(r"(?P<name>\w+)(?:\[(?P<at>.*)\])?", re.DOTALL)


def model_name(name: str, language: str) -> str:
    """
    Name a model of a specification table.

    Parameters
    ----------
    name : str
        Its name there.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        In words; the name itself where it is the user's own.

    Examples
    --------
    >>> model_name("HurdlePoisson()", "en"), model_name("without tenure", "nl")
    ('hurdle Poisson', 'zonder tenure')
    """
    if language == "nl" and name.startswith("without "):
        return f"zonder {name.removeprefix('without ')}"
    return _MODELS[language].get(name, name)


def parameter_name(name: str, language: str) -> str:
    """
    Name a parameter for a reader.

    Parameters
    ----------
    name : str
        As ``"team_sd[talk]"``: variable and coordinate.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        In words; the name without its underscores where there are no others.

    Examples
    --------
    >>> parameter_name("team_sd[talk]", "en"), parameter_name("zero_probability", "en")
    ('teams, sd: talk', 'zero probability')
    """
    parts = _PARAMETER.fullmatch(name)
    if parts is None:
        return name
    variable, at = parts["name"], category_name(parts["at"] or "")
    if variable in _PARAMETERS[language]:
        return _PARAMETERS[language][variable].format(at=at).removesuffix(": ")
    said = variable.replace("_", " ")
    return f"{said}: {at}" if at else said
