"""Fits of factor models in files: the same again, and no respondent or small team in them."""

import numpy as np
import pytest
import xarray as xr

import learnclimate as lc
from factor_answers import ordinal_answers
from learnclimate.core.errors import ArgumentTypeError, FileError, FitError
from learnclimate.inference.fitting import fit
from learnclimate.inference.store import load_fit
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.survey.codebook import Scale
from measurement_answers import survey_of

FIGURES = ["mean", "sd", "median", "lower", "upper", "probability"]
NUMBERS = [*FIGURES[:-1], "rhat", "ess_bulk", "ess_tail"]


@pytest.fixture(scope="module")
def graded():
    """Eight teams, of which T6 and T7 are small; an item is reverse-keyed."""
    rng = np.random.default_rng(18)
    team = np.concatenate([np.arange(60) % 6, [6, 6, 7, 7, 7]])
    answers = ordinal_answers(rng, 65, np.full((3, 1), 0.7))
    answers[:, 1] = 6 - answers[:, 1]
    survey = survey_of(answers, team, reverse=["q2"])
    return fit(GradedResponse("s", levels="team"), survey, draws=400, seed=1, progress=False)


def test_a_saved_factor_fit_comes_back_the_same_without_its_respondents(graded, tmp_path):
    path = tmp_path / "graded.nc"
    graded.save(path)
    loaded = load_fit(path)
    assert repr(loaded) == repr(graded)
    for part in ("model", "codebook"):
        assert getattr(loaded, part) == getattr(graded, part)
    # The figures of the certificate are rounded in a file; what they mean is the same.
    assert str(loaded.certificate) == str(graded.certificate)
    # All draws are moved in a file: alike within Monte Carlo error, and none the same.
    after, before = loaded.summary().table, graded.summary().table
    assert before.drop(columns=NUMBERS).equals(after.drop(columns=NUMBERS))
    draws = graded.draws["posterior"].sizes
    error = before["sd"] / np.sqrt(draws["chain"] * draws["draw"])
    assert ((after["mean"] - before["mean"]).abs() <= 5 * error).all()
    kept, wanted = (one.draws["posterior"]["team_factors"].to_numpy() for one in (loaded, graded))
    error = wanted[:, :, :6].std(axis=(0, 1)) / np.sqrt(wanted.shape[0] * wanted.shape[1])
    assert (
        np.abs(kept.mean(axis=(0, 1)) - wanted[:, :, :6].mean(axis=(0, 1))).max() < 4 * error.min()
    )
    assert not np.isclose(kept, wanted[:, :, :6]).any()
    for ask in (lc.item_curves, lc.test_information):
        after, before = ask(loaded).summary, ask(graded).summary
        assert before.drop(columns=FIGURES).equals(after.drop(columns=FIGURES))
        assert ((after["mean"] - before["mean"]).abs() <= 6 * 200**-0.5 * before["sd"] + 1e-9).all()
    again = tmp_path / "again.nc"
    loaded.save(again)
    assert repr(load_fit(again)) == repr(graded)


def test_no_respondent_and_no_small_team_is_in_the_file(graded, tmp_path):
    path = tmp_path / "graded.nc"
    graded.save(path)
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        sizes = {size for node in tree.subtree for size in node.sizes.values()}
        teams = tree["posterior"]["team"].to_numpy().astype(str).tolist()
        told = int(tree["constant_data"]["team_size"].sum())
    assert len(graded.design.categories) not in sizes
    assert teams == [f"T{place}" for place in range(6)]
    # Two small teams, five people together: neither can be worked out from the total.
    assert graded.provenance.n_respondents - told == 5
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        texts = [
            str(values.to_numpy().tolist()) + str(dict(node.attrs))
            for node in tree.subtree
            for values in node.to_dataset(inherit=False).variables.values()
        ]
    assert not [text for text in texts if "T6" in text or "T7" in text]


def test_what_needs_the_answers_says_so(graded, tmp_path):
    graded.save(tmp_path / "graded.nc")
    loaded = load_fit(tmp_path / "graded.nc")
    for ask in (lc.factor_scores, lc.plausible_values, lc.fit_indices):
        with pytest.raises(FitError, match="seed 1 gives the same draws"):
            ask(loaded)


def test_scales_given_whole_come_back(tmp_path):
    answers = ordinal_answers(np.random.default_rng(1), 60, np.full((6, 1), 0.7))
    scales = [Scale("f", ["q1", "q2", "q3"]), Scale("g", ["q4", "q5", "q6"], reverse=["q6"])]
    model = FactorModel(scales, ordinal=False, loading_sd=1.0)
    fitted = fit(model, survey_of(answers), draws=400, seed=1, progress=False)
    fitted.save(tmp_path / "two.nc")
    assert load_fit(tmp_path / "two.nc").model == model


def test_bad_paths_and_damage_are_told(graded, tmp_path):
    with pytest.raises(ArgumentTypeError):
        graded.save(3)
    with pytest.raises(FileError):
        graded.save(tmp_path / "nowhere" / "graded.nc")
    path = tmp_path / "graded.nc"
    graded.save(path)
    content = bytearray(path.read_bytes())
    place = len(content) // 2
    content[place : place + 8] = b"\xff" * 8
    path.write_bytes(bytes(content))
    with pytest.raises(FileError, match=r"damaged|not a fit"):
        load_fit(path)


def test_what_is_asked_of_counts_is_refused_with_where_to_ask(graded):
    asked = {
        "leave_one_out": lambda: lc.leave_one_out(graded),
        "influence": lambda: lc.influence(graded),
        "team_effects": lambda: lc.team_effects(graded),
    }
    for ask in asked.values():
        with pytest.raises(ArgumentTypeError, match=r"of the items of scales.*fit_indices"):
            ask()
