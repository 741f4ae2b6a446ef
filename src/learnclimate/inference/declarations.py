"""Declarations and records as plain JSON, and back; only known kinds, nothing is executed."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from learnclimate.core.errors import FileError, LearnClimateError
from learnclimate.counts.coding import (
    CovariateCoding,
    DesignCoding,
    FrequencyCoding,
    ZeroCoding,
)
from learnclimate.counts.families import FAMILIES, ZeroPart
from learnclimate.counts.frequency import Linear, Monotonic, Unordered
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import (
    LKJ,
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    HalfNormal,
    Normal,
    StudentT,
)
from learnclimate.counts.slope_shifts import SlopeShift
from learnclimate.disclosure.response import Invited
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.provenance import Provenance
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.survey.codebook import Scale

_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        CountModel, KindsModel, KindsPriors, *FAMILIES, ZeroPart, Monotonic, Unordered, Linear,
        Priors, Normal, HalfNormal, Exponential, Gamma, Beta, StudentT, Dirichlet, LKJ,
        FrequencyCoding, CovariateCoding, ZeroCoding, DesignCoding, SlopeShift,
        Certificate, CertificateCheck, Provenance, DisclosureRule, Invited,
        FactorModel, GradedResponse, Scale,
    )
}  # fmt: skip


def to_plain(value: object) -> Any:
    """
    Turn a declaration or record into values that JSON holds.

    Parameters
    ----------
    value : object
        A frozen declaration, a record, or what they are made of.

    Returns
    -------
    object
        Numbers, texts, lists and dicts; a record is a dict with its ``type``.

    Examples
    --------
    >>> to_plain(Normal(0.0, 2.0))
    {'type': 'Normal', 'mean': 0.0, 'sd': 2.0}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {"type": "float", "value": str(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {"type": "mapping", "items": {key: to_plain(item) for key, item in value.items()}}
    if is_dataclass(value) and type(value).__name__ in _KINDS:
        content = {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__, **content}
    raise TypeError(f"{value!r} is no declaration")


def from_plain(value: Any) -> Any:
    """
    Turn what `to_plain` made back into declarations and records.

    Parameters
    ----------
    value : object
        Numbers, texts, lists and dicts.

    Returns
    -------
    object
        The declaration; lists come back as tuples.

    Raises
    ------
    FileError
        If it holds a type that is not known, or one with other fields.

    Examples
    --------
    >>> from_plain({"type": "Normal", "mean": 0.0, "sd": 2.0})
    Normal(mean=0.0, sd=2.0)
    """
    if isinstance(value, list):
        return tuple(from_plain(item) for item in value)
    if not isinstance(value, dict):
        return value
    content = dict(value)
    name = content.pop("type", None)
    if name == "float":
        return float(content["value"])
    if name == "mapping":
        return {key: from_plain(item) for key, item in content["items"].items()}
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise FileError(f"The file holds {name!r}, which this learnclimate does not know.")
    try:
        return kind(**{key: from_plain(item) for key, item in content.items()})
    except (TypeError, ValueError, LearnClimateError) as error:
        raise FileError(f"The file's {name} cannot be read: {error}") from error
