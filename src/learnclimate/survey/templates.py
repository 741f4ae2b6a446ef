"""Codebooks to start from: the study's three stimuli and the Learning Climate Scale."""

from learnclimate.core.errors import ArgumentError, nearest
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.codebook_toml import codebook_text

_STIMULI = {
    "challenging_work": ("customers", "issues", "change"),
    "team_dynamics": ("meeting", "tenure", "outflow", "inflow"),
    "leadership_of_learning": ("challenge", "awareness", "room", "organise", "support"),
}
_CLIMATE = {"facilitation": 3, "appreciation": 3, "error_avoidance": 3}

#: Names accepted by `codebook_template`.
TEMPLATES = ("count", "stimuli", "learning-climate")


def stimuli_scales() -> tuple[Scale, ...]:
    """
    Give the three stimuli of the learning climate as scales of one item an aspect.

    Challenging work (customers' questions and feedback; issues at work; professional,
    legal and technological change), team dynamics (opportunity to meet; tenure,
    outflow, inflow), leadership of learning (challenges; makes aware; gives room;
    organises the exchange; supports). Item wording is yours.

    Returns
    -------
    tuple of Scale
        Items named ``<scale>_<aspect>``, answered 1 to 5.

    Examples
    --------
    >>> [scale.name for scale in stimuli_scales()]
    ['challenging_work', 'team_dynamics', 'leadership_of_learning']
    """
    return tuple(
        Scale(name, [f"{name}_{aspect}" for aspect in aspects])
        for name, aspects in _STIMULI.items()
    )


def learning_climate_scales() -> tuple[Scale, ...]:
    """
    Give the three-dimensional Learning Climate Scale, without item texts.

    Returns
    -------
    tuple of Scale
        Facilitation, appreciation and error avoidance, three items each, answered 1 to 5.

    References
    ----------
    Nikolova, Van Ruysseveldt, De Witte and Van Dam (2014),
    doi 10.1016/j.jvb.2014.07.007.

    Examples
    --------
    >>> learning_climate_scales()[2].items
    ('error_avoidance_1', 'error_avoidance_2', 'error_avoidance_3')
    """
    return tuple(
        Scale(name, [f"{name}_{number}" for number in range(1, size + 1)])
        for name, size in _CLIMATE.items()
    )


def codebook_template(template: str = "count") -> str:
    """
    Write a commented codebook to start from.

    Parameters
    ----------
    template : {"count", "stimuli", "learning-climate"}, default "count"
        Without scales, with the three stimuli, or with the Learning Climate Scale.

    Returns
    -------
    str
        TOML; edit the column names and levels to match your file. What a study may lack
        (department, exposure, covariates, weight, respondent, scales) stands in comments.

    Raises
    ------
    ArgumentError
        If there is no such template.

    Examples
    --------
    >>> [line for line in codebook_template().splitlines() if line.startswith("talk")]
    ['talk = ["never", "yearly", "quarterly", "monthly", "weekly"]']
    """
    scales = {
        "count": (),
        "stimuli": stimuli_scales(),
        "learning-climate": learning_climate_scales(),
    }
    if template not in scales:
        raise ArgumentError(f"There is no template {template!r}. {nearest(template, TEMPLATES)}")
    codebook = Codebook(
        outcome="activities",
        team="team",
        frequency="talk",
        frequency_levels=("never", "yearly", "quarterly", "monthly", "weekly"),
        scales=scales[template],
    )
    # What a study may well lack stands in comments: a first fit is not to fail for it.
    suggested = Codebook(
        outcome=codebook.outcome,
        team=codebook.team,
        department="department",
        exposure="months",
        covariates=("tenure", "contract"),
        weight="weight",
        respondent="respondent",
        scales=codebook.scales or (Scale("leadership", ("q1", "q2", "q3"), reverse=("q2",)),),
    )
    return codebook_text(codebook, suggested=suggested)
