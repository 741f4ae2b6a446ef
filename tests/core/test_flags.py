import numpy as np
import pytest

import learnclimate as lc
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.flags import checked_flag


def test_bools_of_python_and_numpy_are_flags():
    assert checked_flag(True, "progress") is True
    assert checked_flag(np.False_, "progress") is False


@pytest.mark.parametrize("value", ["yes", "no", 1, 0, None, np.array([True])])
def test_what_looks_true_is_refused(value):
    with pytest.raises(ArgumentTypeError, match="give True or False"):
        checked_flag(value, "progress")


def test_flags_are_checked_where_they_are_taken(synthetic_fit, survey):
    with pytest.raises(ArgumentTypeError, match="thorough='yes'"):
        lc.check_fit(synthetic_fit, thorough="yes")
    for ask in (lc.leave_one_out, lc.leave_one_team_out, lc.prior_sensitivity, lc.influence):
        with pytest.raises(ArgumentTypeError, match="progress='maybe'"):
            ask(synthetic_fit, progress="maybe")
    model = lc.CountModel()
    for ask in (lc.fit, lc.calibrate, lc.specification_table):
        with pytest.raises(ArgumentTypeError, match="progress='maybe'"):
            ask(model, survey, progress="maybe")
    with pytest.raises(ArgumentTypeError, match="progress='maybe'"):
        lc.design_analysis([8], [6], progress="maybe")
