"""PyHive, SQLAlchemy's hive:// and pandas against a server: checks.py HOST:PORT

Every check prints what failed; the last line is "N passed, N failed".
"""

import contextlib
import datetime
import decimal
import sys
import threading
import time

import pandas as pd
import sqlalchemy as sa
from pyhive import exc, hive

HOST, PORT = sys.argv[1].rsplit(":", 1)
counts = {"passed": 0, "failed": 0}


def check(function):
    """Runs a check with a connection of its own, in a database of its own."""
    try:
        with contextlib.closing(connect()) as connection:
            function(connection)
        counts["passed"] += 1
    except Exception as error:  # whatever it is, the next check runs
        counts["failed"] += 1
        print(f"FAILED {function.__name__}: {type(error).__name__}: {str(error)[:600]}")
    return function


def connect(**options):
    if "scheme" in options:
        return hive.connect(host=HOST, port=int(PORT), **options)
    return hive.connect(host=HOST, port=int(PORT), **{"username": "ann", "database": "pyhive", **options})


def rows(connection, sql):
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor.fetchall()


def engine():
    return sa.create_engine(f"hive://ann@{HOST}:{PORT}/pyhive")


def setup():
    with contextlib.closing(connect(database="default")) as connection:
        rows(connection, "DROP DATABASE IF EXISTS pyhive CASCADE")
        rows(connection, "CREATE DATABASE pyhive")
        rows(connection, "CREATE TABLE pyhive.items (id INT COMMENT 'the key', name STRING, price DECIMAL(10,2), sold DATE, at TIMESTAMP, ok BOOLEAN) USING delta COMMENT 'things'")
        rows(
            connection,
            "INSERT INTO pyhive.items VALUES (1, 'one', 1.50, DATE'2024-02-29', TIMESTAMP'2024-02-29 12:34:56.789', true), (2, NULL, NULL, NULL, NULL, NULL)",
        )


setup()


@check
def authentication(_):
    for options in ({}, {"auth": "LDAP", "password": "secret"}, {"auth": "NOSASL"}):
        with contextlib.closing(connect(**options)) as c:
            assert rows(c, "SELECT 1") == [(1,)]


@check
def http(_):
    with contextlib.closing(connect(scheme="http", username="ann", password="secret")) as c:
        assert rows(c, "SELECT current_user()") == [("ann",)]
        rows(c, "CREATE TEMPORARY VIEW here AS SELECT 7 AS n")
        assert rows(c, "SELECT n FROM here") == [(7,)]


@check
def types(connection):
    cursor = connection.cursor()
    cursor.execute(
        "SELECT CAST(1 AS TINYINT), 2L, 1.1F, 2.5D, CAST(12.30 AS DECIMAL(10,2)), true, 'text', CAST('raw' AS BINARY), DATE'2024-02-29', "
        "TIMESTAMP'2024-02-29 12:34:56.789', array(1, NULL), map('k', 1), named_struct('x', 1, 'y', 'b'), NULL, INTERVAL '1' DAY, CAST('ab' AS CHAR(3))"
    )
    names = [d[1] for d in cursor.description]
    assert names == [
        "TINYINT_TYPE", "BIGINT_TYPE", "FLOAT_TYPE", "DOUBLE_TYPE", "DECIMAL_TYPE", "BOOLEAN_TYPE", "STRING_TYPE", "BINARY_TYPE", "DATE_TYPE", "TIMESTAMP_TYPE",
        "ARRAY_TYPE", "MAP_TYPE", "STRUCT_TYPE", "NULL_TYPE", "INTERVAL_DAY_TIME_TYPE", "STRING_TYPE",
    ], names
    got = cursor.fetchall()
    assert got == [(
        1, 2, 1.1, 2.5, decimal.Decimal("12.30"), True, "text", b"raw", "2024-02-29", datetime.datetime(2024, 2, 29, 12, 34, 56, 789000),
        "[1,null]", '{"k":1}', '{"x":1,"y":"b"}', None, "1 00:00:00.000000000", "ab",
    )], got


@check
def statements_without_rows(connection):
    cursor = connection.cursor()
    for sql in (
        "CREATE TABLE empty (a INT) USING delta",
        "ALTER TABLE empty ADD COLUMNS (b STRING)",
        "ALTER TABLE empty CHANGE COLUMN b COMMENT 'text'",
        "INSERT INTO empty VALUES (1, 'x')",
        "DROP TABLE empty",
    ):
        cursor.execute(sql)
        assert cursor.fetchall() == [], sql
        assert cursor.description[0][0] == "Result", sql


