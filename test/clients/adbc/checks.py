"""ADBC's Flight SQL driver against a server: checks.py grpc://HOST:PORT

Every check prints what failed; the last line is "N passed, N failed". The gold report is run where the warehouse has it.
"""

import datetime
import decimal
import json
import pathlib
import sys
import threading
import time
import warnings

import adbc_driver_flightsql.dbapi as dbapi
import adbc_driver_manager
import pyarrow as pa

URI = sys.argv[1]
TECHMART = pathlib.Path(__file__).resolve().parents[3] / "examples" / "techmart"
counts = {"passed": 0, "failed": 0}


def check(function):
    """Runs a check with a connection of its own."""
    try:
        with dbapi.connect(URI, autocommit=True) as connection:
            function(connection)
        counts["passed"] += 1
    except Exception as error:  # whatever it is, the next check runs
        counts["failed"] += 1
        print(f"FAILED {function.__name__}: {type(error).__name__}: {str(error)[:600]}")
    return function


def rows(connection, sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def run(connection, sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def same(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def fails(connection, sql, *parts):
    try:
        rows(connection, sql)
    except dbapi.Error as error:
        for part in parts:
            assert part in str(error), f"{part!r} is not in {error}"
        return error
    raise AssertionError(f"{sql} does not fail")


@check
def query(c):
    same(rows(c, "SELECT 1 AS a, 'x' AS b"), [(1, "x")])


@check
def types(c):
    with c.cursor() as cursor:
        cursor.execute(
            "SELECT CAST(1 AS TINYINT) ti, CAST(2 AS SMALLINT) si, 3 i, 4L bi, CAST(1.5 AS FLOAT) f, 2.5D d, 12.345 de, 'text' s, true b, "
            "DATE'2026-02-03' da, TIMESTAMP'2026-02-03 04:05:06.789' ts, TIMESTAMP_NTZ'2026-02-03 04:05:06' tn, X'0AFF' bin, NULL n, "
            "array(1, 2) a, named_struct('x', 1, 'y', 'z') st, map('k', 1) m"
        )
        table = cursor.fetch_arrow_table()
    want = [
        pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.decimal128(5, 3), pa.string(), pa.bool_(), pa.date32(),
        pa.timestamp("us", "UTC"), pa.timestamp("us"), pa.binary(), pa.null(),
    ]
    same([field.type for field in table.schema][: len(want)], want)
    row = table.to_pylist()[0]
    same(row["de"], decimal.Decimal("12.345"))
    same(row["da"], datetime.date(2026, 2, 3))
    same(row["ts"], datetime.datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=datetime.timezone.utc))
    same((row["a"], row["st"], row["m"]), ([1, 2], {"x": 1, "y": "z"}, [("k", 1)]))


@check
def large_result(c):
    with c.cursor() as cursor:
        cursor.execute("SELECT id, concat('row ', id) AS s FROM range(500000)")
        n, total, batches = 0, 0, 0
        for batch in cursor.fetch_record_batch():
            n, batches = n + batch.num_rows, batches + 1
            total += sum(batch.column(0).to_pylist())
    same((n, total), (500000, 499999 * 250000))
    assert batches > 1


@check
def empty_result(c):
    with c.cursor() as cursor:
        cursor.execute("SELECT id AS a FROM range(3) WHERE id > 5")
        table = cursor.fetch_arrow_table()
    same((table.num_rows, table.column_names), (0, ["a"]))


@check
def changes(c):
    run(c, "CREATE DATABASE IF NOT EXISTS adbc")
    run(c, "CREATE OR REPLACE TABLE adbc.items (id BIGINT, name STRING, price DECIMAL(10,2)) USING delta")
    same(run(c, "INSERT INTO adbc.items VALUES (1, 'one', 1.10), (2, 'two', 2.20), (3, NULL, NULL)") in (3, -1), True)
    same(rows(c, "UPDATE adbc.items SET name = 'drei' WHERE id = 3"), [(1,)])
    same(rows(c, "DELETE FROM adbc.items WHERE id = 2"), [(1,)])
    merged = rows(
        c,
        "MERGE INTO adbc.items t USING (SELECT 1 AS id UNION ALL SELECT 4) s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET name = 'uno' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'four')",
    )
    same(merged[0][0], 2)
    same(rows(c, "SELECT id, name FROM adbc.items ORDER BY id"), [(1, "uno"), (3, "drei"), (4, "four")])


@check
def parameters(c):
    for value, want in [
        (7, 7), ("it's; --", "it's; --"), (2.5, 2.5), (True, True), (None, None), (b"abc", b"abc"), (decimal.Decimal("1.50"), decimal.Decimal("1.50")),
        (datetime.date(2026, 2, 3), datetime.date(2026, 2, 3)), (datetime.datetime(2026, 2, 3, 4, 5, 6), datetime.datetime(2026, 2, 3, 4, 5, 6)),
    ]:
        same(rows(c, "SELECT ? AS v", (value,)), [(want,)])
    same(rows(c, "SELECT ? + ? AS v, ? AS w", (1, 2, "x")), [(3, "x")])
    same(rows(c, "SELECT id FROM range(10) WHERE id > ? ORDER BY id LIMIT 2", (6,)), [(7,), (8,)])


@check
def many_rows_of_parameters(c):
    run(c, "CREATE OR REPLACE TABLE adbc.bound (id BIGINT, name STRING) USING delta")
    with c.cursor() as cursor:
        cursor.executemany("INSERT INTO adbc.bound VALUES (?, ?)", [(1, "a"), (2, None), (3, "c")])
    same(rows(c, "SELECT * FROM adbc.bound ORDER BY id"), [(1, "a"), (2, None), (3, "c")])


@check
def prepared(c):
    with c.cursor() as cursor:
        schema = cursor.adbc_prepare("SELECT id FROM adbc.items WHERE name = ? AND id > ?")
        same([str(field.type) for field in schema], ["string", "int64"])


@check
def metadata(c):
    objects = c.adbc_get_objects(depth="columns", db_schema_filter="adbc", table_name_filter="items").read_all().to_pylist()
    same([o["catalog_name"] for o in objects], ["spark_catalog"])
    tables = objects[0]["catalog_db_schemas"][0]["db_schema_tables"]
    same([(t["table_name"], t["table_type"]) for t in tables], [("items", "TABLE")])
    same([column["column_name"] for column in tables[0]["table_columns"]], ["id", "name", "price"])
    same(c.adbc_get_table_types(), ["TABLE", "VIEW"])
    info = c.adbc_get_info()
    same(info["vendor_name"], "Argan")
    schema = c.adbc_get_table_schema("items", db_schema_filter="adbc")
    same([(f.name, f.type) for f in schema], [("id", pa.int64()), ("name", pa.string()), ("price", pa.decimal128(10, 2))])


@check
def schema_without_running(c):
    with c.cursor() as cursor:
        same(cursor.adbc_execute_schema("SELECT 1 AS a, 'x' AS b").names, ["a", "b"])


@check
def transactions_are_refused(_):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with dbapi.connect(URI, autocommit=False) as c:
            same(rows(c, "SELECT 1"), [(1,)])
    assert any("Cannot disable autocommit" in str(w.message) for w in told), told


@check
def errors(c):
    error = fails(c, "SELECT *\nFROM nope", "[TABLE_OR_VIEW_NOT_FOUND]", "SQLSTATE: 42P01", "line 2 pos 6")
    same(error.status_code, adbc_driver_manager.AdbcStatusCode.NOT_FOUND)
    fails(c, "SELEC 1", "[PARSE_SYNTAX_ERROR]", "^^^^^")
    fails(c, "SELECT raise_error('broken')", "broken")
    fails(c, "SELECT CASE WHEN id < 200000 THEN id ELSE raise_error('late') END FROM range(0, 400000, 1, 1)", "late")
    same(rows(c, "SELECT 1"), [(1,)])


@check
def session(c):
    run(c, "USE adbc")
    run(c, "CREATE TEMPORARY VIEW mine AS SELECT 7 AS x")
    run(c, "SET spark.sql.session.timeZone = Africa/Casablanca")
    same(rows(c, "SELECT current_database(), current_timezone(), x FROM mine"), [("adbc", "Africa/Casablanca", 7)])
    with dbapi.connect(URI, autocommit=True) as other:
        fails(other, "SELECT x FROM mine", "TABLE_OR_VIEW_NOT_FOUND")


@check
def options(c):
    c.adbc_current_db_schema = "adbc"
    same(rows(c, "SELECT current_database()"), [("adbc",)])
    same((c.adbc_current_catalog, c.adbc_current_db_schema), ("spark_catalog", "adbc"))


@check
def cancel(c):
    with c.cursor() as cursor:
        cursor.execute("SELECT a.id + b.id AS n FROM range(100000) a, range(100000) b")
        threading.Timer(0.2, cursor.adbc_cancel).start()
        began = time.monotonic()
        try:
            while cursor.fetchmany(10000):
                pass
        except (dbapi.Error, adbc_driver_manager.Error, OSError, pa.ArrowException) as error:
            assert "ancel" in str(error), error
        else:
            raise AssertionError("it ran to its end")
        assert time.monotonic() - began < 30


@check
def ingest(c):
    table = pa.table({"id": [1, 2, 3], "name": ["a", None, "c"]})
    run(c, "DROP TABLE IF EXISTS adbc.loaded")
    with c.cursor() as cursor:
        cursor.adbc_ingest("loaded", table, mode="create", db_schema_name="adbc")
        cursor.adbc_ingest("loaded", table, mode="append", db_schema_name="adbc")
    same(rows(c, "SELECT count(*), count(name) FROM adbc.loaded"), [(6, 4)])
    with c.cursor() as cursor:
        cursor.adbc_ingest("loaded_here", table, mode="create", temporary=True)
        cursor.adbc_ingest("loaded_here", table, mode="append", temporary=True)
    same(rows(c, "SELECT count(*), count(name) FROM loaded_here"), [(6, 4)])
    with dbapi.connect(URI, autocommit=True) as other:
        fails(other, "SELECT * FROM loaded_here", "TABLE_OR_VIEW_NOT_FOUND")


@check
def gold(c):
    if ("gold",) not in rows(c, "SHOW DATABASES"):
        print("The warehouse has no gold: the report is left out.")
        return
    expected = json.loads((TECHMART / "expected.json").read_text())["loads"][-1]["tables"]
    for name, table in expected.items():
        same((name, rows(c, f"SELECT count(*) FROM {name}")), (name, [(table["rows"],)]))
    queries = [q for q in (TECHMART / "04_report.sql").read_text().split(";\n") if "-- title:" in q]
    run(c, "USE gold")
    for text in queries:
        with c.cursor() as cursor:
            cursor.execute(text)
            assert cursor.fetch_arrow_table().num_rows > 0, text
    (sales, turnover), = rows(c, "SELECT count(*), sum(amount) FROM gold.fact_sales")
    same(rows(c, "SELECT sales, turnover FROM gold.metrics WHERE grain = 'all'"), [(sales, turnover)])


print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(1 if counts["failed"] else 0)
