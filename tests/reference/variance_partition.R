# How much of the variance of counts lies between teams, in R: parameters fitted by glmmTMB to stored
# data, then the published formulas written out by hand, and two people of each of many teams drawn by
# R's own generators. Rscript tests/reference/variance_partition.R (under a minute).
#
# Poisson and negative binomial: Leckie and others (2020), doi 10.1037/met0000265, for counts;
# Nakagawa, Johnson and Schielzeth (2017), doi 10.1098/rsif.2017.0213, their lognormal approximation
# of the variance on the log scale; Austin and others (2018), doi 10.1002/sim.7532, median rate ratio.
# Other families: the share by brute force, as the correlation of two people of one team; the median
# ratio of two teams taken at random, by brute force.
suppressMessages(library(glmmTMB))
folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261126)
pairs <- 8e5

read <- function(name, levels) {
  data <- read.csv(file.path(folder, paste0(name, ".csv")))
  data$talk <- factor(data$talk, levels = levels)
  # Equal steps from the lowest level to the highest.
  data$curve <- (as.integer(data$talk) - 1) / (nlevels(data$talk) - 1)
  data
}
five <- c("never", "yearly", "quarterly", "monthly", "weekly")
three <- c("never", "monthly", "weekly")

# Two people of each team, given each team's log rate (or log odds), each team's odds of a zero.
draw <- function(case, eta) {
  p <- case$parameters
  n <- length(eta)
  counted <- function(eta) {
    if (case$family == "beta_binomial") {
      share <- rbeta(n, plogis(eta) * p$dispersion, plogis(-eta) * p$dispersion)
      return(rbinom(n, 8, share))
    }
    if (is.null(p$dispersion)) rpois(n, exp(eta)) else rnbinom(n, size = p$dispersion, mu = exp(eta))
  }
  y <- counted(eta)
  if (grepl("hurdle", case$family)) {
    # By the inverse distribution function, cut off at 0.
    u <- if (is.null(p$dispersion)) ppois(0, exp(eta)) else pnbinom(0, size = p$dispersion, mu = exp(eta))
    v <- u + (1 - u) * runif(n)
    y <- if (is.null(p$dispersion)) qpois(v, exp(eta)) else qnbinom(v, size = p$dispersion, mu = exp(eta))
  }
  if (!is.null(p$zero_intercept)) y <- ifelse(runif(n) < plogis(p$zero_intercept), 0, y)
  y
}

# At one place of the curve: published formulas where there are, brute force everywhere.
at <- function(case, curve) {
  p <- case$parameters
  covariance <- diag(p$team_sd^2, length(p$team_sd))
  if (length(p$team_sd) == 2) {
    covariance <- outer(p$team_sd, p$team_sd) * matrix(c(1, p$correlation, p$correlation, 1), 2)
  }
  z <- c(1, curve)[seq_along(p$team_sd)]
  s <- drop(t(z) %*% covariance %*% z)
  eta <- p$intercept + p$effect * curve
  team <- rnorm(pairs, eta, sqrt(s))
  one <- draw(case, team)
  other <- draw(case, team)
  share <- cor(one, other)
  apart <- abs(team[seq(1, pairs, 2)] - team[seq(2, pairs, 2)])
  found <- list(
    curve = curve, brute_share = share, brute_error = (1 - share^2) / sqrt(pairs) * 3,
    brute_ratio = exp(median(apart)), median_rate_ratio = exp(sqrt(2 * s) * qnorm(0.75))
  )
  scatter <- if (is.null(p$dispersion)) 0 else 1 / p$dispersion
  if (case$family %in% c("poisson", "negative_binomial")) {
    m <- exp(eta + s / 2)
    found$team_share <- (m^2 * (exp(s) - 1)) / (m^2 * (exp(s) - 1) + m + m^2 * exp(s) * scatter)
    found$team_share_log <- s / (s + log(1 + 1 / m + scatter))
  }
  found
}

parameters_of <- function(fit, family) {
  fixed <- fixef(fit)
  team <- VarCorr(fit)$cond$team
  found <- list(
    intercept = unname(fixed$cond["(Intercept)"]), effect = unname(fixed$cond["curve"]),
    team_sd = unname(attr(team, "stddev"))
  )
  if (length(found$team_sd) == 2) found$correlation <- attr(team, "correlation")[1, 2]
  if (grepl("negative|beta", family)) found$dispersion <- sigma(fit)
  if (length(fixed$zi)) found$zero_intercept <- unname(fixed$zi["(Intercept)"])
  found
}

fitted_to <- function(family, data, levels, formula, of, zero = ~0) {
  told <- read(data, levels)
  if (family == "beta_binomial") told$other <- 8 - told$n
  fit <- glmmTMB(formula, data = told, family = of, ziformula = zero)
  stopifnot(fit$fit$convergence == 0)
  case <- list(family = family, parameters = parameters_of(fit, family))
  places <- seq(0, 1, length.out = length(levels))
  case$at <- lapply(places, function(curve) at(case, curve))
  case
}

slopes <- activities ~ curve + (1 + curve | team)
plain <- n ~ curve + (1 | team)
cases <- list(
  fitted_to("poisson", "few_large", five, slopes, poisson()),
  fitted_to("negative_binomial", "few_large", five, slopes, nbinom2()),
  fitted_to("zero_inflated_poisson", "families_zero_inflated_poisson", three, plain, poisson(), ~1),
  fitted_to("zero_inflated_negative_binomial", "families_zero_inflated_negative_binomial", three, plain, nbinom2(), ~1),
  fitted_to("hurdle_poisson", "families_hurdle_poisson", three, plain, truncated_poisson(), ~1),
  fitted_to("hurdle_negative_binomial", "families_hurdle_negative_binomial", three, plain, truncated_nbinom2(), ~1),
  fitted_to("beta_binomial", "families_beta_binomial", three, cbind(n, other) ~ curve + (1 | team), betabinomial())
)
out <- list(
  cases = cases, pairs = pairs,
  versions = list(R = as.character(getRversion()), glmmTMB = as.character(packageVersion("glmmTMB")))
)
write(jsonlite::toJSON(out, auto_unbox = TRUE, digits = 10, pretty = TRUE), file.path(folder, "variance_partition.json"))
