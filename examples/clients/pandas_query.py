"""Turnover by category as a pandas data frame, over Arrow Flight SQL: no row is copied into Python objects."""

import os

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as flightsql

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
        cursor.execute("SELECT category, sales, turnover FROM gold.metrics WHERE grain = ? ORDER BY turnover DESC", ("category",))
        print(cursor.fetch_df().to_string(index=False))
