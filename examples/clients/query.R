# Turnover by category as a data frame, over Arrow Flight SQL.
# install.packages(c("adbcdrivermanager", "nanoarrow", "tibble")); install.packages("adbcflightsql", repos = "https://apache.r-universe.dev")
library(adbcdrivermanager)

options <- list(uri = Sys.getenv("ARGAN_URI", "grpc://localhost:32010"))
if (nzchar(Sys.getenv("ARGAN_TOKEN"))) {
  options$adbc.flight.sql.authorization_header <- paste("Bearer", Sys.getenv("ARGAN_TOKEN"))
} else if (nzchar(Sys.getenv("ARGAN_USER"))) {
  options$username <- Sys.getenv("ARGAN_USER")
  options$password <- Sys.getenv("ARGAN_PASSWORD")
}
if (nzchar(Sys.getenv("ARGAN_CA"))) { # the authority that has signed the server's certificate, where the system does not know it
  options$adbc.flight.sql.client_option.tls_root_certs <- paste(readLines(Sys.getenv("ARGAN_CA")), collapse = "\n")
}

db <- do.call(adbc_database_init, c(list(adbcflightsql::adbcflightsql()), options))
con <- adbc_connection_init(db)

con |>
  read_adbc("SELECT category, sales, turnover FROM gold.metrics WHERE grain = 'category' ORDER BY turnover DESC") |>
  tibble::as_tibble() |>
  print()

adbc_connection_release(con)
adbc_database_release(db)
