# Factor models by lavaan, for tests/inference/factors. Run: Rscript factor_models.R
# Debian: r-cran-lavaan r-cran-jsonlite
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(20261125)
n <- 1500
eta <- rnorm(n)
other <- 0.5 * eta + sqrt(0.75) * rnorm(n)
strength <- c(.8, .7, .6, .75, .65, .7, .55, .8)
answers <- as.data.frame(sapply(1:8, function(j) {
  f <- if (j <= 4) eta else other
  latent <- strength[j] * f + sqrt(1 - strength[j]^2) * rnorm(n)
  findInterval(latent, c(-1.5, -0.6, 0.3, 1.2) + 0.1 * (j %% 3)) + 1
}))
items <- paste0("q", 1:8)
names(answers) <- items
one <- paste("f =~", paste(items[1:4], collapse = " + "))
two <- paste(one, "\n g =~", paste(items[5:8], collapse = " + "))
standard <- function(fit) {
  est <- standardizedSolution(fit)
  list(loadings = est$est.std[est$op == "=~"], loading_se = est$se[est$op == "=~"],
       correlation = est$est.std[est$op == "~~" & est$lhs == "f" & est$rhs == "g"],
       fit = as.list(fitMeasures(fit)[c("chisq", "df", "cfi", "tli", "rmsea", "srmr",
                                          "baseline.chisq", "baseline.df")]))
}
ordinal <- lapply(list(one = one, two = two), function(model) {
  fit <- cfa(model, answers, std.lv = TRUE, ordered = items, estimator = "WLSMV")
  standard(fit)
})
continuous <- lapply(list(one = one, two = two), function(model) {
  standard(cfa(model, answers, std.lv = TRUE, estimator = "ML", control = list(rel.tol = 1e-10)))
})
# One factor for items of two: misfit
all <- paste("f =~", paste(items, collapse = " + "))
misfit <- list(
  ordinal = standard(cfa(all, answers, std.lv = TRUE, ordered = items, estimator = "WLSMV")),
  continuous = standard(cfa(all, answers, std.lv = TRUE, estimator = "ML")))
# Answers missing at random, by full-information maximum likelihood
holes <- answers
for (item in items) holes[[item]][runif(n) < 0.15] <- NA
fiml <- cfa(two, holes, std.lv = TRUE, estimator = "ML", missing = "fiml",
            control = list(rel.tol = 1e-10))
out <- list(answers = answers, holes = holes, ordinal = ordinal, continuous = continuous,
            misfit = misfit,
            fiml = c(standard(fiml), list(loglik = as.numeric(logLik(fiml)))),
            versions = list(lavaan = as.character(packageVersion("lavaan")),
                            R = as.character(getRversion())))
write_json(out, "factor_models.json", digits = 12, auto_unbox = TRUE, na = "null")
