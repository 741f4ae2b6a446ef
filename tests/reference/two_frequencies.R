# Negative binomial, two monotone frequencies, three correlated team effects: 30 teams of about 12.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "simulate.R"))

set.seed(3012)
team <- rep(1:30, 6 + rbinom(30, 12, 0.5))
effects <- simulate_effects(30, c(0.4, 0.3, 0.5), 0.2)
passing <- simulate_levels(team, c("never", "monthly", "weekly", "daily"))
meetings <- simulate_levels(team, c("never", "sometimes", "often"))
log_rate <- 0.4 + effects[team, 1] +
  (0.8 + effects[team, 2]) * curve_of(c(0.5, 0.3, 0.2))[passing] +
  (0.5 + effects[team, 3]) * curve_of(c(0.6, 0.4))[meetings]
activities <- rnbinom(length(team), mu = exp(log_rate), size = 5)
frame <- data.frame(
  team = factor(team_labels(30)[team]), passing = passing, meetings = meetings,
  activities = activities
)
write_reference(
  "two_frequencies", write_simulated(frame, "two_frequencies"),
  bf(activities ~ mo(passing) + mo(meetings) + (1 + mo(passing) + mo(meetings) | team)),
  negbinomial(), group = "team", frequencies = c("passing", "meetings"),
  priors = priors_of(
    intercept = c(1, 2), frequency = list(passing = c(0, 1), meetings = c(0, 1)),
    team_sd = list(intercept = 2, passing = 2, meetings = 2), dispersion = 0.1,
    team_correlation = 2
  ),
  source = "simulated by this script", draws = 4000, adapt_delta = 0.97
)
