"""The priors of a fit in words, as a paper tells them; the library's notation is the table's."""

from collections.abc import Mapping
from dataclasses import fields

from learnclimate.core.labels import INTERCEPT, category_name
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.counts.prior_choice import Priors
from learnclimate.reporting.language import number, quoted, texts


def prior_sentence(priors: Priors | KindsPriors, *, of_odds: bool, language: str) -> str:
    """
    State every prior in words.

    Parameters
    ----------
    priors : Priors or KindsPriors
        The priors used.
    of_odds : bool
        Whether the model is of odds, not of counts.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.

    Examples
    --------
    >>> from learnclimate.counts.priors import Exponential
    >>> prior_sentence(Priors(dispersion=Exponential(0.1)), of_odds=False, language="nl")[-67:]
    'voor de spreiding α een exponentiële verdeling met intensiteit 0,1.'
    """
    told = []
    for field in fields(priors):
        chosen = getattr(priors, field.name)
        if chosen is None:
            continue
        pairs = chosen.items() if isinstance(chosen, Mapping) else [("", chosen)]
        told += [
            f"{_name(field.name, str(at), language)} {shape_words(one, language)}"
            for at, one in pairs
        ]
    words = texts(language)["write_up"]
    return words["priors_odds" if of_odds else "priors"].format(priors="; ".join(told))


def shape_words(prior: object, language: str) -> str:
    """
    Put a distribution in words.

    Parameters
    ----------
    prior : prior
        Such as ``Normal(0, 1)``.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        Its name and its parameters.

    Examples
    --------
    >>> from learnclimate.counts.priors import Normal
    >>> shape_words(Normal(0, 0.25), "nl")
    'een normale verdeling met gemiddelde 0 en standaarddeviatie 0,25'
    """
    parts = {
        field.name: _plain(getattr(prior, field.name), language)
        for field in fields(prior)  # type: ignore[arg-type]
    }
    return texts(language)["prior_shapes"][type(prior).__name__].format(**parts)


def _name(field: str, at: str, language: str) -> str:
    """Say what a prior is of."""
    words = texts(language)["prior_names"]
    if not at:
        return words[f"{field}_common" if f"{field}_common" in words else field]
    if field.endswith("_sd"):
        of = "level" if at == INTERCEPT else "relation"
        return words.get(f"{field}_{of}", words[field]).format(at=quoted(category_name(at)))
    if field == "zero":
        key = f"zero_{at}" if f"zero_{at}" in words else "zero"
        return words[key].format(at=quoted(category_name(at)))
    if field == "slope_shifts" and ":" in at:
        frequency, _, by = at.partition(":")
        return words["slope_shift"].format(at=quoted(frequency), by=quoted(category_name(by)))
    return words[field].format(at=quoted(category_name(at)))


def _plain(value: float, language: str) -> str:
    written = f"{value:.4g}"
    plain = written if "e" not in written else f"{value:.10f}".rstrip("0")
    return number(value, len(plain.partition(".")[2].rstrip("0")), language)
