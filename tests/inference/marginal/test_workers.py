"""Executors of any kind give the draws of this process, get the data once, and fail clearly."""

import multiprocessing
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.core.errors import FitError, ModelError
from learnclimate.counts.families import NegativeBinomial
from learnclimate.inference.marginal.likelihood import workers as module
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood
from learnclimate.inference.marginal.likelihood.workers import Workers, portable
from marginal_designs import make


@pytest.fixture(scope="module")
def survey():
    return lc.simulate_survey(n_teams=30, team_size=8, seed=4)


def fitted(survey, executor=None, **options):
    return lc.fit(
        lc.CountModel(), survey, seed=6, draws=400, progress=False, executor=executor, **options
    )


@pytest.fixture(scope="module")
def plain(survey):
    return [fitted(survey, team_draws=keep) for keep in (True, False)]


def spawning():
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


def same(one, other):
    for group in ("posterior", "standardised"):
        wanted, found = one.draws[group].to_dataset(), other.draws[group].to_dataset()
        for name in wanted.data_vars:
            np.testing.assert_array_equal(found[name], wanted[name], err_msg=name)
    assert one.certificate.checks == other.certificate.checks


@pytest.mark.parametrize("kind", [lambda: ThreadPoolExecutor(3), spawning])
def test_draws_are_the_same_wherever_they_are_computed(survey, plain, kind):
    with kind() as executor:
        for wanted, keep in zip(plain, (True, False), strict=True):
            same(wanted, fitted(survey, executor, team_draws=keep))


def test_further_families_use_an_executor_too(survey):
    model = lc.CountModel(family=lc.ZeroInflatedPoisson())
    alone = lc.fit(model, survey, engine="marginal", seed=6, draws=400, progress=False)
    with spawning() as executor:
        spread = lc.fit(
            model, survey, engine="marginal", seed=6, draws=400, progress=False, executor=executor
        )
    posterior = alone.draws["posterior"].to_dataset()
    for name, wanted in posterior.data_vars.items():
        np.testing.assert_array_equal(spread.draws["posterior"][name], wanted, err_msg=name)
    assert alone.certificate.checks == spread.certificate.checks


def test_draws_are_the_same_on_a_dask_cluster(survey, plain):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        same(plain[0], fitted(survey, client.get_executor(), team_draws=True))


class Counting(Executor):
    """Acts as several processes: keeps apart what each was sent, and counts it."""

    def __init__(self, n_workers=3):
        self.stores = [{} for _ in range(n_workers)]
        self.sent = self.submitted = 0

    def submit(self, function, key, data, *rest):
        mine = self.submitted % len(self.stores)
        self.submitted += 1
        self.sent += data is not None
        own = self.stores[mine]
        saved, before = module.socket.gethostname, dict(module._kept)
        module._kept.clear()
        module._kept.update(own)
        module.socket.gethostname = lambda: f"host{mine}"
        future = Future()
        try:
            future.set_result(function(key, data, *rest))
        finally:
            own.update(module._kept)
            module._kept.clear()
            module._kept.update(before)
            module.socket.gethostname = saved
        return future


def likelihood_and_tasks(n_tasks=40):
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept",), n_teams=8)
    random = np.random.default_rng(0)
    return likelihood.anchor(psi), [
        (psi + random.normal(0, 0.1, (3, len(psi))), 5) for _ in range(n_tasks)
    ]


def test_each_worker_gets_the_data_once():
    likelihood, tasks = likelihood_and_tasks()
    executor = Counting()
    workers = Workers(executor)
    found = workers.each(TeamLikelihood.value, likelihood, tasks)
    again = workers.each(TeamLikelihood.value, likelihood, tasks)
    wanted = Workers().each(TeamLikelihood.value, likelihood, tasks)
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(again, wanted)
    # Two tasks may be under way to a worker before it is known to lack the data.
    assert 3 <= executor.sent <= 6
    assert executor.submitted < 2 * len(tasks) + 10


def test_workers_see_no_respondents_rows():
    likelihood, tasks = likelihood_and_tasks(1)
    light = portable(likelihood)
    assert light.design.n_rows == 0
    assert set(light.design.teams) == {None}
    assert light.n_teams == likelihood.n_teams
    np.testing.assert_array_equal(light.value(*tasks[0]), likelihood.value(*tasks[0]))


def failing(_likelihood, number):
    if number == 3:
        raise RuntimeError("no memory")
    return number


def refusing(_likelihood, number):
    if number:
        raise ModelError("one of ours")


def test_a_failing_worker_gives_one_clear_error():
    likelihood, _ = likelihood_and_tasks(1)
    tasks = [(number,) for number in range(20)]
    with ThreadPoolExecutor(2) as executor:
        with pytest.raises(FitError, match=r"worker.*RuntimeError: no memory"):
            Workers(executor).each(failing, likelihood, tasks)
        with pytest.raises(ModelError, match="one of ours"):
            Workers(executor).each(refusing, likelihood, tasks)


def test_an_executor_that_was_shut_down_gives_the_same_error(survey):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(FitError, match="worker of the executor"):
        fitted(survey, executor)


class Stuck(Executor):
    """Never finishes; the user interrupts."""

    def __init__(self):
        self.futures = []

    def submit(self, *_):
        self.futures.append(Future())
        if len(self.futures) == 2:
            raise KeyboardInterrupt
        return self.futures[-1]


def test_an_interrupt_leaves_nothing_queued():
    likelihood, tasks = likelihood_and_tasks()
    executor = Stuck()
    with pytest.raises(KeyboardInterrupt):
        Workers(executor).each(TeamLikelihood.value, likelihood, tasks)
    assert executor.futures[0].cancelled()


def test_data_are_let_go_and_at_most_two_are_kept():
    likelihood, tasks = likelihood_and_tasks(4)
    with ThreadPoolExecutor(2) as executor:
        for _ in range(4):
            workers = Workers(executor)
            workers.each(TeamLikelihood.value, likelihood, tasks)
            assert len(module._kept) <= 2
            workers.release()
