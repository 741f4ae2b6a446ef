# Whether brms takes the formulas that model.formula() prints. Rscript formulas.R CASES.json
#
# CASES.json: by name, a CSV, the levels of its frequencies, and the code. Nothing is compiled or
# sampled: brms writes the Stan code and lays out the data, and a line tells what it made of them.
suppressMessages({
  library(brms)
  library(jsonlite)
})
cases <- fromJSON(commandArgs(TRUE)[[1]], simplifyVector = FALSE)
range_of <- function(values) paste(range(values), collapse = "..")
for (name in names(cases)) {
  case <- cases[[name]]
  data <- read.csv(case$csv, check.names = FALSE, stringsAsFactors = FALSE)
  for (column in names(case$levels)) {
    data[[column]] <- factor(data[[column]], levels = unlist(case$levels[[column]]), ordered = TRUE)
  }
  told <- tryCatch({
    formula <- eval(parse(text = case$code))
    code <- make_stancode(formula, data)
    laid_out <- make_standata(formula, data)
    paste0(
      "N=", laid_out$N, if (!is.null(laid_out$Y)) paste0(" Y=", range_of(laid_out$Y)),
      if (!is.null(laid_out$cens)) paste0(" cens=", paste(sort(unique(laid_out$cens)), collapse = ",")),
      if (!is.null(laid_out$trials)) paste0(" trials=", paste(unique(laid_out$trials), collapse = ",")),
      " simplexes=", length(grep("^con_simo", names(laid_out))),
      " groups=", length(grep("^N_[0-9]+$", names(laid_out)))
    )
  }, error = function(e) paste("refused:", conditionMessage(e)))
  cat(name, ": ", told, "\n", sep = "")
}
