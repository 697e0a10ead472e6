"""ADBC's Flight SQL driver over TLS: checks.py HOST:PORT FOLDER-OF-CERTIFICATES. The last line is "N passed, N failed"."""

import pathlib
import sys

import adbc_driver_flightsql.dbapi as dbapi
from adbc_driver_flightsql import DatabaseOptions

address, folder = sys.argv[1], pathlib.Path(sys.argv[2])
failed = 0


def answer(scheme, authority=None, certificate=None):
    options = {}
    if authority:
        options[DatabaseOptions.TLS_ROOT_CERTS.value] = (folder / f"{authority}.pem").read_text()
    if certificate:
        options[DatabaseOptions.MTLS_CERT_CHAIN.value] = (folder / f"{certificate}.pem").read_text()
        options[DatabaseOptions.MTLS_PRIVATE_KEY.value] = (folder / f"{certificate}.key").read_text()
    try:
        with dbapi.connect(f"{scheme}://{address}", db_kwargs=options, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT current_user()")
            return cursor.fetchone()[0]
    except dbapi.Error:
        return None


checks = [
    ("a client with a certificate", ("grpc+tls", "ca", "ann"), "ann"),
    ("a client without one", ("grpc+tls", "ca", None), None),
    ("a client with a stranger's", ("grpc+tls", "ca", "eve"), None),
    ("a client that does not know the authority", ("grpc+tls", None, "ann"), None),
    ("a client that trusts another authority", ("grpc+tls", "other", "ann"), None),
    ("a client without TLS", ("grpc", None, None), None),
]
for name, arguments, want in checks:
    got = answer(*arguments)
    if got != want:
        failed += 1
        print(f"FAILED {name}: got {got!r}, want {want!r}")
print(f"{len(checks) - failed} passed, {failed} failed")
sys.exit(failed > 0)
