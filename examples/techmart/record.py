#!/usr/bin/env python3
"""Runs the scripts of this folder on Apache Spark with Delta Lake and records what they answer in expected.json.

    argan gen techmart --out RAW
    python record.py RAW --jars delta-spark_2.12-3.2.1.jar,delta-storage-3.2.1.jar,antlr4-runtime-4.9.3.jar

Needs pyspark 3.5.3. The test of the demo compares Argan with this file. Recorded after each load: rows and a digest of
every table (without _loaded_at), then the report. Each load is run twice, and the second run must change nothing.
"""
import argparse, json, os, re, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LOAD = ["01_bronze.sql", "02_silver.sql", "03_gold.sql"]
TABLES = {
    "bronze": ["customers", "products", "transactions", "web_events"],
    "silver": ["customers", "products", "transactions", "web_events", "quarantine"],
    "gold": ["dim_customers", "dim_products", "dim_date", "fact_sales", "metrics"],
}


def statements(script):
    """The statements of a script with their titles. The scripts hold no semicolon in a literal or comment."""
    text = open(os.path.join(HERE, script), encoding="utf-8").read()
    for part in text.split(";"):
        title = re.search(r"^-- title: (.*)$", part, re.M)
        sql = "\n".join(l for l in part.splitlines() if not l.startswith("--")).strip()
        if sql:
            yield (title.group(1) if title else None), sql


def texts(df):
    return [[None if v is None else str(v) for v in r] for r in df.select([df[f"`{c}`"].cast("string") for c in df.columns]).collect()]


def tables(spark):
    out = {}
    for db, names in TABLES.items():
        for name in names:
            t = f"{db}.{name}"
            cols = ", ".join(c for c in spark.table(t).columns if c != "_loaded_at")
            rows, digest = texts(spark.sql(f"SELECT count(*), sum(CAST(xxhash64({cols}) AS DECIMAL(38,0))) FROM {t}"))[0]
            out[t] = {"rows": int(rows), "digest": digest, "columns": cols}
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("raw")
    ap.add_argument("--jars", required=True)
    ap.add_argument("--out", default=os.path.join(HERE, "expected.json"))
    a = ap.parse_args()
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory() as work:
        spark = (
            SparkSession.builder.master("local[2]")
            .config("spark.jars", a.jars)
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .config("spark.sql.warehouse.dir", work)
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.databricks.delta.snapshotPartitions", "2")
            .config("spark.ui.enabled", "false")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        spark.sql(f"SET raw={os.path.abspath(a.raw)}")
        loads = []
        for delivery in ("day1", "day2"):
            spark.sql(f"SET delivery={delivery}")
            for run in ("first", "again"):
                for script in LOAD:
                    for _, sql in statements(script):
                        spark.sql(sql).collect()
                now = tables(spark)
                if run == "first":
                    before = now
                    report = []
                    for title, sql in statements("04_report.sql"):
                        df = spark.sql(sql)
                        report.append({"title": title, "columns": df.columns, "types": [t for _, t in df.dtypes], "rows": texts(df)})
                    loads.append({"delivery": delivery, "tables": now, "report": report})
                assert now == before, f"{delivery} run again changed {[t for t in now if now[t] != before[t]]}"
                print(delivery, run, {t: v["rows"] for t, v in now.items()}, flush=True)
        # An older load run again must not win over a later one.
        spark.sql("SET delivery=day1")
        for script in LOAD:
            for _, sql in statements(script):
                spark.sql(sql).collect()
        now = tables(spark)
        assert now == before, f"day1 run again changed {[t for t in now if now[t] != before[t]]}"
        for t in ("silver.customers", "silver.transactions", "gold.fact_sales"):
            spark.sql(f"DESCRIBE HISTORY {t}").select("version", "operation").show(20, False)
        spark.stop()
    with open(a.out, "w", encoding="utf-8") as f:
        json.dump({"recorded_by": "Spark 3.5.3 + Delta Lake 3.2.1", "time_zone": "UTC", "factor": 1, "seed": 42, "loads": loads}, f, indent=1, ensure_ascii=False)
        f.write("\n")


if __name__ == "__main__":
    main()
