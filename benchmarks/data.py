"""Data of the suites, made from nothing but a seed: TPC-H by tpchgen-cli, the others here. Folders that are there are kept."""
import datetime, pathlib, shutil, subprocess

import deltalake
import numpy
import pyarrow as pa
import pyarrow.parquet as pq

TPCH = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]
EPOCH = datetime.datetime(2024, 1, 1)


def fresh(folder, write):
    """Fills a folder under another name first, so that a run that was stopped leaves nothing behind."""
    folder = pathlib.Path(folder)
    if folder.exists():
        return folder
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    write(part)
    part.rename(folder)
    return folder


def tpch(root, scale):
    def write(folder):
        raw = folder / "raw"
        subprocess.run(["tpchgen-cli", "parquet", "-s", str(scale), "-o", str(raw)], check=True)
        for name in TPCH:
            reader = pq.ParquetFile(next(raw.glob(f"{name}*.parquet")))
            deltalake.write_deltalake(str(folder / name), pa.RecordBatchReader.from_batches(reader.schema_arrow, reader.iter_batches(1 << 17)))
        shutil.rmtree(raw)
    return fresh(pathlib.Path(root) / f"tpch-{scale:g}", write)


def people(ids, version):
    """Rows of the merge suite."""
    random = numpy.random.default_rng(version)
    return pa.table({
        "id": pa.array(ids, pa.int64()),
        "name": pa.array([f"name {version} {i % 9973}" for i in ids]),
        "amount": pa.array(random.integers(0, 10**7, len(ids)) / 100.0),
        "updated": pa.array(numpy.full(len(ids), numpy.datetime64(EPOCH + datetime.timedelta(days=version), "us")), pa.timestamp("us", "UTC")),
    })


def merge(root, rows, changed):
    def write(folder):
        for at in range(0, rows, 1_000_000):
            deltalake.write_deltalake(str(folder / "target"), people(range(at, min(at + 1_000_000, rows)), 1), mode="append")
        random = numpy.random.default_rng(7)
        old = random.choice(rows, changed // 2, replace=False)
        deltalake.write_deltalake(str(folder / "changes"), people([*map(int, old), *range(rows, rows + changed - changed // 2)], 2))
    return fresh(pathlib.Path(root) / f"merge-{rows}-{changed}", write)


def gold(root, days=730):
    def write(folder):
        random = numpy.random.default_rng(3)
        keys = [(d, c, t, h) for d in range(days) for c in range(10) for t in range(12) for h in range(4)]
        orders = random.integers(1, 60, len(keys))
        cents = random.integers(1_000, 900_000, len(keys)) * orders
        deltalake.write_deltalake(str(folder / "gold"), pa.table({
            "day": pa.array([EPOCH.date() - datetime.timedelta(days=365) + datetime.timedelta(days=k[0]) for k in keys]),
            "category": pa.array([f"category {k[1]}" for k in keys]),
            "city": pa.array([f"city {k[2]}" for k in keys]),
            "channel": pa.array([f"channel {k[3]}" for k in keys]),
            "orders": pa.array(orders), "units": pa.array(orders * 2),
            "revenue": pa.array(cents / 100.0),
        }))
    return fresh(pathlib.Path(root) / f"gold-{days}", write)
