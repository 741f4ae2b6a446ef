# Negative binomial, monotone talk, varying correlated slope, covariates: 8 teams of about 60.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "simulate.R"))

set.seed(8060)
sizes <- 45 + rbinom(8, 30, 0.5)
team <- rep(seq_along(sizes), sizes)
effects <- simulate_effects(8, c(0.4, 0.35), -0.3)
talk <- simulate_levels(team, c("never", "yearly", "quarterly", "monthly", "weekly"))
tenure <- round(rgamma(length(team), 2, 1 / 3), 1)
contract <- ifelse(runif(length(team)) < 0.25, "temporary", "permanent")
log_rate <- 0.5 + effects[team, 1] + (1.2 + effects[team, 2]) * curve_of(c(0.3, 0.3, 0.25, 0.15))[talk] -
  0.02 * tenure + 0.2 * (contract == "temporary")
activities <- rnbinom(length(team), mu = exp(log_rate), size = 2)
frame <- data.frame(
  team = factor(team_labels(8)[team]), talk = talk, tenure = tenure, contract = factor(contract),
  activities = activities
)
write_reference(
  "few_large", write_simulated(frame, "few_large"),
  bf(activities ~ tenure + contract + mo(talk) + (1 + mo(talk) | team)), negbinomial(),
  group = "team", frequencies = "talk",
  covariates = c(tenure = "tenure", contracttemporary = "contract[temporary]"),
  priors = priors_of(
    intercept = c(1, 2), frequency = list(talk = c(0, 1)),
    covariates = list(tenure = c(0, 0.5), contracttemporary = c(0, 1)),
    team_sd = list(intercept = 2, talk = 2), dispersion = 0.1, team_correlation = 2
  ),
  source = "simulated by this script", draws = 6000, adapt_delta = 0.99
)
