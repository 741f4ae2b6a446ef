# Several kinds of activity in one model, by brms: a multivariate Poisson with effects of teams and
# respondents that go together over the kinds. Kinds that scatter about common values: kinds_pooled.R.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "simulate.R"))

set.seed(2611)
team <- rep(1:25, each = 10)
n <- length(team)
talk <- simulate_levels(team, c("never", "monthly", "weekly"))
curve <- curve_of(c(0.6, 0.4))[talk]
tenure <- round(rgamma(n, 2, 1 / 3), 1)
u_training <- rnorm(25, 0, 0.35)
u_sharing <- 0.5 * u_training + rnorm(25, 0, 0.3)
s_training <- rnorm(25, 0, 0.25)
s_sharing <- rnorm(25, 0, 0.25)
v_training <- rnorm(n, 0, 0.6)
v_sharing <- 0.5 * v_training + rnorm(n, 0, 0.5)
kinds <- data.frame(
  team = factor(team_labels(25)[team]), talk = talk, tenure = tenure, person = factor(seq_len(n)),
  training = rpois(n, exp(0.2 - 0.02 * tenure + u_training[team] + v_training +
                          (0.7 + s_training[team]) * curve)),
  sharing = rpois(n, exp(0.5 + 0.01 * tenure + u_sharing[team] + v_sharing +
                         (1.1 + s_sharing[team]) * curve))
)
# Some left one kind open; subset() keeps the respondent's other kind.
kinds$sharing[sample(n, 12)] <- NA
written <- kinds[, c("team", "talk", "tenure", "training", "sharing")]
write.csv(written, file.path(reference_folder(), "kinds.csv"), row.names = FALSE, na = "")
kinds$has_training <- !is.na(kinds$training)
kinds$has_sharing <- !is.na(kinds$sharing)
kinds$sharing[!kinds$has_sharing] <- 0

told <- function(name, fit, columns, formula) {
  draws <- posterior::as_draws_df(fit)
  frame <- as.data.frame(lapply(columns, function(f) f(draws)), check.names = FALSE)
  names(frame) <- names(columns)
  for (index in c(".chain", ".iteration", ".draw")) frame[[index]] <- draws[[index]]
  table <- posterior::summarise_draws(posterior::as_draws_df(frame), "mean", "sd", "rhat",
                                      "ess_bulk", "mcse_mean", "mcse_sd")
  parameters <- lapply(seq_len(nrow(table)), function(row) as.list(table[row, -1]))
  names(parameters) <- table$variable
  np <- nuts_params(fit)
  result <- list(
    formula = formula, n_rows = nrow(fit$data), n_teams = 25,
    divergent = sum(np$Value[np$Parameter == "divergent__"]), draws = nrow(draws),
    versions = list(R = as.character(getRversion()), brms = as.character(packageVersion("brms")),
                    rstan = as.character(packageVersion("rstan"))),
    parameters = parameters
  )
  writeLines(toJSON(result, auto_unbox = TRUE, digits = 8, pretty = TRUE),
             file.path(reference_folder(), paste0(name, ".json")))
  print(as.data.frame(table), digits = 3)
  cat("divergent:", result$divergent, "\n")
}
one <- function(name, times = 1) {
  # R evaluates arguments when they are used: without force(), all would be of the last kind.
  force(name)
  function(d) {
    if (is.null(d[[name]])) stop("no ", name, " among ", paste(head(names(d), 80), collapse = " "))
    d[[name]] * times
  }
}

sd0 <- function(x) sqrt(mean((x - mean(x))^2))
# Not pooled: every kind has priors of its own.
separate <- function(kind) c(
  set_prior("normal(1, 2)", class = "Intercept", resp = kind),
  set_prior(sprintf("normal(0, %.8f)", 1 / sd0(kinds$tenure)), class = "b", coef = "tenure", resp = kind),
  set_prior("normal(0, 0.5)", class = "b", coef = "motalk", resp = kind),
  set_prior("exponential(2)", class = "sd", group = "team", coef = "Intercept", resp = kind),
  set_prior("exponential(4)", class = "sd", group = "team", coef = "motalk", resp = kind),
  set_prior("exponential(1)", class = "sd", group = "person", coef = "Intercept", resp = kind)
)
side <- function(kind) bf(as.formula(sprintf(
  "%s | subset(has_%s) ~ mo(talk) + tenure + (1 + mo(talk) |p| team) + (1 |q| person)", kind, kind)),
  family = poisson())
fit <- brm(
  side("training") + side("sharing") + set_rescor(FALSE), kinds,
  prior = c(separate("training"), separate("sharing"), set_prior("lkj(2)", class = "cor")),
  chains = 4, iter = 2500, warmup = 1000, cores = 1, seed = 2611,
  control = list(adapt_delta = 0.95), refresh = 0
)
columns <- list()
for (kind in c("training", "sharing")) {
  at <- function(parameter) sprintf(parameter, kind)
  columns[[at("intercept[%s]")]] <- one(at("b_%s_Intercept"))
  columns[[at("frequency_effect[%s,talk]")]] <- one(at("bsp_%s_motalk"), 2)
  columns[[at("frequency_shape[%s,talk,1]")]] <- one(at("simo_%s_motalk1[1]"))
  columns[[at("covariate_effects[%s,tenure]")]] <- one(at("b_%s_tenure"))
  columns[[at("team_sd[%s,intercept]")]] <- one(at("sd_team__%s_Intercept"))
  columns[[at("team_sd[%s,talk]")]] <- one(at("sd_team__%s_motalk"), 2)
  columns[[at("respondent_sd[%s]")]] <- one(at("sd_person__%s_Intercept"))
  columns[[at("team_effects[T01,%s,intercept]")]] <- one(at("r_team__%s[T01,Intercept]"))
  columns[[at("team_effects[T02,%s,talk]")]] <- one(at("r_team__%s[T02,motalk]"), 2)
}
correlation <- function(first, second) function(d) {
  names <- sprintf(c("cor_team__%s__%s", "cor_team__%s__%s"), c(first, second), c(second, first))
  d[[names[names %in% names(d)][1]]]
}
columns[["team_correlation[training: intercept,sharing: intercept]"]] <-
  correlation("training_Intercept", "sharing_Intercept")
columns[["team_correlation[training: talk,sharing: talk]"]] <-
  correlation("training_motalk", "sharing_motalk")
columns[["team_correlation[training: intercept,training: talk]"]] <-
  correlation("training_Intercept", "training_motalk")
columns[["respondent_correlation[training,sharing]"]] <-
  one("cor_person__training_Intercept__sharing_Intercept")
told("kinds", fit, columns, "mvbf, kinds not pooled")
