# Factor models of continuous items of which some were left open: full-information maximum
# likelihood. Items q4 and q5 were left open more often where q1 is low, q2 by chance.
# In the data every item has a level of its own in each team, which the two-level model lacks,
# and q2 and q5 have something in common besides the factor.
# Run: Rscript factor_open.R > factor_open.json
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(31)
n_teams <- 120
team <- rep(1:n_teams, times = rep(c(4, 7, 10, 9), n_teams / 4))
n <- length(team)
over <- rnorm(n_teams, sd = 0.5)[team]
loading <- c(0.9, 0.8, 1.0, 0.8, 0.9)
level <- matrix(rnorm(5 * n_teams, sd = 0.45), n_teams)[team, ]
own <- rnorm(n)
residual <- matrix(rnorm(5 * n), n)
residual[, 5] <- 0.3 * residual[, 2] + sqrt(1 - 0.09) * residual[, 5]
behind <- outer(own + over, loading) + level + residual
answers <- pmin(pmax(round(5 + 1.2 * behind), 1), 9)
low <- answers[, 1] <= 4
answers[runif(n) < ifelse(low, 0.6, 0.05), 4] <- NA
answers[runif(n) < ifelse(low, 0.5, 0.05), 5] <- NA
answers[runif(n) < 0.1, 2] <- NA
data <- data.frame(answers, team = team)
names(data)[1:5] <- paste0("q", 1:5)
one <- cfa("f =~ q1 + q2 + q3 + q4 + q5", data, std.lv = TRUE, missing = "fiml",
           control = list(rel.tol = 1e-10))
told <- c("chisq", "df", "baseline.chisq", "baseline.df", "cfi", "tli", "rmsea", "logl",
          "unrestricted.logl")
zero <- paste0("q", 1:5, " ~~ 0*q", 1:5, collapse = "\n")
free <- paste(combn(paste0("q", 1:5), 2, paste, collapse = " ~~ "), collapse = "\n")
same <- paste("level: 1
f =~ NA*q1 + a*q1 + b*q2 + c*q3 + d*q4 + e*q5
f ~~ 1*f
level: 2
fb =~ NA*q1 + a*q1 + b*q2 + c*q3 + d*q4 + e*q5
fb ~~ NA*fb", zero, sep = "\n")
structure <- "f =~ NA*q1 + q2 + q3 + q4 + q5\nf ~~ 1*f"
by_level <- list(within = paste("level: 1", structure, "level: 2", free, sep = "\n"),
                 between = paste("level: 1", free, "level: 2", structure, zero, sep = "\n"))
levels <- function(model) sem(model, data, cluster = "team", missing = "ml",
                              control = list(rel.tol = 1e-10))
two <- levels(same)
h1 <- lavInspect(two, "h1"); h0 <- lavInspect(two, "implied")
partial <- lapply(by_level, function(model) {
  fit <- levels(model)
  if (lavInspect(fit, "converged")) as.list(fitMeasures(fit, c("chisq", "df", "logl"))) else NULL
})
cat(toJSON(list(lavaan = as.character(packageVersion("lavaan")), answers = answers, team = team,
  one = list(measures = as.list(fitMeasures(one, told))),
  two = list(measures = as.list(fitMeasures(two, told)),
             within = unclass(h1[[1]]$cov), between = unclass(h1[[2]]$cov),
             model_within = unclass(h0[[1]]$cov), model_between = unclass(h0[[2]]$cov)),
  partial = partial), digits = 10, auto_unbox = TRUE, na = "null"), "\n")
