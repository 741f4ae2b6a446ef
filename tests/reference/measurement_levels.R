# Two-level covariances, agreement and aggregation by independent programs, for tests/measurement.
# Run: Rscript measurement_levels.R   Debian: r-cran-multilevel r-cran-lavaan r-cran-jsonlite
suppressMessages({library(multilevel); library(lavaan); library(jsonlite)})
set.seed(20250106)
sizes <- c(4, 5, 6, 7, 8, 9, 10, 11, 12, 5, 6, 7, 8, 9, 10, 11, 12, 13, 5, 6, 8, 9, 10, 14, 7, 6)
team <- rep(seq_along(sizes), sizes)
climate <- rnorm(length(sizes), 0, 0.6)[team]
own <- rnorm(length(team), 0, 0.8)
answers <- as.data.frame(sapply(1:4, function(j) {
  shift <- rnorm(length(sizes), 0, 0.3)[team]
  latent <- 3 + climate + own + shift + rnorm(length(team), 0, 0.7)
  pmin(pmax(round(latent), 1), 5)
}))
names(answers) <- paste0("q", 1:4)
score <- rowMeans(answers)
model <- "level: 1\n q1 ~~ q1+q2+q3+q4\n q2 ~~ q2+q3+q4\n q3 ~~ q3+q4\n q4 ~~ q4
level: 2\n q1 ~~ q1+q2+q3+q4\n q2 ~~ q2+q3+q4\n q3 ~~ q3+q4\n q4 ~~ q4"
fit <- sem(model, cbind(answers, team = team), cluster = "team")
covs <- lavInspect(fit, "cov.ov")
fit_aov <- aov(score ~ as.factor(team))
squares <- summary(fit_aov)[[1]]
single <- rwg(answers$q1, team, ranvar = 2)
several <- rwg.j(answers, team, ranvar = 2)
skewed <- rwg.j(answers, team, ranvar = 1.34)
lindell <- rwg.j.lindell(answers, team, ranvar = 2)
out <- list(
  answers = answers, team = team,
  within = unclass(covs[[1]]), between = unclass(covs[[2]]),
  icc1 = ICC1(fit_aov), icc2 = ICC2(fit_aov),
  eta_squared = squares[["Sum Sq"]][1] / sum(squares[["Sum Sq"]]),
  rwg = single$rwg, rwg_j = several$rwg.j, rwg_j_skewed = skewed$rwg.j, rwg_star = lindell$rwg.lindell,
  ad_mean = ad.m(answers, team)$AD.M, ad_median = ad.m(answers, team, type = "median")$AD.M,
  ad_mean_single = ad.m(answers$q1, team)$AD.M,
  alpha_classical = multilevel::cronbach(answers)$Alpha
)
write_json(out, "measurement_levels.json", digits = 12, auto_unbox = TRUE, dataframe = "columns")
