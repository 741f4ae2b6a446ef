# Fit of a two-level factor model of continuous items in teams of 5 to 15, loadings the same at
# both levels. The model is true: items have no level of their own in a team, so the unrestricted
# covariances between teams lie on the edge of what covariances can be.
# Run: Rscript factor_two_level_unequal.R > factor_two_level_unequal.json
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(31)
n_teams <- 30
team <- rep(1:n_teams, times = sample(5:15, n_teams, replace = TRUE))
n <- length(team)
factor <- sqrt(0.25) * rnorm(n_teams)[team] + sqrt(0.75) * rnorm(n)
behind <- 0.7 * matrix(factor, n, 6) + sqrt(0.51) * matrix(rnorm(6 * n), n)
answers <- pmin(pmax(round(5 + 1.5 * behind), 1), 9)
data <- data.frame(answers, team = team)
names(data)[1:6] <- paste0("q", 1:6)
items <- paste0("q", 1:6)
loadings <- paste0("a", 1:6, "*", items, collapse = " + ")
model <- paste0("level: 1\nf =~ ", loadings, "\nlevel: 2\nfb =~ ", loadings, "\n",
                paste0(items, " ~~ 0*", items, collapse = "\n"))
# Unrestricted covariances are found by EM, which is slow at the edge: let it run.
fit <- sem(model, data, cluster = "team", h1 = TRUE,
           em.h1.iter.max = 20000, em.h1.tol = 1e-10)
told <- c("chisq", "df", "baseline.chisq", "baseline.df", "cfi", "tli", "rmsea", "logl",
          "unrestricted.logl")
cat(toJSON(list(lavaan = as.character(packageVersion("lavaan")), answers = answers, team = team,
                measures = as.list(fitMeasures(fit, told))), digits = 10, auto_unbox = TRUE), "\n")
