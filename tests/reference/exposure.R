# Poisson, exposure, monotone talk, varying intercept: 40 teams of about 8.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "simulate.R"))

set.seed(4008)
team <- rep(1:40, 3 + rbinom(40, 10, 0.5))
effects <- simulate_effects(40, 0.3, 0)
talk <- simulate_levels(team, c("never", "sometimes", "often"))
months <- sample(3:12, length(team), replace = TRUE)
age <- round(rnorm(length(team), 42, 11))
log_rate <- -1 + effects[team, 1] + 0.9 * curve_of(c(0.7, 0.3))[talk] - 0.01 * (age - 42)
activities <- rpois(length(team), months * exp(log_rate))
frame <- data.frame(
  team = factor(team_labels(40)[team]), talk = talk, months = months, age = age,
  activities = activities
)
write_reference(
  "exposure", write_simulated(frame, "exposure"),
  bf(activities ~ age + offset(log(months)) + mo(talk) + (1 | team)), poisson(),
  group = "team", frequencies = "talk", covariates = c(age = "age"),
  priors = priors_of(
    intercept = c(0, 2), frequency = list(talk = c(0, 1)), covariates = list(age = c(0, 0.2)),
    team_sd = list(intercept = 2)
  ),
  source = "simulated by this script", draws = 4000
)
