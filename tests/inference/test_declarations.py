import json

import pytest

from learnclimate.core.errors import FileError
from learnclimate.counts.families import Poisson
from learnclimate.counts.frequency import Unordered
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
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.declarations import from_plain, to_plain

DECLARATIONS = [
    CountModel(),
    CountModel(family=Poisson(), frequency={"talk": Unordered()}, team_effects=(), covariates=()),
    Priors(intercept=StudentT(3, 0, 2.5), frequency_shape=Dirichlet(2.0)),
    Priors(team_sd={"intercept": HalfNormal(1.0)}, dispersion=Gamma(2.0, 0.1)),
    Priors(covariates=Normal(0.0, 1.0), team_correlation=LKJ(2.0)),
    Beta(1.0, 2.0),
    Exponential(0.5),
    Certificate("nuts", (CertificateCheck("k", "bad", 1.0, 0.7, "poor"),), ("tried",)),
]


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda value: type(value).__name__)
def test_declarations_survive_json(declaration):
    assert from_plain(json.loads(json.dumps(to_plain(declaration), allow_nan=False))) == declaration


def test_figures_that_are_not_finite_survive_json():
    check = CertificateCheck("k", "not applicable", float("nan"), float("inf"), "none")
    back = from_plain(json.loads(json.dumps(to_plain(check), allow_nan=False)))
    assert back.value != back.value
    assert back.bound == float("inf")


@pytest.mark.parametrize(
    "plain",
    [{"type": "os.system", "command": "ls"}, {"type": None}, {"type": ["Normal"]}, {"mean": 1.0}],
)
def test_unknown_types_are_refused(plain):
    with pytest.raises(FileError, match="does not know"):
        from_plain(plain)


@pytest.mark.parametrize(
    "plain", [{"type": "Normal", "mean": 0.0}, {"type": "Normal", "mean": 0.0, "sd": -1.0}]
)
def test_records_with_wrong_fields_are_refused(plain):
    with pytest.raises(FileError, match="Normal cannot be read"):
        from_plain(plain)


def test_anything_else_is_no_declaration():
    with pytest.raises(TypeError, match="no declaration"):
        to_plain(object())
