# Three and four factors by lavaan, for tests/inference/factors. Run: Rscript factors_several.R
# Debian: r-cran-lavaan r-cran-jsonlite. The study of three factors is the first twelve items.
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(20261126)
n <- 1500
correlation <- matrix(c(1, .5, .3, .2, .5, 1, .4, .1, .3, .4, 1, -.3, .2, .1, -.3, 1), 4)
eta <- matrix(rnorm(n * 4), n) %*% chol(correlation)
strength <- c(.8, .7, .6, .75, .65, .7, .55, .8, .85, .5, .7, .6, .6, .75, .7, .5)
answers <- as.data.frame(sapply(1:16, function(j) {
  latent <- strength[j] * eta[, (j - 1) %/% 4 + 1] + sqrt(1 - strength[j]^2) * rnorm(n)
  findInterval(latent, c(-1.4, -0.5, 0.4, 1.3) + 0.15 * (j %% 4)) + 1
}))
items <- paste0("q", 1:16)
names(answers) <- items
factors <- c("f", "g", "h", "k")
structure_of <- function(m) paste(sapply(1:m, function(at)
  paste(factors[at], "=~", paste(items[4 * at - 3:0], collapse = " + "))), collapse = "\n ")
told <- function(fit, m) {
  est <- standardizedSolution(fit)
  pairs <- est$op == "~~" & est$lhs %in% factors & est$rhs %in% factors & est$lhs != est$rhs
  cuts <- est$op == "|"
  list(loadings = est$est.std[est$op == "=~"], loading_se = est$se[est$op == "=~"],
       correlation = est$est.std[pairs], correlation_se = est$se[pairs],
       pair = paste(est$lhs[pairs], est$rhs[pairs]),
       thresholds = est$est.std[cuts], threshold_se = est$se[cuts], cut = est$lhs[cuts])
}
out <- list(answers = as.list(answers))
for (m in c(3, 4)) {
  used <- items[1:(4 * m)]
  t0 <- proc.time()[["user.self"]]
  wlsmv <- cfa(structure_of(m), answers, std.lv = TRUE, ordered = used, estimator = "WLSMV")
  fit <- as.list(fitMeasures(wlsmv)[c("chisq", "df", "chisq.scaled", "cfi", "tli", "rmsea", "srmr",
                                      "cfi.scaled", "tli.scaled", "rmsea.scaled")])
  t1 <- proc.time()[["user.self"]]
  pml <- cfa(structure_of(m), answers, std.lv = TRUE, ordered = used, estimator = "PML")
  t2 <- proc.time()[["user.self"]]
  cat(m, "factors: WLSMV", t1 - t0, "PML", t2 - t1, "s\n")
  out[[c("three", "four")[m - 2]]] <- list(
    wlsmv = c(told(wlsmv, m), list(fit = fit)), pml = told(pml, m))
}
out$versions <- list(lavaan = as.character(packageVersion("lavaan")), R = as.character(getRversion()))
write_json(out, "factors_several.json", digits = 10, auto_unbox = TRUE, na = "null")
