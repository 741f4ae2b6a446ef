# Equal measurement of continuous items in groups by lavaan, for tests/checks/test_invariance_numbers.py.
# Run: Rscript invariance_continuous.R. Debian: r-cran-lavaan r-cran-jsonlite
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(20261127)
# Answers 1 to 7, taken as numbers; members of a team share a level of the factor and of each item.
answers <- function(strength, eta, teams, shift) {
  found <- sapply(seq_along(strength), function(j) {
    level <- rnorm(max(teams), 0, .25)[teams]
    latent <- strength[j] * eta[, ceiling(j / (length(strength) / ncol(eta)))] + level +
      rnorm(length(teams), 0, sqrt(1 - strength[j]^2)) + if (j == 3) shift else 0
    pmin(pmax(round(4 + 1.1 * latent), 2), 6)
  })
  colnames(found) <- paste0("q", seq_along(strength))
  as.data.frame(found)
}
study <- function(shift, factors, holes) {
  strength <- rep(c(.8, .7, .6, .75, .65, .7), length.out = 3 * factors + (factors == 1) * 2)
  parts <- lapply(1:3, function(g) {
    teams <- rep(1:20, each = 12)
    shared <- matrix(rnorm(20 * factors, 0, .4), 20)[teams, , drop = FALSE]
    eta <- matrix(rnorm(240 * factors), 240)
    if (factors == 2) eta[, 2] <- .5 * eta[, 1] + sqrt(.75) * eta[, 2]
    eta <- c(1, 1.2, .9)[g] * (eta + shared) + c(0, .4, -.2)[g]
    cbind(answers(strength, eta, teams, if (g == 2) shift else 0),
          team = 100 * g + teams, group = c("east", "north", "south")[g])
  })
  data <- do.call(rbind, parts)
  items <- grep("^q", names(data), value = TRUE)
  if (holes) for (item in items) data[sample(nrow(data), 40), item] <- NA
  model <- if (factors == 1) paste("f =~", paste(items, collapse = " + ")) else
    paste("f =~", paste(items[1:3], collapse = " + "), "\n g =~", paste(items[4:6], collapse = " + "))
  levels <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
                 strict = c("loadings", "intercepts", "residuals"))
  missing <- if (holes) "fiml" else "listwise"
  fits <- function(...) lapply(levels, function(equal)
    cfa(model, data, group = "group", std.lv = TRUE, group.equal = equal, meanstructure = TRUE,
        missing = missing, ...))
  plain <- fits(estimator = "ML")
  robust <- fits(estimator = "MLR", cluster = "team")
  told <- function(found) {
    own <- fitMeasures(found[[1]])
    rows <- list(configural = list(chi_squared = own[["chisq"]], df = own[["df"]], p = own[["pvalue"]]))
    if ("pvalue.scaled" %in% names(own)) rows$configural$p <- own[["pvalue.scaled"]]
    for (level in names(found)[-1]) {
      test <- suppressWarnings(lavTestLRT(found[[1]], found[[level]]))
      rows[[level]] <- list(chi_squared = test[["Chisq diff"]][2], df = test[["Df diff"]][2],
                            p = test[["Pr(>Chisq)"]][2])
    }
    rows
  }
  est <- parameterEstimates(plain$scalar)
  of <- function(op, right) est$est[est$op == op & est$lhs == "f" & est$rhs == right]
  list(answers = data, ml = told(plain), mlr = told(robust),
       mean = of("~1", ""), sd = sqrt(of("~~", "f")))
}
out <- list(alike = study(0, 1, FALSE), different = study(.35, 1, FALSE), open = study(0, 1, TRUE),
            two = study(0, 2, FALSE),
            versions = list(lavaan = as.character(packageVersion("lavaan")),
                            R = as.character(getRversion())))
write_json(out, "invariance_continuous.json", digits = 10, auto_unbox = TRUE, dataframe = "columns", na = "null")
