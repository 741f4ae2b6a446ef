"""
Joint models of a scale and counts, written in PyMC by hand, sampled by NUTS: the oracle.

Nothing of learnclimate is used: priors are written out from what the declarations say. Items tell
of a respondent's own factor through a table (item, answer, point), and own factors are summed out
over points a quarter of a standard deviation apart; teams' factors and effects are sampled, not
centred. A model and its mirror image are the same: chains start on one side, and each draw is
turned so that loadings sum to more than 0. (A first loading held above 0 leaves a second mode, in
which it is near 0 and all others point down: chains stayed there, R-hat 1.53.)

Run as `python tests/reference/joint_items_nuts.py` (four processor minutes); it rewrites
joint_items.csv and joint_items_nuts.json.
"""

import json
from pathlib import Path

import arviz as az
import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from scipy import stats

HERE = Path(__file__).parent
PEOPLE, TEAMS, ITEMS, CATEGORIES, SEED = 300, 20, 3, 4, 20261127
LOADING_SD, FACTOR_TEAM_SD = 1.5, 1.0
LEVEL, SLOPE, TEAM_RATE = (1.0, 0.5), (0.0, 0.5), 2.0
POINTS = np.arange(-6.0, 6.01, 0.25)
LOG_WEIGHTS = np.log(stats.norm.pdf(POINTS) / stats.norm.pdf(POINTS).sum())
TOLD = ("loadings", "slopes", "thresholds", "intercept", "slope", "team_sd")


def simulated():
    """Answers to three items, and counts that go with the team's and the respondent's factor."""
    rng = np.random.default_rng(SEED)
    team = np.arange(PEOPLE) % TEAMS
    of_team, own = rng.standard_normal(TEAMS), rng.standard_normal(PEOPLE)
    latent = np.sqrt(0.3) * of_team[team] + np.sqrt(0.7) * own
    loadings = np.array([0.75, 0.65, 0.5])
    noise = np.sqrt(1 - loadings**2) * rng.standard_normal((PEOPLE, ITEMS))
    answers = 1 + np.searchsorted([-1.0, 0.0, 1.0], latent[:, None] * loadings + noise)
    rate = np.exp(1.2 + 0.4 * latent + 0.3 * rng.standard_normal(TEAMS)[team])
    frame = pd.DataFrame(answers, columns=[f"q{place + 1}" for place in range(ITEMS)])
    return frame.assign(team=[f"T{place:02d}" for place in team], activities=rng.poisson(rate))


def model(frame, *, by_team):
    """The joint model, own factors summed out."""
    team = pd.Categorical(frame["team"]).codes
    answers = frame[[f"q{place + 1}" for place in range(ITEMS)]].to_numpy() - 1
    counts = frame["activities"].to_numpy()
    with pm.Model() as built:
        slope = pm.Normal("raw", 0, LOADING_SD, shape=ITEMS, initval=np.ones(ITEMS))
        between = pm.HalfNormal("factor_sd", FACTOR_TEAM_SD) if by_team else pt.as_tensor(0.0)
        score = pm.Normal("score", 0, 1, shape=TEAMS) if by_team else None
        total = pt.sqrt(1 + between**2)
        scale = pt.sqrt(1 + slope**2 * total**2)
        standardised = slope * total / scale
        sign = pt.where(pt.lt(pt.sum(standardised), 0), -1.0, 1.0)
        pm.Deterministic("loadings", standardised * sign)
        pm.Deterministic("slopes", slope * sign)
        shares = pm.Dirichlet("shares", np.ones(CATEGORIES), shape=(ITEMS, CATEGORIES))
        below = pt.clip(pt.cumsum(shares, axis=1)[:, :-1], 1e-10, 1 - 1e-10)
        standard = pm.Deterministic("thresholds", pt.sqrt(2.0) * pt.erfinv(2 * below - 1))
        effect = pm.Normal("effect", 0, 1, shape=TEAMS) * pm.Exponential("team_sd", TEAM_RATE)
        level, steep = pm.Normal("intercept", *LEVEL), pm.Normal("steep", *SLOPE)
        pm.Deterministic("slope", steep * sign)
        # Probability of every answer at every point, in every team where these differ.
        shift = between * score if by_team else pt.zeros(1)
        at = shift[:, None] + POINTS
        cuts = (standard * scale[:, None])[:, :, None, None]
        reached = 0.5 * pt.erfc(-(cuts - slope[:, None, None, None] * at) / np.sqrt(2.0))
        edge = pt.ones((ITEMS, 1, at.shape[0], len(POINTS)))
        ladder = pt.concatenate([0 * edge, reached, edge], axis=1)
        table = pt.log(pt.clip(ladder[:, 1:] - ladder[:, :-1], 1e-300, 1.0))
        place = team if by_team else np.zeros(PEOPLE, dtype=int)
        inside = sum(table[item, answers[:, item], place] for item in range(ITEMS))
        if by_team:
            rate = level + steep * score[team] + effect[team]
            pm.Potential("counted", pt.sum(counts * rate - pt.exp(rate)))
        else:
            rate = level + steep * POINTS[None] + effect[team][:, None]
            inside = inside + counts[:, None] * rate - pt.exp(rate)
        pm.Potential("answered", pt.sum(pt.logsumexp(inside + LOG_WEIGHTS, axis=1)))
    return built


def summary(tree, names):
    """Mean, standard deviation and effective number of each, and the worst R-hat."""
    found = {}
    for name in names:
        table = az.summary(tree, var_names=[name], round_to="none", kind="all")
        found[name] = {
            key: table[column].astype(float).round(5).tolist()
            for key, column in {"mean": "mean", "sd": "sd", "ess": "ess_bulk"}.items()
        }
        found[name]["rhat"] = float(table["r_hat"].astype(float).max())
    return found


def main():
    frame = simulated()
    frame.to_csv(HERE / "joint_items.csv", index=False)
    found = {"versions": {"pymc": pm.__version__, "nutpie": nutpie.__version__}}
    for level in ("respondent", "team"):
        built = model(frame, by_team=level == "team")
        tree = nutpie.sample(
            nutpie.compile_pymc_model(built), chains=4, cores=1, tune=1000, draws=1500,
            target_accept=0.9, seed=SEED, progress_bar=False,
        )  # fmt: skip
        names = (*TOLD, "factor_sd") if level == "team" else TOLD
        found[level] = summary(tree, names)
        found[level]["divergences"] = int(tree["sample_stats"]["diverging"].sum())
        print(level, found[level], flush=True)
        (HERE / "joint_items_nuts.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
