"""A command line whose fit is made by hand, and a study in files."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from learnclimate.cli import study
from learnclimate.cli.application import application
from learnclimate.survey.codebook_toml import write_codebook
from learnclimate.survey.truth import SimulatedTruth
from synthetic import make_synthetic_fit


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Call the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments):
        return CliRunner().invoke(application, [str(one) for one in arguments])

    return call


@pytest.fixture
def calls(monkeypatch, survey, example):
    """Put a fit made by hand in the place of `fit`; gives the calls that were made."""
    made = []
    truths = {len(one.truth.teams): one.truth for one in (survey, example)}

    def fitted(model, answers, **options):
        made.append((model, answers, options))
        teams = tuple(sorted(answers.frame[answers.codebook.team].astype(str).unique()))
        # Pseudonyms of the teams take the places of their names.
        truth: SimulatedTruth = replace(truths[len(teams)], teams=teams)
        fit = make_synthetic_fit(replace(answers, truth=truth), model, n_draws=50)
        reasons = answers.ledger.groupby(["column", "reason"])["row"].nunique()
        left_out = tuple((column, reason, int(n)) for (column, reason), n in reasons.items())
        told = {"left_out": left_out, "pseudonymised": answers.pseudonymised}
        return replace(fit, provenance=replace(fit.provenance, **told))

    monkeypatch.setattr(study, "fit", fitted)
    return made


@pytest.fixture
def files(tmp_path, survey):
    """The simulated study as a file of answers and a codebook."""
    responses, codebook = tmp_path / "responses.csv", tmp_path / "study.toml"
    survey.frame.to_csv(responses, index=False)
    write_codebook(survey.codebook, codebook)
    return responses, codebook
