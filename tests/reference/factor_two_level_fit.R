# Fit of two-level factor models of continuous items, loadings the same at both levels and no
# residuals between teams in the model. In the data every item has a level of its own in each
# team, so that the unrestricted covariances between teams are positive definite.
# Run: Rscript factor_two_level_fit.R > factor_two_level_fit.json
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(12)
n_teams <- 100
team <- rep(1:n_teams, times = rep(c(6, 9, 12, 13), n_teams / 4))
n <- length(team)
correlate <- function(values, r) cbind(values[, 1], r * values[, 1] + sqrt(1 - r^2) * values[, 2])
own <- correlate(matrix(rnorm(2 * n), n), 0.4)
over <- correlate(matrix(rnorm(2 * n_teams), n_teams), 0.6)
factors <- own + 0.6 * over[team, ]
loading <- c(0.8, 1.1, 0.9, 0.9, 0.7, 1.0)
which <- c(1, 1, 1, 2, 2, 2)
level <- matrix(rnorm(6 * n_teams, sd = 0.35), n_teams)[team, ]
behind <- sweep(factors[, which], 2, loading, "*") + level + matrix(rnorm(6 * n), n)
answers <- pmin(pmax(round(5 + 1.2 * behind), 1), 9)
data <- data.frame(answers, team = team)
names(data)[1:6] <- paste0("q", 1:6)
zero <- paste0("q", 1:6, " ~~ 0*q", 1:6, collapse = "\n")
models <- list(
  two = paste("level: 1
f =~ NA*q1 + a*q1 + b*q2 + c*q3
g =~ NA*q4 + d*q4 + e*q5 + h*q6
f ~~ 1*f
g ~~ 1*g
level: 2
fb =~ NA*q1 + a*q1 + b*q2 + c*q3
gb =~ NA*q4 + d*q4 + e*q5 + h*q6
fb ~~ NA*fb
gb ~~ NA*gb", zero, sep = "\n"),
  one = paste("level: 1
f =~ NA*q1 + a*q1 + b*q2 + c*q3 + d*q4 + e*q5 + h*q6
f ~~ 1*f
level: 2
fb =~ NA*q1 + a*q1 + b*q2 + c*q3 + d*q4 + e*q5 + h*q6
fb ~~ NA*fb", zero, sep = "\n"))
# Each level by itself (Ryu and West 2009): all covariances of the other level are free.
free <- paste(combn(paste0("q", 1:6), 2, paste, collapse = " ~~ "), collapse = "\n")
own <- list(two = "f =~ NA*q1 + q2 + q3\ng =~ NA*q4 + q5 + q6\nf ~~ 1*f\ng ~~ 1*g",
            one = "f =~ NA*q1 + q2 + q3 + q4 + q5 + q6\nf ~~ 1*f")
partial <- lapply(own, function(structure) lapply(list(
  within = paste("level: 1", structure, "level: 2", free, sep = "\n"),
  between = paste("level: 1", free, "level: 2", structure, zero, sep = "\n")),
  function(model) {
    fit <- sem(model, data, cluster = "team", control = list(rel.tol = 1e-10))
    as.list(fitMeasures(fit, c("chisq", "df", "logl")))
  }))
told <- c("chisq", "df", "baseline.chisq", "baseline.df", "cfi", "tli", "rmsea", "srmr_within",
          "srmr_between", "logl", "unrestricted.logl")
found <- lapply(models, function(model) {
  fit <- sem(model, data, cluster = "team", control = list(rel.tol = 1e-10))
  h1 <- lavInspect(fit, "h1")
  h0 <- lavInspect(fit, "implied")
  list(measures = as.list(fitMeasures(fit, told)),
       within = unclass(h1[[1]]$cov), between = unclass(h1[[2]]$cov),
       model_within = unclass(h0[[1]]$cov), model_between = unclass(h0[[2]]$cov))
})
cat(toJSON(c(list(lavaan = as.character(packageVersion("lavaan")), answers = answers, team = team),
             found, list(partial = partial)), digits = 10, auto_unbox = TRUE), "\n")
