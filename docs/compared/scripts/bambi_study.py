# The example study in bambi: python docs/compared/scripts/bambi_study.py (needs bambi)
import sys

import arviz as az
import bambi as bmb
import numpy as np
import pandas as pd

study = pd.read_csv("src/learnclimate/survey/data/example.csv")
study = study.dropna(subset=["team", "talk", "tenure", "contract", "activities"])
levels = ["never", "yearly", "quarterly", "monthly", "weekly"]
study["talk"] = pd.Categorical(study["talk"], levels)
# There is no monotone term: levels free of each other, and a slope of teams over equal steps.
study["step"] = study["talk"].cat.codes / 4
model = bmb.Model(
    "activities ~ talk + tenure + contract + (1 + step | team)", study, family="negativebinomial"
)
draws = model.fit(draws=1000, tune=1000, chains=4, cores=2, random_seed=1, progressbar=False)
python = ".".join(map(str, sys.version_info[:2]))
print(f"bambi {bmb.__version__}, Python {python}: {len(study)} respondents\n")
names = ["Intercept", "talk", "tenure", "contract", "1|team_sigma", "step|team_sigma", "alpha"]
print(az.summary(draws, var_names=names).iloc[:, :4].to_string())
effects = draws["posterior"]["talk"]
# bambi takes another level for the reference: the ratio is that of two effects.
contrast = effects.sel(talk_dim="weekly") - effects.sel(talk_dim="never")
ratio = np.exp(contrast.to_numpy().ravel())
found = np.round([ratio.mean(), *np.quantile(ratio, [0.05, 0.5, 0.95])], 2)
print("\nRate ratio, weekly against never, average team (mean, 5 %, 50 %, 95 %):", found)
