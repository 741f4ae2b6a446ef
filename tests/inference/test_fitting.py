import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from learnclimate.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    FitError,
    LearnClimateWarning,
    ModelError,
)
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.inference import engine_choice
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import EngineDraws, EngineError
from learnclimate.inference.fitting import fit
from learnclimate.inference.private_seed import answers_of
from learnclimate.survey.simulation import simulate_survey
from synthetic import make_synthetic_fit


class StubEngine:
    """An engine whose outcome a test decides."""

    def __init__(self, name, survey, *, obstacle=None, good=True):
        self.name, self.blocked, self.seen = name, obstacle, None
        made = make_synthetic_fit(survey, n_draws=25)
        check = CertificateCheck("k", "good" if good else "bad", 0.9, 0.7, "the tail is heavy")
        posterior = {str(k): v.to_numpy() for k, v in made.draws["posterior"].data_vars.items()}
        self.drawn = EngineDraws(posterior, {}, Certificate(name, (check,), ("tried more nodes.",)))

    def obstacle(self, problem):
        return self.blocked

    def run(self, problem, options):
        self.seen = options
        return self.drawn


@pytest.fixture
def engines(monkeypatch, survey):
    """Stub engines in place of the real ones; returns a function that sets them."""

    def use(**options):
        made = {
            "marginal": StubEngine("marginal", survey, **options),
            "nuts": StubEngine("nuts", survey),
        }
        monkeypatch.setattr(engine_choice, "_engine", made.__getitem__)
        return made

    return use


def test_the_marginal_engine_is_taken_where_it_applies(engines, survey):
    engines()
    assert fit(CountModel(), survey, draws=100, seed=1).certificate.engine == "marginal"


def test_an_obstacle_leads_to_nuts_and_is_told(engines, survey):
    engines(obstacle="the teams have 4 effects")
    with pytest.warns(LearnClimateWarning, match="does not apply: the teams have 4 effects"):
        fitted = fit(CountModel(), survey, draws=100, seed=1)
    assert fitted.certificate.engine == "nuts"
    assert "4 effects" in fitted.certificate.actions[0]


def test_a_failed_certificate_leads_to_nuts_and_is_told(engines, survey):
    engines(good=False)
    with pytest.warns(LearnClimateWarning, match=r"certificate .* did not pass \(k\)"):
        fitted = fit(CountModel(), survey, draws=100, seed=1)
    assert fitted.certificate.engine == "nuts"
    assert fitted.certificate.actions[0] == "tried more nodes."


def test_an_engine_asked_for_is_not_replaced(engines, survey):
    engines(good=False)
    with pytest.warns(LearnClimateWarning, match="Do not rely on these draws"):
        fitted = fit(CountModel(), survey, engine="marginal", draws=100, seed=1)
    assert fitted.certificate.engine == "marginal"
    assert not fitted.certificate.passed
    engines(obstacle="the teams have 4 effects")
    with pytest.raises(ModelError, match=r"4 effects\. Use engine='nuts'"):
        fit(CountModel(), survey, engine="marginal", draws=100, seed=1)


def test_draws_are_rounded_up_to_the_chains(engines, survey):
    made = engines()
    fit(CountModel(), survey, draws=102, seed=1)
    assert made["marginal"].seen.draws == 104


def test_numbers_of_numpy_are_numbers(engines, survey):
    made = engines()
    told = fit(CountModel(), survey, draws=np.int64(100), seed=np.uint32(7)).provenance
    assert made["marginal"].seen.draws == 100
    assert type(told.seed) is int
    assert told.seed == 7


def test_an_engine_that_fails_leads_to_nuts_and_is_told(engines, survey):
    made = engines()

    def fail(problem, options):
        raise EngineError("The search did not end: after 60 evaluations.")

    made["marginal"].run = fail
    with pytest.warns(LearnClimateWarning, match=r"engine failed \(The search did not end\)"):
        fitted = fit(CountModel(), survey, draws=100, seed=1)
    assert fitted.certificate.engine == "nuts"
    assert "failed" in fitted.certificate.actions[0]
    with pytest.raises(EngineError):
        fit(CountModel(), survey, engine="marginal", draws=100, seed=1)


