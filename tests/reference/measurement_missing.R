# Reliability where items were left open, for tests/measurement/test_missing_reliability.py.
# Run: Rscript measurement_missing.R. Debian: r-cran-psych r-cran-lavaan r-cran-jsonlite
suppressMessages({library(psych); library(lavaan); library(jsonlite)})
set.seed(20261128)
n <- 300
eta <- rnorm(n)
answers <- as.data.frame(sapply(c(.8, .7, .6, .75, .5), function(strength)
  findInterval(strength * eta + sqrt(1 - strength^2) * rnorm(n), c(-1.2, -.4, .4, 1.2)) + 1))
names(answers) <- paste0("q", 1:5)
# Who stands high leaves items open more often.
for (item in names(answers)) answers[runif(n) < plogis(eta - 2), item] <- NA
quiet <- function(...) suppressWarnings(suppressMessages(alpha(answers, ...)$total$raw_alpha))
model <- paste("f =~", paste(names(answers), collapse = " + "))
omega <- function(missing) {
  est <- parameterEstimates(cfa(model, answers, std.lv = TRUE, missing = missing))
  common <- sum(est$est[est$op == "=~"])^2
  common / (common + sum(est$est[est$op == "~~" & est$lhs %in% names(answers)]))
}
out <- list(answers = answers, n_complete = sum(complete.cases(answers)),
            alpha = list(complete = quiet(use = "complete.obs"), pairwise = quiet(use = "pairwise")),
            omega = list(complete = omega("listwise"), fiml = omega("fiml")),
            versions = list(psych = as.character(packageVersion("psych")),
                            lavaan = as.character(packageVersion("lavaan")),
                            R = as.character(getRversion())))
write_json(out, "measurement_missing.json", digits = 10, auto_unbox = TRUE, dataframe = "columns", na = "null")
