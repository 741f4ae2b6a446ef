import numpy as np
import pandas as pd
import pytest

from learnclimate import plots
from learnclimate.checks.model_comparison import ModelComparison
from learnclimate.checks.specifications import SpecificationTable
from learnclimate.core.errors import ArgumentError, ArgumentTypeError


@pytest.fixture
def comparison():
    table = pd.DataFrame(
        {
            "model": ["true", "alike", "poisson"],
            "elpd": [-500.0, -501.0, -560.0],
            "se": [20.0, 20.0, 25.0],
            "n_parameters": [20.0, 19.0, 30.0],
            "difference": [0.0, -1.0, -60.0],
            "difference_se": [0.0, 1.5, 14.0],
            "weight": [0.7, 0.3, 0.0],
            "n_doubtful": [0, 0, 0],
            "told_apart": [False, False, True],
        }
    )
    return ModelComparison("respondent", 240, table)


@pytest.fixture
def told():
    table = pd.DataFrame(
        {
            "specification": ["as declared", "Linear()", "unknown"],
            "choice": ["", "frequency", "covariates"],
            "rate_ratio": [3.8, 3.6, np.nan],
            "lower": [3.0, 2.9, np.nan],
            "upper": [4.8, 4.5, np.nan],
            "shift": [0.0, -0.3, np.nan],
            "note": ["", "", "there is no such covariate"],
        }
    )
    return SpecificationTable(table)


def test_models_are_drawn_with_two_standard_errors(comparison, ends_of, drawn, texts_of):
    figure = plots.model_comparison(comparison)
    lower, upper = ends_of(figure, 0)
    assert lower.tolist() == [0.0, -4.0, -88.0]
    assert upper.tolist() == [0.0, 2.0, -32.0]
    assert drawn(figure, "marked").get_xdata().tolist() == [-60.0]
    assert "poisson" in texts_of(figure)
    assert "respondenten" in texts_of(plots.model_comparison(comparison, language="nl"))


def test_specifications_without_figures_are_left_out(told, ends_of, texts_of):
    figure = plots.specifications(told)
    assert ends_of(figure, 0)[0].tolist() == [3.0, 2.9]
    assert "unknown" not in texts_of(figure)
    assert "straight line" in texts_of(figure)
    assert "zoals opgegeven" in texts_of(plots.specifications(told, language="nl"))


def test_what_cannot_be_drawn_is_refused(comparison, told):
    with pytest.raises(ArgumentTypeError, match="compare_models"):
        plots.model_comparison(told)
    with pytest.raises(ArgumentTypeError, match="specification_table"):
        plots.specifications(comparison)
    empty = ModelComparison("team", 0, comparison.table.iloc[:0], "'one': cannot be integrated out")
    with pytest.raises(ArgumentError, match="integrated out"):
        plots.model_comparison(empty)
