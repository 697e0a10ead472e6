"""dbt against a server: commands that must succeed, and what they must leave behind.

    checks.py [--long] [--older PYTHON]... HOST:PORT      the example's project, on the demo's warehouse
    checks.py [--long] --project DIR HOST:PORT           the acceptance project, on a warehouse of its own

The Python that runs this has dbt beside it; --older names Pythons of older versions.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyhive import hive

HERE = Path(__file__).resolve().parent
DWH = HERE.parents[2] / "examples" / "techmart" / "dwh"

parser = argparse.ArgumentParser()
parser.add_argument("--long", action="store_true")
parser.add_argument("--older", action="append", default=[])
parser.add_argument("--project", type=Path)
parser.add_argument("server")
args = parser.parse_args()
host, port = args.server.rsplit(":", 1)
scratch = Path(tempfile.mkdtemp(prefix="argan-dbt-"))
checked = 0


def check(ok, what):
    global checked
    if not ok:
        sys.exit(f"FAILED {what}")
    checked += 1


def ask(sql):
    """The rows of a statement."""
    connection = hive.connect(host, int(port), username="checks")
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall()
    finally:
        connection.close()


class Project:
    """A dbt project, and what is to be told to every command."""

    def __init__(self, folder, name, python=sys.executable, **env):
        self.folder, self.dbt, self.target = folder, Path(python).parent / "dbt", scratch / name
        self.env = dict(
            os.environ, DBT_PROFILES_DIR=".", DBT_TARGET_PATH=str(self.target), DBT_LOG_PATH=str(scratch / name / "logs"),
            DBT_SEND_ANONYMOUS_USAGE_STATS="false", NO_COLOR="1", DBT_USE_COLORS="false", ARGAN_HOST=host, ARGAN_HIVE_PORT=port,
            DBT_HOST=host, DBT_PORT=port, **env,
        )

    def run(self, *words, fails=False):
        """One command; every node it ran must have passed. With fails, it must not."""
        began = time.time()
        results = self.target / "run_results.json"
        if words[0] != "retry":  # which reads what the last run left
            results.unlink(missing_ok=True)
        p = subprocess.run([str(self.dbt), *words], cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        nodes = {}
        if results.exists():
            nodes = {r["unique_id"]: r["status"] for r in json.loads(results.read_text())["results"]}
        bad = {k: v for k, v in nodes.items() if v not in ("success", "pass", "no-op")}
        print(f"{time.time() - began:6.1f} s  {self.folder.name}: dbt {' '.join(words)}: {len(nodes)} nodes", flush=True)
        if fails != (p.returncode != 0) or (bad and not fails):
            print(p.stdout[-6000:])
            check(False, f"dbt {' '.join(words)} in {self.folder}: exit {p.returncode}, {bad}")
        check(True, "")
        return nodes, p.stdout

    def catalog(self):
        return json.loads((self.target / "catalog.json").read_text())

    def manifest(self):
        return json.loads((self.target / "manifest.json").read_text())


def dwh():
    """The project of the example: two deliveries, and the same sales as the SQL scripts make."""
    p = Project(DWH, "dwh", ARGAN_SCHEMA="dwh", DBT_THREADS="4")
    window = ["--event-time-start", "2025-10-01", "--event-time-end", "2026-02-01"]
    p.run("debug")
    p.run("run-operation", "drop_all")
    nodes, _ = p.run("build", "--full-refresh", *window)
    check(len(nodes) > 60, f"only {len(nodes)} nodes were built")
    first = ask("select count(*), sum(amount) from dwh_silver.sales")
    p.run("build", "--vars", "{delivery: day2, compare_with_scripts: true}", *window)
    second = ask("select count(*), sum(amount) from dwh_silver.sales")
    check(second[0][0] > first[0][0], f"the second delivery brought nothing: {first}, {second}")
    history = ask("select count(*), count(dbt_valid_to), count(distinct customer_id) from dwh_snapshots.customers_history")
    check(history[0][1] > 0 and history[0][0] == history[0][1] + history[0][2], f"versions of customers: {history}")
    check(ask("select count(*) from dwh_snapshots.reorder_history where dbt_valid_to < timestamp'9999-01-01'")[0][0] > 0, "no closed row")
    comments = dict(r[:2] for r in [(c[0], c[2]) for c in ask("describe dwh_gold.fact_sales")])
    check(comments["transaction_id"] == "The sale's key", f"comments: {comments}")
    refused = "nothing"
    try:
        ask("insert into dwh_gold.fact_sales select 'T', 20250101, 'C', 'P', 0, 1.0, 0.0, 'x', 'web', 'livree', 2025")
    except hive.OperationalError as e:
        refused = str(e)
    check("quantity_is_positive" in refused, f"the contract's constraint: {refused}")
    p.run("docs", "generate", "--vars", "{delivery: day2}")
    c = p.catalog()["nodes"]
    fact = c["model.techmart.fact_sales"]
    check(list(fact["columns"])[:3] == ["transaction_id", "date_key", "customer_key"], f"columns: {list(fact['columns'])}")
    check(fact["columns"]["amount"]["type"] == "decimal(12,2)", fact["columns"]["amount"])
    check(fact["stats"]["rows"]["value"] == 50500 and fact["stats"]["bytes"]["value"] > 0, f"stats: {fact['stats']}")
    check(len(c) + len(p.catalog()["sources"]) >= 25, f"{len(c)} relations in the catalog")
    p.run("source", "freshness")
    _, out = p.run("show", "--select", "turnover_by_region", "--vars", "{delivery: day2}")
    check("Casablanca-Settat" in out, out)
    deferred(p)


def deferred(p):
    """What is not selected is read from another schema, and tables are cloned there."""
    state = scratch / "state"
    state.mkdir()
    (state / "manifest.json").write_text((p.target / "manifest.json").read_text())
    other = Project(DWH, "other", ARGAN_SCHEMA="dwh_other")
    other.run("run", "--select", "metrics_monthly", "--defer", "--state", str(state), "--vars", "{delivery: day2}")
    check([r[1] for r in ask("show tables in dwh_other_gold")] == ["metrics_monthly"], "more than the selected model was made")
    other.run("clone", "--select", "fact_sales", "dim_date", "--state", str(state), "--vars", "{delivery: day2}")
    check(ask("select count(*) from dwh_other_gold.fact_sales") == ask("select count(*) from dwh_gold.fact_sales"), "the clone differs")
    other.run("run-operation", "drop_all")


def shared(threads):
    """The acceptance project: its list of commands as written, and a run that is repaired."""
    p = Project(args.project.resolve(), f"shared{threads}", DBT_THREADS=str(threads))
    day2 = ["--vars", "{load_day: 2}"]
    p.run("run-operation", "drop_all")
    p.run("debug")
    p.run("run-operation", "load_bronze", "--args", "{day: 1}")
    nodes, _ = p.run("build", "--event-time-start", "2025-01-10", "--event-time-end", "2025-01-11")
    check(len(nodes) == 76, f"{len(nodes)} nodes")
    p.run("source", "freshness")
    p.run("run-operation", "load_bronze", "--args", "{day: 2}")
    p.run("build", *day2, "--event-time-start", "2025-01-10", "--event-time-end", "2025-01-12")
    columns = [r[0] for r in ask("describe silver.silver_products")]
    check("price_with_vat" in columns and "color_len" in columns, f"columns that came later: {columns}")
    check(ask("select count(*), min(first_seen) from silver.silver_products where first_seen < '2025-02-01'")[0][0] > 0, "first_seen was overwritten")
    p.run("docs", "generate", *day2)
    c = p.catalog()["nodes"]["model.techmart_dwh.stg_customers"]
    check(c["metadata"]["type"] == "view" and "customer_id" in c["columns"], c)
    _, out = p.run("show", "--select", "top_cities", *day2)
    check("Tanger" in out, out)
    probe = ["--vars", "{load_day: 2, retry_probe: true}"]
    p.run("run", "--select", "retry_probe", *probe, fails=True)
    # Elsewhere, so that the failed run stays the last one.
    Project(args.project.resolve(), "repair").run("run-operation", "repair")
    nodes, _ = p.run("retry")
    check("model.techmart_dwh.retry_probe" in nodes, f"retried: {list(nodes)}")
    p.run("run-operation", "run_query_ddl")
    if threads > 1:
        p.run("build", "--full-refresh", *day2, "--event-time-start", "2025-01-10", "--event-time-end", "2025-01-12")
    p.run("run-operation", "drop_all")


def small(python, name):
    """A small project in the words of dbt 1.7."""
    p = Project(HERE / "small", name, python, ARGAN_SCHEMA=name)
    ask(f"drop schema if exists {name} cascade")
    p.run("debug")
    for upto in (2, 3):
        v = ["--vars", "{upto: %d}" % upto]
        p.run("seed", *v)
        p.run("snapshot", *v) if upto == 3 else None
        p.run("run", *v)
        p.run("test", *v)
    check(len(ask(f"select doubled from {name}.orders_merged where order_id = 3 and doubled = 90.50")) == 1, "the new column")
    p.run("snapshot", "--vars", "{upto: 1}")
    p.run("run", "--vars", "{upto: 1}", "--select", "orders_view")
    p.run("snapshot", "--vars", "{upto: 1}")
    check(ask(f"select count(*), count(dbt_valid_to) from {name}.orders_history")[0][1] > 0, "hard deletes")
    p.run("docs", "generate")
    check("model.small.customers" in p.catalog()["nodes"], "the catalog")
    ask(f"drop schema {name} cascade")


if args.project:
    shared(1)
    if args.long:
        shared(4)
else:
    dwh()
    small(sys.executable, "dbt_small")
    for python in args.older:
        small(python, "dbt_small_" + Path(python).parents[1].name.replace("-", "_").replace(".", "_"))
print(f"dbt: {checked} checks passed")
