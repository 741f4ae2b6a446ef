# Robustness to teams by lavaan, for tests/checks/test_invariance_teams.py.
# Run: Rscript invariance_teams.R. Debian: r-cran-lavaan r-cran-jsonlite
# lavaan knows no clusters of ordered answers, so seven answers a item are taken for continuous here.
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(20261127)
items <- paste0("q", 1:5)
n_teams <- 60; members <- 14; team <- rep(1:n_teams, each = members); n <- length(team)
strength <- c(.8, .7, .6, .75, .65)
eta <- (.5 * rnorm(n_teams))[team] + sqrt(.75) * rnorm(n)
own <- matrix(.45 * rnorm(n_teams * 5), n_teams)
latent <- eta %o% strength + own[team, ] + sapply(strength, function(l) sqrt(1 - l^2) * rnorm(n))
data <- as.data.frame(apply(latent, 2, findInterval, c(-1.8, -1, -.35, .3, .95, 1.7)) + 1)
names(data) <- items
data$team <- team
data$group <- ifelse(team <= n_teams / 2, "north", "south")
model <- paste("f =~", paste(items, collapse = " + "))
errors <- function(fit) {
  est <- parameterEstimates(fit)
  est <- est[est$group == 1, ]
  list(loading = est$se[est$op == "=~"], intercept = est$se[est$op == "~1" & est$lhs != "f"])
}
p_values <- function(...) {
  fitted <- function(equal) cfa(model, data, group = "group", std.lv = TRUE, group.equal = equal,
                                meanstructure = TRUE, estimator = "MLR", ...)
  steps <- list(fitted(""), fitted("loadings"), fitted(c("loadings", "intercepts")))
  list(metric = lavTestLRT(steps[[1]], steps[[2]])[["Pr(>Chisq)"]][2],
       scalar = lavTestLRT(steps[[1]], steps[[3]])[["Pr(>Chisq)"]][2],
       errors = errors(steps[[1]]))
}
out <- list(answers = data, alone = p_values(), teams = p_values(cluster = "team"),
            versions = list(lavaan = as.character(packageVersion("lavaan")),
                            R = as.character(getRversion())))
write_json(out, "invariance_teams.json", digits = 8, auto_unbox = TRUE, dataframe = "columns")
