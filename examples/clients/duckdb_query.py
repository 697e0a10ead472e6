"""A result of Argan inside DuckDB: ADBC hands over Arrow batches, DuckDB reads them as they stream."""

import os

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as flightsql
import duckdb

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
    with connection.cursor() as cursor:
        cursor.execute("SELECT p.category, f.amount FROM gold.fact_sales AS f JOIN gold.dim_products AS p ON p.product_id = f.product_id")
        sales = cursor.fetch_record_batch()
        print(duckdb.sql("SELECT category, count(*) AS sales, sum(amount) AS turnover FROM sales GROUP BY ALL ORDER BY turnover DESC"))
