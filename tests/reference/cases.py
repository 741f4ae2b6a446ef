"""The references of this folder, as the package declares them: codebook, model, data."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import xarray as xr

from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import LKJ, Dirichlet, Exponential, Normal
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.survey import Survey

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Reference:
    """A data set and a model that brms was fitted to; `public` data come from an R package."""

    name: str
    codebook: Codebook
    team_effects: tuple[str, ...] = ("intercept",)
    public: bool = False

    def output(self) -> dict[str, Any]:
        """What brms gave."""
        return json.loads((FOLDER / f"{self.name}.json").read_text(encoding="utf-8"))

    def model(self) -> CountModel:
        """The same model with the same priors, as the R script wrote them down."""
        told = self.output()
        family = Poisson() if told["family"] == "poisson" else NegativeBinomial()
        return CountModel(family=family, team_effects=self.team_effects, priors=priors(told))

    def survey(self) -> Survey:
        """The data, read as a user would read them."""
        folder = public_folder() if self.public else FOLDER
        return read_survey(folder / f"{self.name}.csv", self.codebook)


def priors(told: dict[str, Any]) -> Priors:
    """Priors as `priors_of` in common.R wrote them."""
    given = told["priors"]
    options: dict[str, Any] = {"intercept": Normal(*given["intercept"])}
    if given["frequency"]:
        options["frequency"] = {name: Normal(*pair) for name, pair in given["frequency"].items()}
        options["frequency_shape"] = Dirichlet(1.0)
    if given["covariates"]:
        options["covariates"] = {name: Normal(*pair) for name, pair in given["covariates"].items()}
    options["team_sd"] = {name: Exponential(rate) for name, rate in given["team_sd"].items()}
    if given["team_correlation"]:
        options["team_correlation"] = LKJ(given["team_correlation"])
    if given["dispersion"]:
        options["dispersion"] = Exponential(given["dispersion"])
    return Priors(**options)


@cache
def public_folder() -> Path:
    """Where R wrote the public data sets; empty where there is no R."""
    folder = Path(mkdtemp(prefix="learnclimate-public-"))
    if shutil.which("Rscript"):
        script = FOLDER / "public_data.R"
        subprocess.run(["Rscript", str(script), str(folder)], check=True, timeout=120)
    return folder


def missing(reference: Reference) -> str | None:
    """Say why a reference cannot be compared here; None where it can."""
    if not reference.public or (public_folder() / f"{reference.name}.csv").exists():
        return None
    if shutil.which("Rscript") is None:
        return f"{reference.name}: R is not installed, and the data are not ours to ship"
    return f"{reference.name}: not in this R ({reference.output()['source']})"


def value_of(posterior: xr.Dataset, label: str) -> xr.DataArray:
    """Draws of one parameter, named as in the stored output: ``team_sd[talk]``."""
    if "[" not in label:
        return posterior[label]
    name, _, inside = label.removesuffix("]").partition("[")
    values = posterior[name]
    dims = [dim for dim in values.dims if dim not in ("chain", "draw")]
    # A covariate's coordinate has brackets, but no comma, of its own.
    where = inside.split(",") if len(dims) > 1 else [inside]
    chosen = {
        dim: int(at) if dim == "frequency_step" else at for dim, at in zip(dims, where, strict=True)
    }
    return values.sel(chosen)


TALK = ("never", "yearly", "quarterly", "monthly", "weekly")
BOTH = ("intercept", "frequency")

REFERENCES = (
    Reference(
        "few_large",
        Codebook(
            outcome="activities",
            team="team",
            frequency="talk",
            frequency_levels=TALK,
            covariates=("tenure", "contract"),
        ),
        BOTH,
    ),
    Reference(
        "many_small",
        Codebook(
            outcome="activities",
            team="team",
            frequency="talk",
            frequency_levels=("never", "sometimes", "often", "daily"),
        ),
        BOTH,
    ),
    Reference(
        "exposure",
        Codebook(
            outcome="activities",
            team="team",
            frequency="talk",
            frequency_levels=("never", "sometimes", "often"),
            exposure="months",
            covariates=("age",),
        ),
    ),
    Reference(
        "two_frequencies",
        Codebook(
            outcome="activities",
            team="team",
            frequency=("passing", "meetings"),
            frequency_levels={
                "passing": ("never", "monthly", "weekly", "daily"),
                "meetings": ("never", "sometimes", "often"),
            },
        ),
        BOTH,
    ),
    Reference(
        "melanoma",
        Codebook(outcome="deaths", team="region", exposure="expected", covariates=("uvb",)),
        public=True,
    ),
    Reference(
        "salamanders",
        Codebook(outcome="count", team="site", covariates=("mined", "species", "DOY", "Wtemp")),
        public=True,
    ),
    Reference(
        "arabidopsis",
        Codebook(
            outcome="fruits",
            team="genotype",
            covariates=("nutrient", "clipping", "rack", "status"),
        ),
        public=True,
    ),
    Reference(
        "grouse",
        Codebook(outcome="ticks", team="brood", covariates=("year", "height")),
        public=True,
    ),
    Reference(
        "seizures",
        Codebook(
            outcome="seizures",
            team="patient",
            frequency="period",
            frequency_levels=("p1", "p2", "p3", "p4"),
            covariates=("treatment", "base", "age"),
        ),
        BOTH,
        public=True,
    ),
)
