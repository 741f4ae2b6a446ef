# Public grouped counts that others made and R packages carry; not copied into this repository.
#
# As a script, `Rscript public_data.R FOLDER` writes one CSV file a data set (of those whose
# package is there) for the tests of the Python side.

from_package <- function(name, package) {
  if (!nzchar(system.file(package = package))) return(NULL)
  space <- new.env()
  data(list = name, package = package, envir = space)
  space[[name]]
}

# Categories in alphabetical order, as a reader of a CSV file finds them.
as_category <- function(x) factor(as.character(x), levels = sort(unique(as.character(x)), method = "radix"))

public_data <- list(
  # Salamanders in 23 streams; Price and others (2016), doi 10.1111/1365-2664.12585.
  salamanders = function() {
    frame <- from_package("Salamanders", "glmmTMB")
    if (is.null(frame)) return(NULL)
    data.frame(
      site = as_category(sub("-", "", frame$site)), mined = as_category(frame$mined),
      species = as_category(sub("-", "", frame$spp)), DOY = frame$DOY, Wtemp = frame$Wtemp, count = frame$count
    )
  },
  # Deaths by malignant melanoma in 78 regions of Europe; Langford and others (1998),
  # doi 10.1002/(SICI)1097-0258(19980115)17:1<41::AID-SIM712>3.0.CO;2-0.
  melanoma = function() {
    frame <- from_package("Mmmec", "mlmRev")
    if (is.null(frame)) return(NULL)
    data.frame(
      region = as_category(paste0("R", frame$region)), deaths = frame$deaths,
      expected = frame$expected, uvb = frame$uvb
    )
  },
  # Fruits of plants of 24 genotypes; Banta and others (2010), doi 10.1111/j.1600-0706.2009.17726.x.
  arabidopsis = function() {
    frame <- from_package("Arabidopsis", "lme4")
    if (is.null(frame)) return(NULL)
    data.frame(
      genotype = as_category(paste0("G", frame$gen)), nutrient = as_category(paste0("n", frame$nutrient)),
      clipping = as_category(frame$amd), rack = as_category(paste0("r", frame$rack)),
      status = as_category(frame$status), fruits = frame$total.fruits
    )
  },
  # Ticks on the heads of grouse chicks in 118 broods; Elston and others (2001),
  # doi 10.1017/S0031182001007740.
  grouse = function() {
    frame <- from_package("grouseticks", "lme4")
    if (is.null(frame)) return(NULL)
    data.frame(
      brood = as_category(paste0("B", frame$BROOD)), year = as_category(paste0("y", frame$YEAR)),
      height = frame$cHEIGHT / 100, ticks = as.integer(frame$TICKS)
    )
  },
  # Seizures of 59 patients over four periods; Thall and Vail (1990), doi 10.2307/2532086.
  seizures = function() {
    frame <- from_package("epil", "MASS")
    if (is.null(frame)) return(NULL)
    data.frame(
      patient = as_category(sprintf("P%02d", frame$subject)), treatment = as_category(frame$trt),
      base = frame$lbase, age = frame$lage,
      period = factor(paste0("p", frame$period), ordered = TRUE), seizures = as.integer(frame$y)
    )
  }
)

if (sys.nframe() == 0L) {
  folder <- commandArgs(TRUE)[[1]]
  for (name in names(public_data)) {
    frame <- public_data[[name]]()
    if (!is.null(frame)) {
      write.csv(format(frame, digits = 17, trim = TRUE), file.path(folder, paste0(name, ".csv")),
                row.names = FALSE, quote = FALSE)
    }
  }
}