def test_data_that_leave_an_effect_open_are_refused_by_every_choice(engines, survey):
    made = engines()

    def refuse(problem, options):
        raise FitError("The answers say next to nothing about 'intercept'.")

    made["marginal"].run = refuse
    with pytest.raises(FitError, match="next to nothing"):
        fit(CountModel(), survey, draws=100, seed=1)


def test_a_seed_left_out_is_drawn_and_kept(engines, survey):
    made = engines()
    first, second = (fit(CountModel(), survey, draws=100).provenance.seed for _ in range(2))
    assert first != second
    answers = answers_of(CountModel().design(survey))
    assert made["marginal"].seen.seed == private_seed(second, *answers)


def test_provenance_tells_what_was_fitted(engines, survey):
    engines()
    told = fit(CountModel(), survey, draws=100, seed=5).provenance
    assert told.n_respondents == len(survey.frame)
    assert told.n_left_out == 0
    assert told.seed == 5
    assert set(told.versions) >= {"learnclimate", "numpy", "pymc"}
    assert len(told.data_hash) == 64


def test_what_was_left_out_is_counted_by_reason(engines):
    from learnclimate.survey.reading import read_survey

    made = simulate_survey(n_teams=24, team_size=10, seed=11)
    frame = made.frame.reset_index(drop=True)
    frame["activities"] = frame["activities"].astype(float)
    frame.loc[[2, 7], "activities"] = np.nan
    engines()
    read = read_survey(frame, made.codebook)
    told = fit(CountModel(), read, draws=100, seed=5).provenance
    assert told.n_left_out == 2
    assert [(column, n) for column, _, n in told.left_out] == [("activities", 2)]


WRONG = {
    "the class": ((CountModel,), {}, ArgumentTypeError, r"declare it, CountModel\(\)"),
    "no model": (("a model",), {}, ArgumentTypeError, "give a declared model"),
    "engine": ((CountModel(),), {"engine": "nut"}, ArgumentError, "Did you mean 'nuts'"),
    "few draws": ((CountModel(),), {"draws": 10}, ArgumentError, "at least 100"),
    "text draws": ((CountModel(),), {"draws": "many"}, ArgumentTypeError, "whole number"),
    "true draws": ((CountModel(),), {"draws": True}, ArgumentTypeError, "whole number"),
    "fraction of draws": ((CountModel(),), {"draws": 4e3}, ArgumentTypeError, "whole number"),
    "absurd draws": ((CountModel(),), {"draws": 10**12}, ArgumentError, "at most 1000000"),
    "seed": ((CountModel(),), {"seed": -1}, ArgumentError, "from 0"),
    "text seed": ((CountModel(),), {"seed": "x"}, ArgumentTypeError, "whole number"),
    "executor": ((CountModel(),), {"executor": 4}, ArgumentTypeError, "Executor"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_refused(name, survey):
    given, options, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        fit(*given, survey, **options)


def test_answers_that_were_not_read_are_refused(survey):
    with pytest.raises(ArgumentTypeError, match=r"Read the answers first: .*read_survey"):
        fit(CountModel(), survey.frame)


def test_an_executor_is_passed_on(engines, survey):
    made = engines()
    with ThreadPoolExecutor(2) as pool:
        fit(CountModel(), survey, draws=100, seed=1, executor=pool)
        assert made["marginal"].seen.executor is pool


def test_a_wrong_call_loads_no_sampler():
    code = (
        "import sys\n"
        "from learnclimate.core.errors import LearnClimateError\n"
        "from learnclimate.counts.model import CountModel\n"
        "from learnclimate.inference.fitting import fit\n"
        "from learnclimate.survey.simulation import simulate_survey\n"
        "survey = simulate_survey(n_teams=5, team_size=6, seed=1)\n"
        "misspelt = CountModel(covariates=('agee',))\n"
        "for engine, model in (('nut', CountModel()), ('nuts', misspelt)):\n"
        "    try:\n"
        "        fit(model, survey, engine=engine)\n"
        "    except LearnClimateError as error:\n"
        "        print(error)\n"
        "print(sorted({'pymc', 'pytensor', 'nutpie', 'numba', 'matplotlib'} & set(sys.modules)))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = told.stdout.splitlines()
    assert len(lines) == 3
    assert lines[-1] == "[]"
