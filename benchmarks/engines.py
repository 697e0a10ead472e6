"""Engines under test. Each runs in a process of its own, so that its CPU time and memory can be told apart.

An engine offers: start(), table(name, folder of a Delta table), query(sql) -> rows, process() -> pid of its tree, stop().
One whose packages are not installed says so in missing() and is skipped.
"""
import atexit, decimal, datetime, importlib.util, multiprocessing, os, pathlib, re, shutil, subprocess, tempfile, threading, time

import psutil


def missing(*modules):
    return [m for m in modules if importlib.util.find_spec(m) is None]


def plain(value):
    """A value in a form that compares between engines."""
    if isinstance(value, (float, decimal.Decimal)):
        return float(f"{float(value):.6g}")
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def rows_of(table):
    return [tuple(plain(v) for v in r) for r in zip(*(c.to_pylist() for c in table.columns))]


def same(a, b):
    """Whether two answers agree, but for the order of rows and the last digits of numbers."""
    def close(x, y):
        if isinstance(x, (int, float)) and isinstance(y, (int, float)) and not isinstance(x, bool):
            return abs(x - y) <= 1e-5 * max(1.0, abs(x), abs(y))
        return x == y
    key = lambda r: tuple(str(v) if isinstance(v, str) else "" for v in r) + tuple(float(v) if isinstance(v, (int, float)) else 0.0 for v in r)
    return len(a) == len(b) and all(len(x) == len(y) and all(map(close, x, y)) for x, y in zip(sorted(a, key=key), sorted(b, key=key)))


def tree(pid):
    p = psutil.Process(pid)
    return [p] + p.children(recursive=True)


def cpu(pid):
    """CPU seconds of a process and its children so far."""
    return sum(t.user + t.system for t in (p.cpu_times() for p in tree(pid)))


def precise_cpu(pid):
    """CPU milliseconds of one process by the scheduler's own account, which is finer than the clock's ticks (Linux)."""
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(t.read_text().split()[0]) for t in tasks) / 1e6


def precise_tree(pid):
    """CPU seconds of the threads that live now in a process and its children; 0 where the system does not tell."""
    return sum(precise_cpu(p.pid) for p in tree(pid)) / 1000


def rss(pid):
    return sum(p.memory_info().rss for p in tree(pid))


class Watch:
    """Wall time, CPU time and peak memory of an engine's process while the block runs."""

    def __init__(self, pid, every=0.05):
        self.pid, self.every, self.peak = pid, every, 0

    def __enter__(self):
        self.stop = threading.Event()
        self.cpu0, self.precise0, self.t0 = cpu(self.pid), precise_tree(self.pid), time.perf_counter()
        self.thread = threading.Thread(target=self.sample, daemon=True)
        self.thread.start()
        return self

    def sample(self):
        while not self.stop.is_set():
            try:
                self.peak = max(self.peak, rss(self.pid))
            except psutil.Error:
                return
            self.stop.wait(self.every)

    def __exit__(self, *_):
        self.wall = time.perf_counter() - self.t0
        # Ticks of 10 ms miss short queries; the scheduler's account misses threads that have ended. Each errs downwards.
        self.cpu = max(cpu(self.pid) - self.cpu0, precise_tree(self.pid) - self.precise0)
        self.stop.set()
        self.thread.join()

    def figures(self):
        return {"wall": round(self.wall, 3), "cpu": round(self.cpu, 3), "peak_mb": round(self.peak / 2**20)}


