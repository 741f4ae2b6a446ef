# Moderators, frequencies that interact, and departments, by brms: one CSV and one JSON each.
# Rscript structures.R NAME fits one; without a name both.
#
# mo(x, id = "x") makes every monotone term of x share one simplex, as ours do.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "simulate.R"))

set.seed(712)
team <- rep(1:36, each = 10)
challenge <- round(rnorm(36, 3, 0.8), 2)
effects <- simulate_effects(36, c(0.3, 0.3), 0.2)
talk <- simulate_levels(team, c("never", "monthly", "weekly", "daily"))
meet <- simulate_levels(team, c("no", "some", "much"))
c_talk <- curve_of(c(0.5, 0.3, 0.2))[talk]
c_meet <- curve_of(c(0.4, 0.6))[meet]
log_rate <- 0.3 + 0.2 * (challenge[team] - 3) + effects[team, 1] + 0.4 * c_meet +
  (0.7 + 0.4 * (challenge[team] - 3) + effects[team, 2] + 0.4 * c_meet) * c_talk
moderated <- data.frame(
  team = factor(team_labels(36)[team]), talk = talk, meet = meet, challenge = challenge[team],
  activities = rnbinom(length(team), mu = exp(log_rate), size = 4)
)
write_simulated(moderated, "moderated")
moderated$centred <- moderated$challenge - mean(moderated$challenge)

n_departments <- 8
team <- rep(1:40, each = 8)
department <- (1:40 - 1) %% n_departments + 1
effects <- simulate_effects(40, c(0.25, 0.25), 0)
upper <- simulate_effects(n_departments, c(0.4, 0.3), 0.3)[department, ]
talk <- simulate_levels(team, c("never", "monthly", "weekly"))
log_rate <- 0.5 + (effects + upper)[team, 1] +
  (0.8 + (effects + upper)[team, 2]) * curve_of(c(0.6, 0.4))[talk]
departments <- data.frame(
  team = factor(team_labels(40)[team]), department = factor(paste0("D", department)[team]),
  talk = talk, activities = rnbinom(length(team), mu = exp(log_rate), size = 4)
)
write_simulated(departments, "departments")

fitted <- function(formula, data, priors) {
  brm(formula, data, negbinomial(), prior = priors, chains = 4, iter = 4000, warmup = 1000,
      cores = 1, seed = 20261125, control = list(adapt_delta = 0.97), refresh = 0)
}

# Columns: name in learnclimate -> draws.
written <- function(name, fit, columns, n_teams) {
  draws <- posterior::as_draws_df(fit)
  frame <- as.data.frame(lapply(columns, function(f) f(draws)), check.names = FALSE)
  names(frame) <- names(columns)
  for (index in c(".chain", ".iteration", ".draw")) frame[[index]] <- draws[[index]]
  table <- posterior::summarise_draws(posterior::as_draws_df(frame), "mean", "sd", "rhat",
                                      "ess_bulk", "mcse_mean", "mcse_sd")
  parameters <- lapply(seq_len(nrow(table)), function(row) as.list(table[row, -1]))
  names(parameters) <- table$variable
  np <- nuts_params(fit)
  told <- list(
    formula = deparse1(fit$formula$formula), n_rows = nrow(fit$data), n_teams = n_teams,
    divergent = sum(np$Value[np$Parameter == "divergent__"]), draws = nrow(draws),
    versions = list(R = as.character(getRversion()), brms = as.character(packageVersion("brms")),
                    rstan = as.character(packageVersion("rstan"))),
    parameters = parameters
  )
  writeLines(toJSON(told, auto_unbox = TRUE, digits = 8, pretty = TRUE),
             file.path(reference_folder(), paste0(name, ".json")))
  print(as.data.frame(table), digits = 3)
  cat("divergent:", told$divergent, "\n")
}

chosen <- commandArgs(TRUE)
if (!length(chosen)) chosen <- c("moderated", "departments")
one <- function(name, times = 1) function(draws) {
  if (is.null(draws[[name]])) stop("no ", name, " among ", paste(head(names(draws), 60), collapse = " "))
  draws[[name]] * times
}

