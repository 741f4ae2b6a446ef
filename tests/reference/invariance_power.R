# What lavaan makes of the studies of invariance_power.py; run that first, then
# Rscript invariance_power.R FOLDER (from this folder). Debian: r-cran-lavaan r-cran-jsonlite
# For every study: p of equal loadings and the item whose loading is best freed, of ordered answers
# (WLSMV, theta), and p of answers taken for numbers: ML, MLR, MLR with teams as clusters.
suppressMessages({library(lavaan); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
items <- paste0("q", 1:5)
model <- paste("f =~", paste(items, collapse = " + "))
p_value <- function(free, equal) suppressWarnings(lavTestLRT(free, equal)[["Pr(>Chisq)"]][2])
told <- function(seed) {
  data <- read.csv(file.path(folder, paste0(seed, ".csv")))
  ordered <- function(equal, partial = NULL) suppressWarnings(
    cfa(model, data, ordered = items, group = "department", std.lv = TRUE, group.equal = equal,
        group.partial = partial, parameterization = "theta", estimator = "WLSMV"))
  numbers <- function(...) {
    fitted <- function(equal) suppressWarnings(
      cfa(model, data, group = "department", std.lv = TRUE, group.equal = equal,
          meanstructure = TRUE, ...))
    p_value(fitted(""), fitted("loadings"))
  }
  metric <- ordered("loadings")
  by_item <- sapply(items, function(one) p_value(ordered("loadings", paste0("f=~", one)), metric))
  list(wlsmv = signif(p_value(ordered(""), metric), 4), freed = items[which.min(by_item)],
       p_freed = signif(min(by_item), 4), ml = signif(numbers(), 4),
       mlr = signif(numbers(estimator = "MLR"), 4),
       mlr_teams = signif(numbers(estimator = "MLR", cluster = "team"), 4))
}
out <- fromJSON("invariance_power.json", simplifyVector = FALSE)
for (kind in c("planted", "true"))
  out[[kind]] <- lapply(out[[kind]], function(one) {
    one$lavaan <- told(one$seed)
    one
  })
out$versions <- list(lavaan = as.character(packageVersion("lavaan")),
                     R = as.character(getRversion()))
write_json(out, "invariance_power.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
