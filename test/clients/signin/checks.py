"""Who may come in by ADBC's Flight SQL driver: checks.py HOST:PORT FOLDER-OF-CERTIFICATES. The last line is "N passed, N failed"."""

import os
import pathlib
import sys

import adbc_driver_flightsql.dbapi as dbapi
from adbc_driver_flightsql import DatabaseOptions

address, folder = sys.argv[1], pathlib.Path(sys.argv[2])
failed = 0


def answer(sql, options, certificate=None):
    """The first value of a statement, or what the error says."""
    options = options | {DatabaseOptions.TLS_ROOT_CERTS.value: (folder / "ca.pem").read_text()}
    if certificate:
        options[DatabaseOptions.MTLS_CERT_CHAIN.value] = (folder / f"{certificate}.pem").read_text()
        options[DatabaseOptions.MTLS_PRIVATE_KEY.value] = (folder / f"{certificate}.key").read_text()
    try:
        with dbapi.connect(f"grpc+tls://{address}", db_kwargs=options, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return str(cursor.fetchone()[0])
    except dbapi.Error as error:
        return str(error)


def password(user, secret):
    return {"username": user, "password": secret}


def bearer(token):
    return {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {token}"}


WHO = "SELECT current_user()"
bob = password("bob", "s3cret of bob")
checks = [
    ("a password", WHO, bob, None, "bob"),
    ("a wrong password", WHO, password("bob", "wrong"), None, "AUTHENTICATION_FAILED"),
    ("an unknown user", WHO, password("eve", "wrong"), None, "AUTHENTICATION_FAILED"),
    ("nobody", WHO, {}, None, "AUTHENTICATION_REQUIRED"),
    ("a token", WHO, bearer(os.environ["TOKEN"]), None, "bob"),
    ("a token in place of a password", WHO, password("token", os.environ["TOKEN"]), None, "bob"),
    ("an expired token", WHO, bearer(os.environ["SHORT"]), None, "Unauthenticated"),
    ("a certificate", WHO, {}, "bob", "bob"),
    ("a certificate of nobody", WHO, {}, "eve", "AUTHENTICATION_FAILED"),
    ("a table with rights", "SELECT count(*) FROM open.t", bob, None, "1000"),
    ("a table without", "SELECT count(*) FROM shut.t", bob, None, "INSUFFICIENT_PERMISSIONS"),
    ("a command of administrators", "CREATE USER x PASSWORD 'abcdefgh'", bob, None, "INSUFFICIENT_PERMISSIONS"),
]
for name, sql, options, certificate, want in checks:
    got = answer(sql, options, certificate)
    if want not in got:
        failed += 1
        print(f"FAILED {name}: got {got!r}, want {want!r}")
print(f"{len(checks) - failed} passed, {failed} failed")
sys.exit(failed > 0)
