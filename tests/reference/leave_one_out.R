# Leave-one-out of R package loo for the data of few_large: pointwise, in sum, and two families compared.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
suppressMessages(library(loo))

data <- read.csv(file.path(reference_folder(), "few_large.csv"), stringsAsFactors = TRUE)
levels_of_talk <- c("never", "yearly", "quarterly", "monthly", "weekly")
data$talk <- factor(data$talk, levels = levels_of_talk, ordered = TRUE)
formula <- bf(activities ~ tenure + contract + mo(talk) + (1 + mo(talk) | team))
priors <- priors_of(
  intercept = c(1, 2), frequency = list(talk = c(0, 1)),
  covariates = list(tenure = c(0, 0.5), contracttemporary = c(0, 1)),
  team_sd = list(intercept = 2, talk = 2), dispersion = 0.1, team_correlation = 2
)

fitted_by <- function(family, priors) {
  brm(
    formula, data = data, family = family, prior = reference_priors(priors, "team", list(talk = 4)),
    chains = 4, cores = 2, iter = 2500, warmup = 1000, seed = 20261125, refresh = 1000,
    control = list(adapt_delta = 0.97)
  )
}
told <- function(one) {
  list(
    elpd = one$estimates["elpd_loo", "Estimate"], se = one$estimates["elpd_loo", "SE"],
    p_loo = one$estimates["p_loo", "Estimate"], p_loo_se = one$estimates["p_loo", "SE"],
    pointwise = signif(one$pointwise[, "elpd_loo"], 7),
    mcse = signif(one$pointwise[, "mcse_elpd_loo"], 4),
    pareto_k = signif(one$diagnostics$pareto_k, 5)
  )
}

# PSIS itself on given log ratios, in which tails are short, long, and very long.
set.seed(4)
ratios <- sapply(c(0.1, 0.4, 0.7, 1.1), function(k) k * rexp(1000))
smoothed <- psis(ratios, r_eff = NA)
negative_binomial <- loo(fitted_by(negbinomial(), priors))
poisson_priors <- priors
poisson_priors["dispersion"] <- list(NULL)
poisson <- loo(fitted_by(poisson(), poisson_priors))
compared <- loo_compare(list(negative_binomial = negative_binomial, poisson = poisson))
weights <- stacking_weights(cbind(
  negative_binomial$pointwise[, "elpd_loo"], poisson$pointwise[, "elpd_loo"]
))
reference <- list(
  source = "few_large.csv", formula = paste(deparse(formula$formula), collapse = " "),
  versions = lapply(setNames(nm = c("loo", "brms", "rstan")), function(p) as.character(packageVersion(p))),
  psis = list(
    log_ratios = signif(t(ratios), 10), pareto_k = signif(smoothed$diagnostics$pareto_k, 8),
    log_weights = signif(t(weights(smoothed, log = TRUE, normalize = TRUE)), 8)
  ),
  negative_binomial = told(negative_binomial), poisson = told(poisson),
  difference = unname(compared["poisson", "elpd_diff"]), difference_se = unname(compared["poisson", "se_diff"]),
  stacking = as.numeric(weights)
)
path <- file.path(reference_folder(), "leave_one_out.json")
writeLines(toJSON(reference, auto_unbox = TRUE, digits = 10), path)
cat("elpd", reference$negative_binomial$elpd, reference$poisson$elpd, "k", max(reference$negative_binomial$pareto_k), "\n")
