# Three kinds of activity that scatter about common values, by brms: stacked rows, one a count.
# A yes-or-no frequency, since a curve of each kind that scatters about a common one is no brms term.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))

set.seed(2613)
n_teams <- 15
team <- rep(seq_len(n_teams), each = 8)
n <- length(team)
kinds <- c("training", "trying_out", "passed_on")
talks <- rbinom(n, 1, 0.55)
tenure <- round(rnorm(n), 2)
of_team <- matrix(rnorm(n_teams * 3, 0, 0.3), ncol = 3) + rnorm(n_teams, 0, 0.2)
of_person <- matrix(rnorm(n * 3, 0, 0.4), ncol = 3) + rnorm(n, 0, 0.4)
intercept <- c(-0.2, 0.5, 0.9)
slope <- c(0.3, 0.8, 1.1)
counts <- sapply(1:3, function(k) {
  rpois(n, exp(intercept[k] + slope[k] * talks + 0.1 * tenure + of_team[team, k] + of_person[, k]))
})
colnames(counts) <- kinds
# Some left a kind open; their other kinds count.
counts[cbind(sample(n, 10), sample(3, 10, TRUE))] <- NA
written <- data.frame(team = sprintf("T%02d", team), talks = ifelse(talks == 1, "yes", "no"),
                      tenure = tenure, counts)
write.csv(written, file.path(reference_folder(), "kinds_pooled.csv"), row.names = FALSE, na = "")

standard <- (tenure - mean(tenure)) / sqrt(mean((tenure - mean(tenure))^2))
long <- do.call(rbind, lapply(kinds, function(kind) {
  data.frame(team = factor(written$team), person = factor(seq_len(n)), kind = kind,
             talks = talks, tenure = standard, count = counts[, kind])
}))
long <- long[!is.na(long$count), ]
long$kind <- factor(long$kind, levels = kinds)
fit <- brm(
  # Without centring: the prior of the intercept is that of who does not talk.
  bf(count ~ 0 + Intercept + talks + tenure + (1 + talks + tenure || kind) +
       (0 + kind | team) + (0 + kind | person)),
  long, poisson(),
  prior = c(
    set_prior("normal(0.8, 2)", class = "b", coef = "Intercept"),
    set_prior("normal(0, 1)", class = "b", coef = "talks"),
    set_prior("normal(0, 1)", class = "b", coef = "tenure"),
    set_prior("exponential(1)", class = "sd", group = "kind", coef = "Intercept"),
    set_prior("exponential(2)", class = "sd", group = "kind", coef = "talks"),
    set_prior("exponential(2)", class = "sd", group = "kind", coef = "tenure"),
    set_prior("exponential(2)", class = "sd", group = "team"),
    set_prior("exponential(1)", class = "sd", group = "person"),
    set_prior("lkj(2)", class = "cor")
  ),
  chains = 4, iter = 3500, warmup = 1000, cores = 1, seed = 2613,
  control = list(adapt_delta = 0.98), refresh = 500
)
draws <- posterior::as_draws_df(fit)
scale <- sqrt(mean((tenure - mean(tenure))^2))
columns <- list(
  "common_intercept" = draws$b_Intercept,
  "common_frequency_effect[talks]" = draws$b_talks,
  "common_covariate_effects[tenure]" = draws$b_tenure / scale,
  "intercept_sd" = draws$sd_kind__Intercept,
  "frequency_effect_sd[talks]" = draws$sd_kind__talks,
  "covariate_effects_sd[tenure]" = draws$sd_kind__tenure / scale
)
for (kind in kinds) {
  at <- function(parameter) sprintf(parameter, kind)
  own <- function(effect) draws[[paste0("b_", effect)]] + draws[[sprintf("r_kind[%s,%s]", kind, effect)]]
  effect_of_tenure <- own("tenure") / scale
  columns[[at("intercept[%s]")]] <- own("Intercept") - effect_of_tenure * mean(tenure)
  columns[[at("frequency_effect[%s,talks]")]] <- own("talks")
  columns[[at("covariate_effects[%s,tenure]")]] <- effect_of_tenure
  columns[[at("team_sd[%s,intercept]")]] <- draws[[at("sd_team__kind%s")]]
  columns[[at("respondent_sd[%s]")]] <- draws[[at("sd_person__kind%s")]]
  columns[[at("team_effects[T01,%s,intercept]")]] <- draws[[at("r_team[T01,kind%s]")]]
}
for (pair in list(c(1, 2), c(1, 3), c(2, 3))) {
  one <- kinds[pair[1]]
  other <- kinds[pair[2]]
  columns[[sprintf("team_correlation[%s: intercept,%s: intercept]", one, other)]] <-
    draws[[sprintf("cor_team__kind%s__kind%s", one, other)]]
  columns[[sprintf("respondent_correlation[%s,%s]", one, other)]] <-
    draws[[sprintf("cor_person__kind%s__kind%s", one, other)]]
}
stopifnot(all(lengths(columns) == nrow(draws)))
frame <- as.data.frame(columns, check.names = FALSE)
names(frame) <- names(columns)
for (index in c(".chain", ".iteration", ".draw")) frame[[index]] <- draws[[index]]
table <- posterior::summarise_draws(posterior::as_draws_df(frame), "mean", "sd", "rhat", "ess_bulk",
                                    "mcse_mean", "mcse_sd")
parameters <- lapply(seq_len(nrow(table)), function(row) as.list(table[row, -1]))
names(parameters) <- table$variable
np <- nuts_params(fit)
result <- list(
  formula = "stacked rows, kinds pooled", n_rows = nrow(long), n_teams = n_teams,
  divergent = sum(np$Value[np$Parameter == "divergent__"]), draws = nrow(draws),
  versions = list(R = as.character(getRversion()), brms = as.character(packageVersion("brms")),
                  rstan = as.character(packageVersion("rstan"))),
  parameters = parameters
)
writeLines(toJSON(result, auto_unbox = TRUE, digits = 8, pretty = TRUE),
           file.path(reference_folder(), "kinds_pooled.json"))
print(as.data.frame(table), digits = 3)
cat("divergent:", result$divergent, "\n")
