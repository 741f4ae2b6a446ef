# Negative binomial, monotone talk, varying correlated slope: 150 teams of 1 to 6.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "simulate.R"))

set.seed(1506)
team <- rep(1:150, sample(1:6, 150, replace = TRUE))
effects <- simulate_effects(150, c(0.5, 0.4), 0.3)
talk <- simulate_levels(team, c("never", "sometimes", "often", "daily"))
log_rate <- 0.3 + effects[team, 1] + (1 + effects[team, 2]) * curve_of(c(0.5, 0.1, 0.4))[talk]
activities <- rnbinom(length(team), mu = exp(log_rate), size = 4)
frame <- data.frame(team = factor(team_labels(150)[team]), talk = talk, activities = activities)
write_reference(
  "many_small", write_simulated(frame, "many_small"),
  bf(activities ~ mo(talk) + (1 + mo(talk) | team)), negbinomial(),
  group = "team", frequencies = "talk",
  priors = priors_of(
    intercept = c(1, 2), frequency = list(talk = c(0, 1)),
    team_sd = list(intercept = 2, talk = 2), dispersion = 0.1, team_correlation = 2
  ),
  source = "simulated by this script", draws = 10000, adapt_delta = 0.97
)
