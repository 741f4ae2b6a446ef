# Reliability by independent programs, for tests/measurement. Run: Rscript measurement_reliability.R
# Debian: r-cran-psych r-cran-rcsdp r-cran-gparotation r-cran-lavaan r-cran-semtools r-cran-jsonlite
suppressMessages({
  library(psych); library(lavaan); library(semTools); library(jsonlite); library(GPArotation)
})
# Answers of 600 simulated respondents to 10 items of two blocks, skewed, five categories; two
# items are keyed the other way round.
set.seed(20250105)
n <- 600
general <- rnorm(n)
groups <- cbind(rnorm(n), rnorm(n), rnorm(n))
block <- c(1, 1, 1, 2, 2, 2, 2, 3, 3, 3)
strength <- c(.7, .6, .5, .65, .55, .6, .4, .7, .5, .45)
own <- c(.3, .4, .4, .4, .45, .3, .5, .4, .5, .4)
answers <- as.data.frame(sapply(1:10, function(j) {
  latent <- strength[j] * general + own[j] * groups[, block[j]] + 0.6 * rnorm(n)
  cuts <- c(-1.4, -0.7, 0.1, 0.9) + 0.2 * ((j %% 3) - 1)
  findInterval(latent, cuts) + 1
}))
names(answers) <- paste0("q", 1:10)
reversed <- c("q2", "q9")
for (item in reversed) answers[[item]] <- 6 - answers[[item]]
sets <- list(five = paste0("q", 1:5), three = paste0("q", c(3, 6, 9)), nine = paste0("q", 1:9),
             ten = paste0("q", 1:10))
out <- list(answers = answers, reversed = reversed, sets = list())
for (name in names(sets)) {
  items <- sets[[name]]
  x <- answers[, items]
  for (item in intersect(items, reversed)) x[[item]] <- 6 - x[[item]]
  model <- paste("f =~", paste(items, collapse = " + "))
  continuous <- cfa(model, x, std.lv = TRUE, control = list(rel.tol = 1e-12))
  ordinal <- cfa(model, x, std.lv = TRUE, ordered = items, estimator = "ULSMV",
                 control = list(rel.tol = 1e-12))
  a <- suppressWarnings(psych::alpha(x))
  glb <- glb.algebraic(cov(x))
  pc <- polychoric(x, correct = 0)
  result <- list(
    items = items,
    alpha = a$total$raw_alpha,
    item_rest = a$item.stats$r.drop,
    alpha_if_dropped = a$alpha.drop$raw_alpha,
    omega = unname(reliability(continuous)["omega", 1]),
    omega_ordinal = unname(reliability(ordinal)["omega", 1]),
    ordinal_loadings = as.vector(lavInspect(ordinal, "std")$lambda),
    glb = glb$glb,
    polychoric = pc$rho,
    lavaan_polychoric = unclass(lavCor(x, ordered = items))
  )
  if (length(items) >= 6) {
    o <- suppressWarnings(omega(x, nfactors = 3, plot = FALSE, flip = FALSE))
    result$omega_h <- o$omega_h
    result$omega_tot <- o$omega.tot
    result$schmid_general <- as.vector(o$schmid$sl[, 1])
    f <- fa(x, nfactors = 3, rotate = "none", fm = "minres")
    result$minres_uniqueness <- as.vector(f$uniquenesses)
  }
  out$sets[[name]] <- result
}
out$versions <- list(psych = as.character(packageVersion("psych")),
  lavaan = as.character(packageVersion("lavaan")),
  semTools = as.character(packageVersion("semTools")),
  Rcsdp = as.character(packageVersion("Rcsdp")))
write_json(out, "measurement_reliability.json", digits = 12, auto_unbox = TRUE, dataframe = "columns")
