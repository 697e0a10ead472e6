#!/usr/bin/env python3
"""Runs the suites beside other engines. Engines take turns, their answers are compared, and a ratio is given only where
they agree. Results go to benchmarks/results/<suite>.json, tables to the terminal.

    run.py tpch startup merge dashboards flight medallion --argan bin/argan
"""
import argparse, atexit, json, math, os, pathlib, platform, re, shutil, signal, subprocess, sys, tempfile, threading, time

import psutil

import data
import engines
from engines import Watch, same, statements

HERE = pathlib.Path(__file__).resolve().parent


def present(*candidates):
    """The engines that are installed; the others are named and left out."""
    out = []
    for e in candidates:
        gone = e.missing()
        if gone:
            print(f"{e.name} is left out: {', '.join(gone)} not installed")
        else:
            out.append(e)
    return out


def tpch(o):
    """The 22 queries: the first run of each in a started engine, then the best of the repetitions."""
    folder = o.tpch or data.tpch(o.data, o.scale)
    running = present(engines.Duck(o.threads), engines.Argan(o.argan, o.threads))
    for e in running:
        e.start()
        for t in data.TPCH:
            e.table(t, pathlib.Path(folder) / t)
    peak = {e.name: 0 for e in running}
    out = {}
    for path in sorted((HERE / "suites" / "tpch").glob("*.sql")):
        sql, figures, answers = path.read_text().replace("{FRAC}", f"{0.0001 / o.scale:.10f}"), {}, {}
        for turn in range(1 + o.repeat):
            for e in running:
                with Watch(e.process()) as w:
                    answers[e.name] = e.query(sql)
                f = w.figures()
                peak[e.name] = max(peak[e.name], f["peak_mb"])
                if turn == 0:
                    figures[e.name] = {"first_wall": f["wall"], "first_cpu": f["cpu"]}
                else:
                    for k in ("wall", "cpu"):
                        figures[e.name][k] = min(f[k], figures[e.name].get(k, math.inf))
        if len(running) == 2:
            figures["agree"] = same(answers["argan"], answers["duckdb"])
            if figures["agree"] and min(figures[n]["cpu"] for n in ("argan", "duckdb")) > 0:
                figures["ratio"] = round(figures["argan"]["cpu"] / figures["duckdb"]["cpu"], 2)
        out[path.stem] = figures
        print(path.stem, json.dumps(figures), flush=True)
    for e in running:
        e.stop()
    ratios = [q["ratio"] for q in out.values() if q.get("ratio")]
    total = {n: round(sum(q[n]["cpu"] for q in out.values()), 2) for n in peak}
    return {"scale": o.scale, "queries": out, "cpu": total, "peak_mb": peak, "agree": sum(q.get("agree", False) for q in out.values()),
            "geometric_mean": round(math.exp(sum(map(math.log, ratios)) / len(ratios)), 2) if ratios else None, "worst": max(ratios, default=None)}


def startup(o):
    """From the start of the process to the answer of SELECT 1 over Flight SQL; memory when it then rests."""
    runs = []
    for _ in range(5):
        e = engines.Argan(o.argan, o.threads)
        t0 = time.perf_counter()
        e.start()
        e.query("select 1")
        wall = time.perf_counter() - t0
        used = engines.precise_cpu(e.process())
        time.sleep(2)
        runs.append({"wall_ms": round(1000 * wall), "cpu_ms": round(used), "idle_mb": round(engines.rss(e.process()) / 2**20)})
        e.stop()
    return {"runs": runs, "best": {k: min(r[k] for r in runs) for k in runs[0]}}


