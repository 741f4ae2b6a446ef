# Equal measurement in two groups by lavaan, for tests/checks/test_invariance.py.
# Run: Rscript invariance.R. Debian: r-cran-lavaan r-cran-jsonlite
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(20261126)
n <- 500
strength <- c(.8, .7, .6, .75, .65)
items <- paste0("q", 1:5)
answers <- function(mean, sd, shift) {
  eta <- mean + sd * rnorm(n)
  found <- sapply(1:5, function(j) {
    latent <- strength[j] * eta + sqrt(1 - strength[j]^2) * rnorm(n)
    findInterval(latent, c(-1.2, -0.4, 0.5, 1.3) + if (j == 3) shift else 0) + 1
  })
  colnames(found) <- items
  as.data.frame(found)
}
model <- paste("f =~", paste(items, collapse = " + "))
compared <- function(shift) {
  data <- rbind(cbind(answers(0, 1, 0), group = "north"), cbind(answers(.4, 1.3, shift), group = "south"))
  fitted <- function(equal) cfa(model, data, ordered = items, group = "group", std.lv = TRUE,
                                group.equal = equal, parameterization = "theta", estimator = "WLSMV")
  configural <- fitted("")
  metric <- fitted("loadings")
  scalar <- fitted(c("loadings", "thresholds"))
  strict <- fitted(c("loadings", "thresholds", "residuals"))
  tested <- function(free) {
    found <- lavTestLRT(configural, free)
    list(p = found[["Pr(>Chisq)"]][2], df = found[["Df diff"]][2])
  }
  est <- parameterEstimates(scalar)
  south <- est[est$group == 2, ]
  list(answers = data, metric = tested(metric), scalar = tested(scalar), strict = tested(strict),
       mean = south$est[south$op == "~1" & south$lhs == "f"],
       mean_se = south$se[south$op == "~1" & south$lhs == "f"],
       sd = sqrt(south$est[south$op == "~~" & south$lhs == "f"]))
}
out <- list(alike = compared(0), different = compared(0.6),
            versions = list(lavaan = as.character(packageVersion("lavaan")),
                            R = as.character(getRversion())))
write_json(out, "invariance.json", digits = 10, auto_unbox = TRUE, dataframe = "columns")
