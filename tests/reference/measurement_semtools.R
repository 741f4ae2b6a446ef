# What semTools, psych and GPArotation make of the answers of measurement_reliability.json,
# measurement_levels.json and invariance.json; run those scripts first, then
# Rscript measurement_semtools.R      Debian: r-cran-semtools r-cran-psych r-cran-gparotation
suppressMessages({
  library(lavaan); library(semTools); library(psych); library(GPArotation); library(jsonlite)
})
tight <- list(rel.tol = 1e-12)
first <- fromJSON("measurement_reliability.json")
given <- as.data.frame(first$answers)
for (item in first$reversed) given[[item]] <- 6 - given[[item]]
out <- list(reliability = list())
for (name in names(first$sets)) {
  items <- first$sets[[name]]$items
  x <- given[, items]
  model <- paste("f =~", paste(items, collapse = " + "))
  continuous <- cfa(model, x, std.lv = TRUE, control = tight)
  ordinal <- cfa(model, x, std.lv = TRUE, ordered = items, estimator = "ULSMV", control = tight)
  old <- suppressWarnings(semTools::reliability(continuous))
  value <- unname(old["alpha", 1])
  out$reliability[[name]] <- list(
    alpha = value,
    omega = unname(old["omega", 1]),
    alpha_compared = unname(compRelSEM(continuous, tau.eq = TRUE, obs.var = TRUE)[[1]]),
    omega_compared = unname(compRelSEM(continuous, obs.var = FALSE)[[1]]),
    omega_ordinal = unname(suppressWarnings(semTools::reliability(ordinal))["omega", 1]),
    omega_ordinal_compared = unname(compRelSEM(ordinal, obs.var = FALSE, ord.scale = TRUE)[[1]]),
    feldt = unlist(psych::alpha.ci(value, n.obs = nrow(x), n.var = length(items), p.val = .1,
                                   digits = 12)[c("lower.ci", "upper.ci")], use.names = FALSE)
  )
}
# Two levels, three items: one factor a level leaves no degree of freedom, so that any estimator
# of the loadings gives the same.
second <- fromJSON("measurement_levels.json")
answers <- cbind(as.data.frame(second$answers), team = second$team)
two <- sem("level: 1\n within =~ q1 + q2 + q3\nlevel: 2\n between =~ q1 + q2 + q3", answers,
           cluster = "team", std.lv = TRUE, control = list(rel.tol = 1e-10))
told <- suppressWarnings(semTools::reliability(two))
out$levels <- list(
  alpha_within = unname(told$within["alpha", 1]), omega_within = unname(told$within["omega", 1]),
  alpha_between = unname(told$team["alpha", 1]), omega_between = unname(told$team["omega", 1]))
# Teams of four: intervals of ICC(1) and ICC(2) have a closed form.
four <- do.call(rbind, lapply(split(answers$q1, answers$team), function(one) one[1:4]))
icc <- psych::ICC(four, lmer = FALSE, alpha = .1)$results
out$balanced <- list(
  answers = as.vector(t(four)), icc1 = unlist(icc[1, c(2, 7, 8)], use.names = FALSE),
  icc2 = unlist(icc[4, c(2, 7, 8)], use.names = FALSE))
# Factors: eigenvalues, their number, and oblique loadings.
nine <- first$sets$nine$items
rho <- unclass(lavCor(given[, nine], ordered = nine))
set.seed(5)
counted <- suppressMessages(suppressWarnings(
  fa.parallel(given[, nine], fa = "pc", cor = "poly", n.iter = 20, sim = FALSE, plot = FALSE,
              quant = .95)))
found <- fa(rho, nfactors = 2, n.obs = nrow(given), fm = "minres", rotate = "oblimin")
out$factors <- list(items = nine, eigenvalues = eigen(rho)$values, ncomp = counted$ncomp,
                    loadings = unclass(found$loadings)[, ], correlation = found$Phi)
# Equal measurement, stated by measEq.syntax: thresholds, loadings, intercepts, residuals.
third <- fromJSON("invariance.json")
items <- paste0("q", 1:5)
model <- paste("f =~", paste(items, collapse = " + "))
levels <- list(configural = "", metric = "loadings",
               scalar = c("thresholds", "loadings", "intercepts"),
               strict = c("thresholds", "loadings", "intercepts", "residuals"))
out$invariance <- list()
for (kind in c("alike", "different")) {
  data <- as.data.frame(third[[kind]]$answers)
  fits <- lapply(levels, function(equal) suppressWarnings(
    measEq.syntax(model, data = data, ordered = items, parameterization = "theta",
                  ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016", group = "group",
                  group.equal = equal, estimator = "WLSMV", return.fit = TRUE)))
  out$invariance[[kind]] <- lapply(fits[-1], function(free) {
    tested <- lavTestLRT(fits$configural, free)
    list(df = tested[["Df diff"]][2], p = tested[["Pr(>Chisq)"]][2])
  })
}
out$versions <- list(
  R = as.character(getRversion()), semTools = as.character(packageVersion("semTools")),
  lavaan = as.character(packageVersion("lavaan")), psych = as.character(packageVersion("psych")))
write_json(out, "measurement_semtools.json", digits = 14, auto_unbox = TRUE)