def merge(o):
    """MERGE of changes into a large table, each engine on a copy of its own; what came of it is compared."""
    source = data.merge(o.data, o.rows, o.changes)
    out, answers = {}, {}
    for e in present(engines.Argan(o.argan, o.threads), engines.DeltaRS(o.threads)):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="merge-", dir=o.data))
        try:
            shutil.copytree(source, folder, dirs_exist_ok=True)
            e.start()
            with Watch(e.process()) as w:
                if e.name == "argan":
                    e.table("target", folder / "target")
                    e.table("changes", folder / "changes")
                    e.query(statements(HERE / "suites" / "merge.sql")[0])
                else:
                    e.call("merge", str(folder / "target"), str(folder / "changes"))
            e.stop()
            out[e.name] = w.figures()
            answers[e.name] = described(folder / "target")
            print(e.name, out[e.name], answers[e.name], flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if len(answers) == 2:
        out["agree"] = same(*([a] for a in answers.values()))
        out["ratio"] = {k: round(out["argan"][k] / out["delta-rs"][k], 2) for k in ("wall", "cpu", "peak_mb")}
    return {"rows": o.rows, "changes": o.changes, **out}


def described(table):
    """Count and sums of a table, read without any of the engines under test."""
    import deltalake, pyarrow.compute as pc
    t = deltalake.DeltaTable(str(table)).to_pyarrow_table(columns=["id", "name", "amount"])
    return (t.num_rows, pc.sum(t["id"]).as_py(), pc.sum(pc.utf8_length(t["name"])).as_py(), round(pc.sum(t["amount"]).as_py(), 0))


def dashboards(o):
    """Several clients with one page of queries each, again and again."""
    folder, queries = data.gold(o.data), statements(HERE / "suites" / "dashboard.sql")
    out, answers = {"clients": o.clients}, {}
    for e in present(engines.Duck(o.threads), engines.Argan(o.argan, o.threads)):
        e.start()
        e.table("gold", folder / "gold")
        answers[e.name] = [e.query(sql) for sql in queries]
        with Watch(e.process()) as w:
            rate = e.call("clients", o.clients, queries, o.seconds) if e.name == "duckdb" else clients(e, o.clients, queries, o.seconds)
        e.stop()
        cpu_ms = round(1000 * w.cpu / (rate * w.wall), 2) if rate else None
        out[e.name] = {"queries_per_second": round(rate, 1), "cpu_ms_per_query": cpu_ms, "peak_mb": w.figures()["peak_mb"]}
        print(e.name, out[e.name], flush=True)
    if len(answers) == 2:
        out["agree"] = all(map(same, answers["argan"], answers["duckdb"]))
        out["ratio"] = round(out["argan"]["queries_per_second"] / out["duckdb"]["queries_per_second"], 2)
        out["cpu_ratio"] = round(out["argan"]["cpu_ms_per_query"] / out["duckdb"]["cpu_ms_per_query"], 2)
    return out


def clients(engine, count, queries, seconds):
    done = [0] * count

    def work(i):
        ask, end = engine.client(), time.perf_counter() + seconds
        while time.perf_counter() < end:
            for sql in queries:
                ask(sql)
                done[i] += 1
    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    t0 = time.perf_counter()
    [t.start() for t in threads], [t.join() for t in threads]
    return sum(done) / (time.perf_counter() - t0)


FLIGHT = """select id, cast(id % 1000 as int) as k, cast(id as double) / 2 as v, concat('name ', id % 1000) as s from range({rows})"""


def flight(o):
    """Rows per second of a large answer, beside a server that only sends (benchmarks/flight)."""
    with tempfile.TemporaryDirectory() as folder:
        binary = pathlib.Path(folder) / "bare"
        subprocess.run(["go", "build", "-o", str(binary), "./benchmarks/flight"], cwd=HERE.parent, check=True)
        bare = subprocess.Popen([str(binary), "-rows", str(o.flight_rows)], stderr=subprocess.PIPE, text=True, env=dict(os.environ, GOMAXPROCS=str(o.threads)))
        atexit.register(bare.kill)
        uri = "grpc://" + re.search(r"flight=(\S+)", bare.stderr.readline())[1]
        argan = engines.Argan(o.argan, o.threads)
        argan.start()
        argan.query(f"create table flight using delta as {FLIGHT.format(rows=o.flight_rows)}")
        out = {"rows": o.flight_rows}
        try:
            for turn in range(1 + o.repeat):
                for name, pid, at, sql in (("bare", bare.pid, uri, "rows"), ("argan", argan.process(), argan.uri, "select * from flight")):
                    rows, wall, used = pull(at, sql, pid)
                    if rows != o.flight_rows:
                        raise RuntimeError(f"{name} sent {rows} rows")
                    if turn > 0:
                        best = out.setdefault(name, {"rows_per_second": 0, "cpu": math.inf})
                        best["rows_per_second"] = max(best["rows_per_second"], round(rows / wall))
                        best["cpu"] = min(best["cpu"], round(used, 2))
            out["ratio"] = round(out["argan"]["rows_per_second"] / out["bare"]["rows_per_second"], 2)
        finally:
            argan.stop()
            bare.terminate()
            bare.wait(10)
    return out


def pull(uri, sql, pid):
    """Reads an answer batch by batch, keeping none."""
    import adbc_driver_flightsql.dbapi as dbapi
    with dbapi.connect(uri, autocommit=True) as c, c.cursor() as cursor:
        with Watch(pid) as w:
            cursor.execute(sql)
            rows = sum(b.num_rows for b in cursor.fetch_record_batch())
    return rows, w.wall, w.cpu


def medallion(o):
    """TechMart a hundred times over, from its raw files to gold, by the scripts of the example. The scripts run on Spark too;
    test/ compares the answers."""
    raw = pathlib.Path(o.data) / f"techmart-{o.factor}"
    data.fresh(raw, lambda folder: subprocess.run([o.argan, "gen", "techmart", "--out", str(folder), "--factor", str(o.factor)], check=True))
    e = engines.Argan(o.argan, o.threads)
    e.start()
    out = {"factor": o.factor, "steps": {}}
    try:
        e.query(f"set raw={raw}")
        for delivery in sorted(f.name for f in raw.iterdir() if f.is_dir()):
            e.query(f"set delivery={delivery}")
            for path in sorted((HERE.parent / "examples" / "techmart").glob("0[1-3]_*.sql")):
                with Watch(e.process()) as w:
                    for sql in statements(path):
                        e.query(sql)
                out["steps"][f"{delivery} {path.stem}"] = w.figures()
                print(delivery, path.stem, w.figures(), flush=True)
    finally:
        e.stop()
    for k, total in (("wall", sum), ("cpu", sum), ("peak_mb", max)):
        out[k] = round(total(f[k] for f in out["steps"].values()), 2)
    return out


SUITES = {f.__name__: f for f in (tpch, startup, merge, dashboards, flight, medallion)}


def machine():
    return {"date": time.strftime("%Y-%m-%d"), "cpus": psutil.cpu_count(), "memory_gb": round(psutil.virtual_memory().total / 2**30),
            "system": platform.platform(), "python": platform.python_version(), "load": [round(x, 1) for x in os.getloadavg()]}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("suites", nargs="+", choices=SUITES)
    p.add_argument("--argan", default=str(HERE.parent / "bin" / "argan"), help="the program under test")
    p.add_argument("--data", default=str(HERE / "data"), help="where data is made and kept")
    p.add_argument("--results", default=str(HERE / "results"))
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--repeat", type=int, default=2)
    p.add_argument("--scale", type=float, default=1, help="TPC-H's scale factor")
    p.add_argument("--tpch", help="a folder of Delta tables to use instead of making them")
    p.add_argument("--rows", type=int, default=5_000_000, help="rows of the table that is merged into")
    p.add_argument("--changes", type=int, default=500_000)
    p.add_argument("--clients", type=int, default=8)
    p.add_argument("--seconds", type=float, default=10, help="how long the clients of the dashboards ask")
    p.add_argument("--flight-rows", type=int, default=10_000_000)
    p.add_argument("--factor", type=int, default=100, help="how many times TechMart")
    o = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.makedirs(o.data, exist_ok=True)
    os.makedirs(o.results, exist_ok=True)
    for name in o.suites:
        print(f"== {name}", flush=True)
        before = machine()
        result = {"machine": before, **SUITES[name](o)}
        result["machine"]["load_after"] = [round(x, 1) for x in os.getloadavg()]
        (pathlib.Path(o.results) / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
        print(json.dumps({k: v for k, v in result.items() if k not in ("machine", "queries")}, indent=1), flush=True)


if __name__ == "__main__":
    main()