@check
def fetching(connection):
    cursor = connection.cursor(arraysize=777)
    cursor.execute("SELECT id FROM range(10000) ORDER BY id")
    assert cursor.fetchone() == (0,)
    assert cursor.fetchmany(3) == [(1,), (2,), (3,)]
    rest = cursor.fetchall()
    assert len(rest) == 9996 and rest[-1] == (9999,)
    assert cursor.fetchone() is None


@check
def parameters(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT %(n)s + 1, %(text)s", {"n": 41, "text": "it's"})
    assert cursor.fetchall() == [(42, "it's")]


@check
def asynchronous(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM range(3000000)", async_=True)
    while cursor.poll().operationState in (0, 1, 7):
        pass
    assert cursor.fetchall() == [(3000000,)]
    assert any("Executing command" in line for line in cursor.fetch_logs())


@check
def cancelling(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM range(10000000) a CROSS JOIN range(10000000) b WHERE a.id * b.id % 7 = 3", async_=True)
    time.sleep(0.3)
    cursor.cancel()
    assert cursor.poll().operationState == 3
    assert rows(connection, "SELECT 1") == [(1,)]


@check
def errors(connection):
    for sql, *texts in (
        ("SELECT * FROM nothing", "[TABLE_OR_VIEW_NOT_FOUND]", "SemanticException Table not found nothing"),
        ("SELCT 1", "[PARSE_SYNTAX_ERROR]", "== SQL =="),
        ("USE nothing", "[SCHEMA_NOT_FOUND]"),
    ):
        try:
            rows(connection, sql)
        except exc.OperationalError as error:
            message = error.args[0].status.errorMessage
            assert all(t in message for t in texts), message
        else:
            raise AssertionError(f"{sql} went well")
    assert rows(connection, "SELECT 1") == [(1,)]


@check
def settings(_):
    with contextlib.closing(connect(configuration={"spark.sql.session.timeZone": "Africa/Casablanca", "no.such.key": "x"})) as c:
        assert rows(c, "SELECT current_timezone()") == [("Africa/Casablanca",)]


@check
def many_connections(_):
    failures = []

    def one(n):
        try:
            with contextlib.closing(connect()) as c:
                assert rows(c, f"SELECT {n}") == [(n,)]
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(50)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures, failures[0]


@check
def reflection(_):
    inspector = sa.inspect(engine())
    assert "pyhive" in inspector.get_schema_names()
    columns = {c["name"]: str(c["type"]) for c in inspector.get_columns("items", schema="pyhive")}
    assert list(columns) == ["id", "name", "price", "sold", "at", "ok"] and columns["id"] == "INTEGER", columns
    assert inspector.has_table("items", schema="pyhive")
    assert not inspector.has_table("nothing", schema="pyhive")
    table = sa.Table("items", sa.MetaData(), autoload_with=engine(), schema="pyhive")
    with engine().connect() as c:
        assert c.execute(sa.select(table.c.name).where(table.c.id == 1)).fetchall() == [("one",)]


@check
def pandas(_):
    with engine().connect() as c:
        frame = pd.read_sql_query(sa.text("SELECT id, name, price FROM items ORDER BY id"), c)
        assert list(frame["id"]) == [1, 2] and frame["name"][0] == "one" and pd.isna(frame["name"][1])
    # read_sql over hive:// fails as on Spark: PyHive takes the first column of SHOW TABLES, the database, for tables' names.
    with contextlib.closing(connect()) as c:
        assert list(pd.read_sql("SELECT count(*) AS n FROM items", c)["n"]) == [2]
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"], "c": [0.5, 1.5, 2.5]})
    for times in (1, 2):  # the second time the table is there; "replace" needs tables' names, see above
        frame.to_sql("frame", engine(), schema="pyhive", index=False, if_exists="append", method="multi")
        with engine().connect() as c:
            back = pd.read_sql_query(sa.text("SELECT * FROM frame ORDER BY a"), c)
        assert back.values.tolist() == [row for row in frame.values.tolist() for _ in range(times)], back


with contextlib.closing(connect(database="default")) as last:
    rows(last, "DROP DATABASE pyhive CASCADE")
print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(1 if counts["failed"] else 0)
