# Counts of salamanders by glmmTMB, with models of the paper on it: Rscript docs/examples/scripts/salamanders.R
# Writes the counts (Price and others 2015, Dryad, CC0; from R package glmmTMB) as docs/examples/data/salamanders.csv.
suppressPackageStartupMessages(library(glmmTMB))
counts <- Salamanders[c("site", "mined", "sample", "spp", "count")]
names(counts)[4] <- "species"
write.csv(counts, "docs/examples/data/salamanders.csv", row.names = FALSE, quote = FALSE)
cat(sprintf("glmmTMB %s, R %s.%s: %d counts, %d sites\n\n", packageVersion("glmmTMB"), R.version$major, R.version$minor,
            nrow(counts), nlevels(counts$site)))

counts$mined <- factor(counts$mined, c("no", "yes"))
rates <- count ~ species + mined + (1 | site)
models <- list(
  "Poisson" = glmmTMB(rates, counts, poisson),
  "zero-inflated Poisson" = glmmTMB(rates, counts, poisson, ziformula = ~ species + mined),
  "negative binomial" = glmmTMB(rates, counts, nbinom2),
  "zero-inflated negative binomial" = glmmTMB(rates, counts, nbinom2, ziformula = ~ species + mined)
)
told <- function(fit) {
  mined <- summary(fit)$coefficients$cond["minedyes", 1:2]
  c(mined = mined[[1]], s.e. = mined[[2]], sd.sites = sqrt(VarCorr(fit)$cond$site[1]), AIC = AIC(fit))
}
print(round(t(sapply(models, told)), 3))
cat("\nSpecies against the first, negative binomial:\n")
print(round(summary(models[[3]])$coefficients$cond[, 1:2], 3))
cat("\ndispersion:", round(sigma(models[[3]]), 3), "\n")