class Argan:
    name = "argan"

    def __init__(self, binary, threads):
        self.binary, self.threads = binary, threads

    @staticmethod
    def missing():
        return missing("adbc_driver_flightsql", "pyarrow")

    def start(self):
        self.folder = tempfile.mkdtemp(prefix="argan-bench-")
        env = dict(os.environ, GOMAXPROCS=str(self.threads))
        self.server = subprocess.Popen(
            [self.binary, "serve", "--warehouse", self.folder, "--flight-port", "0", "--http-port", "off", "--hive-port", "off"],
            stderr=subprocess.PIPE, text=True, env=env)
        atexit.register(self.server.kill)  # nothing stays behind, however the run ends
        for line in self.server.stderr:
            at = re.search(r"flight=(\S+)", line) if line.startswith("ready") else None
            if at:
                self.uri = "grpc://" + at[1]
                break
        else:
            raise RuntimeError("argan ended before it was ready")
        threading.Thread(target=self.server.stderr.read, daemon=True).start()
        self.connection = self.connect()

    def connect(self):
        import adbc_driver_flightsql.dbapi as dbapi
        return dbapi.connect(self.uri, autocommit=True)

    def table(self, name, folder):
        self.query(f"create table {name} using delta location '{folder}'")

    def query(self, sql):
        return self.on(self.connection, sql)

    @staticmethod
    def on(connection, sql):
        with connection.cursor() as c:
            c.execute(sql)
            return rows_of(c.fetch_arrow_table())

    def client(self):
        connection = self.connect()
        return lambda sql: self.on(connection, sql)

    def process(self):
        return self.server.pid

    def stop(self):
        self.connection.close()
        self.server.terminate()
        self.server.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def child(pipe, work, arguments):
    """The loop of an engine that is a library: it answers calls until None comes."""
    engine = work(*arguments)
    while (call := pipe.recv()) is not None:
        method, args = call
        try:
            pipe.send((True, getattr(engine, method)(*args)))
        except Exception as e:  # the answer of a failed call is its error
            pipe.send((False, f"{type(e).__name__}: {e}"))


class Library:
    """An engine that is a Python package, run in a process of its own."""

    def __init__(self, threads):
        self.threads = threads

    def start(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.child = context.Process(target=child, args=(theirs, self.work, (self.threads,)), daemon=True)
        self.child.start()
        self.call("ready")

    def call(self, method, *args):
        self.pipe.send((method, args))
        ok, answer = self.pipe.recv()
        if not ok:
            raise RuntimeError(answer)
        return answer

    def process(self):
        return self.child.pid

    def stop(self):
        self.pipe.send(None)
        self.child.join(20)


class DuckWork:
    def __init__(self, threads):
        import duckdb
        self.connection = duckdb.connect(config={"threads": threads})

    def ready(self):
        return True

    def table(self, name, folder):
        import deltalake
        files = [str(f).removeprefix("file://") for f in deltalake.DeltaTable(folder).file_uris()]
        self.connection.execute(f"create view {name} as select * from read_parquet({files!r})")

    def query(self, sql):
        return rows_of(self.connection.execute(sql).fetch_arrow_table())

    def clients(self, count, queries, seconds):
        """Queries per second of several threads, in the process itself."""
        def work(done):
            cursor, end = self.connection.cursor(), time.perf_counter() + seconds
            while time.perf_counter() < end:
                for sql in queries:
                    cursor.execute(sql).fetch_arrow_table()
                    done[0] += 1
        counts = [[0] for _ in range(count)]
        threads = [threading.Thread(target=work, args=(c,)) for c in counts]
        t0 = time.perf_counter()
        [t.start() for t in threads], [t.join() for t in threads]
        return sum(c[0] for c in counts) / (time.perf_counter() - t0)


class Duck(Library):
    name, work = "duckdb", DuckWork

    @staticmethod
    def missing():
        return missing("duckdb", "deltalake", "pyarrow")

    def table(self, name, folder):
        self.call("table", name, str(folder))

    def query(self, sql):
        return self.call("query", sql)


class DeltaWork:
    def __init__(self, threads):
        import deltalake
        self.deltalake = deltalake

    def ready(self):
        return True

    def merge(self, target, changes):
        source = self.deltalake.DeltaTable(changes).to_pyarrow_table()
        columns = {c: f"s.{c}" for c in ("name", "amount", "updated")}
        return (self.deltalake.DeltaTable(target)
                .merge(source, "t.id = s.id", source_alias="s", target_alias="t")
                .when_matched_update(columns).when_not_matched_insert(columns | {"id": "s.id"}).execute())


class DeltaRS(Library):
    name, work = "delta-rs", DeltaWork

    @staticmethod
    def missing():
        return missing("deltalake", "pyarrow")


def statements(path):
    """The statements of a file, without comments."""
    text = "\n".join(l for l in pathlib.Path(path).read_text().splitlines() if not l.startswith("--"))
    return [s.strip() for s in text.split(";") if s.strip()]
