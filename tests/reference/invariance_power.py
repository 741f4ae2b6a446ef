"""
How strongly one planted loading shows, by likelihood ratios, for tests/checks/test_invariance.py.

Run from the root: python tests/reference/invariance_power.py FOLDER; then
Rscript invariance_power.R FOLDER in this folder. The first writes the answers of 20 studies with a
loading planted (seeds 2000 on) and 40 without (1000 on) into FOLDER, and the ratios of the planted
ones; the second adds what lavaan makes of all. The likelihood is written down here anew, of a
probit model of ordered answers with its factor integrated out; scipy alone fits it.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import optimize, special, stats

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]
from test_invariance import two_departments  # noqa: E402

N_ITEMS, N_CUTS = 5, 4
NODES, WEIGHT = np.polynomial.hermite_e.hermegauss(41)
LOG_WEIGHT = np.log(WEIGHT / WEIGHT.sum())


def deviance(loadings, cuts, answers):
    """Minus the log-likelihood of (patterns, counts), and its slopes."""
    patterns, counts = answers
    log_weight = np.tile(LOG_WEIGHT, (len(patterns), 1))
    tables = []
    end = np.ones((1, len(NODES)))
    for item in range(N_ITEMS):
        away = loadings[item] * NODES - cuts[item][:, None]
        reach = special.ndtr(away)
        density = np.exp(-0.5 * away**2) / np.sqrt(2 * np.pi)
        share = np.maximum(-np.diff(np.concatenate([end, reach, 0 * end]), axis=0), 1e-300)
        tables.append((share, np.concatenate([0 * end, density, 0 * end])))
        log_weight += np.log(share)[patterns[:, item]]
    each = special.logsumexp(log_weight, axis=1)
    weight = np.exp(log_weight - each[:, None]) * counts[:, None]
    by_loading, by_cut = np.zeros(N_ITEMS), np.zeros((N_ITEMS, N_CUTS))
    for item, (share, edge) in enumerate(tables):
        for answer in range(N_CUTS + 1):
            own = weight[patterns[:, item] == answer].sum(axis=0) / share[answer]
            by_loading[item] += (own * (edge[answer] - edge[answer + 1]) * NODES).sum()
            if answer < N_CUTS:
                by_cut[item, answer] += (own * edge[answer + 1]).sum()
            if answer > 0:
                by_cut[item, answer - 1] -= (own * edge[answer]).sum()
    return -(each * counts).sum(), -by_loading, -by_cut


def least(target, begin):
    return optimize.minimize(
        target, begin, jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 1000}
    )


def alone(answers):
    """Fit one department by itself."""

    def target(free):
        value, by_loading, by_cut = deviance(free[:5], free[5:].reshape(5, 4), answers)
        return value, np.concatenate([by_loading, by_cut.ravel()])

    return least(target, np.concatenate([np.ones(5), np.tile([-1.7, -0.6, 0.6, 1.7], 5)]))


def equal_loadings(both, own, free_item=None):
    """Fit both, loadings equal but for the factor's spread, and for one item if asked."""
    ratio = np.median(own[1][:5] / own[0][:5])
    begin = [(own[0][:5] + own[1][:5] / ratio) / 2, [np.log(ratio)], own[0][5:], own[1][5:]]
    extra = [] if free_item is None else [free_item]

    def target(free):
        loadings, spread, apart = free[:5], np.exp(free[5]), np.zeros(5)
        apart[extra] = free[46:]
        first = deviance(loadings, free[6:26].reshape(5, 4), both[0])
        second = deviance(spread * loadings + apart, free[26:46].reshape(5, 4), both[1])
        slopes = [
            first[1] + spread * second[1], [spread * (second[1] * loadings).sum()],
            first[2].ravel(), second[2].ravel(), second[1][extra],
        ]  # fmt: skip
        return first[0] + second[0], np.concatenate(slopes)

    return least(target, np.concatenate([*begin, np.zeros(len(extra))])).fun


def ratios(survey):
    answers = survey.frame[[f"q{place}" for place in range(1, 6)]].to_numpy().astype(int) - 1
    there = survey.frame["department"].astype(str).to_numpy()
    both = [np.unique(answers[there == one], axis=0, return_counts=True) for one in "ab"]
    fits = [alone(one) for one in both]
    own = [fit.x for fit in fits]
    metric = equal_loadings(both, own)
    ratio = 2 * (metric - sum(fit.fun for fit in fits))
    by_item = [round(2 * (metric - equal_loadings(both, own, item)), 2) for item in range(5)]
    return {"ratio": round(ratio, 6), "p": float(stats.chi2.sf(ratio, 4)), "by_item": by_item}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    found = {"planted": [], "true": []}
    for kind, first, n, loading in (("planted", 2000, 20, 0.4), ("true", 1000, 40, 0.7)):
        for seed in range(first, first + n):
            survey = two_departments(seed, loading)
            survey.frame.to_csv(folder / f"{seed}.csv", index=False)
            told = ratios(survey) if kind == "planted" else {}
            found[kind].append({"seed": seed, **told})
    text = json.dumps(found, indent=1)
    (Path(__file__).with_suffix(".json")).write_text(text + "\n", encoding="utf-8")
