"""Turnover by category as a Polars data frame, over Arrow Flight SQL, and a data frame on its way into a table."""

import os

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as flightsql
import polars as pl

options = {}
if "ARGAN_TOKEN" in os.environ:
    options[adbc_driver_flightsql.DatabaseOptions.AUTHORIZATION_HEADER.value] = "Bearer " + os.environ["ARGAN_TOKEN"]
elif "ARGAN_USER" in os.environ:
    options["username"] = os.environ["ARGAN_USER"]
    options["password"] = os.environ.get("ARGAN_PASSWORD", "")
if "ARGAN_CA" in os.environ:  # the authority that has signed the server's certificate, where the system does not know it
    with open(os.environ["ARGAN_CA"]) as authority:
        options[adbc_driver_flightsql.DatabaseOptions.TLS_ROOT_CERTS.value] = authority.read()

with flightsql.connect(os.environ.get("ARGAN_URI", "grpc://localhost:32010"), db_kwargs=options, autocommit=True) as connection:
    frame = pl.read_database("SELECT category, sales, turnover FROM gold.metrics WHERE grain = 'category' ORDER BY turnover DESC", connection)
    print(frame)

    # Back into a table: one commit, all rows or none.
    shares = frame.select("category", share=pl.col("turnover") / pl.col("turnover").sum())
    with connection.cursor() as cursor:
        cursor.adbc_ingest("category_shares", shares.to_arrow(), mode="replace")
        cursor.execute("SELECT count(*) FROM category_shares")
        print("rows written:", cursor.fetchone()[0])
        cursor.execute("DROP TABLE category_shares")