if ("moderated" %in% chosen) {
# Priors per step are those per range divided by the number of steps: 3 of talk, 2 of meet.
fit <- fitted(
  bf(activities ~ mo(talk, id = "t") * mo(meet, id = "m") + mo(talk, id = "t") * centred +
       mo(meet, id = "m"):centred + (1 + mo(talk, id = "t") | team)),
  moderated,
  c(
    set_prior("normal(1, 2)", class = "Intercept"),
    set_prior("normal(0, 1)", class = "b", coef = "centred"),
    set_prior(sprintf("normal(0, %s)", number(1 / 3)), class = "b", coef = "motalkidEQt"),
    set_prior(sprintf("normal(0, %s)", number(1 / 2)), class = "b", coef = "momeetidEQm"),
    set_prior(sprintf("normal(0, %s)", number(1 / 6)), class = "b",
              coef = "motalkidEQt:momeetidEQm"),
    set_prior(sprintf("normal(0, %s)", number(1 / 3)), class = "b", coef = "motalkidEQt:centred"),
    set_prior(sprintf("normal(0, %s)", number(1 / 2)), class = "b", coef = "momeetidEQm:centred"),
    set_prior("exponential(2)", class = "sd", group = "team", coef = "Intercept"),
    set_prior("exponential(6)", class = "sd", group = "team", coef = "motalkidEQt"),
    set_prior("exponential(0.1)", class = "shape"),
    set_prior("lkj(2)", class = "cor")
  )
)
centre <- mean(moderated$challenge)
written("moderated", fit, list(
  # Ours is at a challenge of 0; theirs at its mean.
  "intercept" = function(d) d$b_Intercept - centre * d$b_centred,
  "frequency_effect[talk]" = one("bsp_motalkidEQt", 3),
  "frequency_effect[meet]" = one("bsp_momeetidEQm", 2),
  "frequency_shape[talk,1]" = one("simo_motalkidEQt1[1]"),
  "frequency_shape[talk,2]" = one("simo_motalkidEQt1[2]"),
  "frequency_shape[meet,1]" = one("simo_momeetidEQm1[1]"),
  "covariate_effects[challenge]" = one("b_centred"),
  "slope_shifts[talk:challenge]" = one("bsp_motalkidEQt:centred", 3),
  "slope_shifts[meet:challenge]" = one("bsp_momeetidEQm:centred", 2),
  "slope_shifts[talk:meet]" = one("bsp_motalkidEQt:momeetidEQm", 6),
  "team_sd[intercept]" = one("sd_team__Intercept"),
  "team_sd[talk]" = one("sd_team__motalkidEQt", 3),
  "team_correlation[intercept,talk]" = one("cor_team__Intercept__motalkidEQt"),
  "dispersion" = one("shape"),
  "team_effects[T01,talk]" = one("r_team[T01,motalkidEQt]", 3)
), 36)
}

if ("departments" %in% chosen) {
fit <- fitted(
  bf(activities ~ mo(talk) + (1 + mo(talk) | department / team)),
  departments,
  c(
    set_prior("normal(1, 2)", class = "Intercept"),
    set_prior("normal(0, 0.5)", class = "b", coef = "motalk"),
    set_prior("exponential(2)", class = "sd", group = "department", coef = "Intercept"),
    set_prior("exponential(4)", class = "sd", group = "department", coef = "motalk"),
    set_prior("exponential(2)", class = "sd", group = "department:team", coef = "Intercept"),
    set_prior("exponential(4)", class = "sd", group = "department:team", coef = "motalk"),
    set_prior("exponential(0.1)", class = "shape"),
    set_prior("lkj(2)", class = "cor")
  )
)
written("departments", fit, list(
  "intercept" = one("b_Intercept"),
  "frequency_effect[talk]" = one("bsp_motalk", 2),
  "frequency_shape[talk,1]" = one("simo_motalk1[1]"),
  "team_sd[intercept]" = one("sd_department:team__Intercept"),
  "team_sd[talk]" = one("sd_department:team__motalk", 2),
  "team_correlation[intercept,talk]" = one("cor_department:team__Intercept__motalk"),
  "department_sd[intercept]" = one("sd_department__Intercept"),
  "department_sd[talk]" = one("sd_department__motalk", 2),
  "department_correlation[intercept,talk]" = one("cor_department__Intercept__motalk"),
  "department_effects[D1,intercept]" = one("r_department[D1,Intercept]"),
  "department_effects[D1,talk]" = one("r_department[D1,motalk]", 2),
  "team_effects[T01,intercept]" = one("r_department:team[D1_T01,Intercept]"),
  "dispersion" = one("shape")
), 40)
}
