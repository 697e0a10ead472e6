"""Makes the files of this folder with pyarrow, each beside its rows in JSON: python make_files.py DIR

Values in the JSON: numbers as they are (floats as text), decimals as their unscaled number in text, binary as hex, dates as
days, timestamps as microseconds, lists and structs as arrays, maps as arrays of pairs.
"""
import datetime, decimal, json, random, sys
import pyarrow as pa, pyarrow.parquet as pq

out = sys.argv[1]
rnd = random.Random(7)
EPOCH = datetime.datetime(1970, 1, 1)

def canon(x, t):
    if x is None:
        return None
    if pa.types.is_decimal(t):
        return str(int(decimal.Decimal(x).scaleb(t.scale, decimal.Context(prec=80))))
    if pa.types.is_date(t):
        return (x - EPOCH.date()).days
    if pa.types.is_timestamp(t):
        return x // 1000 if t.unit == "ns" else x * 1000 if t.unit == "ms" else x
    if pa.types.is_binary(t) or pa.types.is_fixed_size_binary(t):
        return x.hex()
    if pa.types.is_float64(t) or pa.types.is_float32(t):
        return repr(x)
    if pa.types.is_struct(t):
        return [canon(x[f.name], f.type) for f in t]
    if pa.types.is_map(t):
        return [[canon(k, t.key_type), canon(v, t.item_type)] for k, v in x]
    if pa.types.is_list(t):
        return [canon(e, t.value_type) for e in x]
    if pa.types.is_uint64(t):
        return str(x)
    return x

def save(name, cols, types, **kw):
    arrays, rows = [], []
    for c, t in zip(cols, types):
        arrays.append(pa.array(c, t))
    table = pa.table(arrays, names=["c%d" % i for i in range(len(cols))])
    pq.write_table(table, out + "/" + name + ".parquet", **kw)
    for r in zip(*cols):
        rows.append([canon(x, t) for x, t in zip(r, types)])
    with open(out + "/" + name + ".json", "w") as f:
        f.write("[" + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "]\n")

def nulls(f, n, p):
    return [None if rnd.random() < p else f(i) for i in range(n)]

def words(i):
    return "word%d" % rnd.randrange(12)

def flat(n, p):
    d = decimal.Decimal
    f32 = lambda i: rnd.choice([0.5, -1.25, 3.0, 1024.125, -0.0])
    return [
        (nulls(lambda i: rnd.random() < .5, n, p), pa.bool_()),
        (nulls(lambda i: rnd.randrange(-128, 128), n, p), pa.int8()),
        (nulls(lambda i: rnd.randrange(-2**15, 2**15), n, p), pa.int16()),
        (nulls(lambda i: rnd.randrange(-2**31, 2**31), n, p), pa.int32()),
        (nulls(lambda i: rnd.randrange(-2**63, 2**63), n, p), pa.int64()),
        (nulls(lambda i: rnd.randrange(0, 2**32), n, p), pa.uint32()),
        (nulls(lambda i: rnd.randrange(0, 2**64), n, p), pa.uint64()),
        (nulls(f32, n, p), pa.float32()),
        (nulls(lambda i: rnd.random() * 1e6, n, p), pa.float64()),
        (nulls(words, n, p), pa.string()),
        (nulls(lambda i: "text %d %s" % (i, "é" * rnd.randrange(9)), n, p), pa.string()),
        (nulls(lambda i: bytes(rnd.randrange(256) for _ in range(rnd.randrange(6))), n, p), pa.binary()),
        (nulls(lambda i: bytes(rnd.randrange(256) for _ in range(5)), n, p), pa.binary(5)),
        (nulls(lambda i: datetime.date(1970, 1, 1) + datetime.timedelta(days=rnd.randrange(-9000, 20000)), n, p), pa.date32()),
        (nulls(lambda i: rnd.randrange(-10**15, 10**15), n, p), pa.timestamp("us", "UTC")),
        (nulls(lambda i: rnd.randrange(-10**15, 10**15), n, p), pa.timestamp("us")),
        (nulls(lambda i: rnd.randrange(-10**12, 10**12), n, p), pa.timestamp("ms")),
        (nulls(lambda i: d(rnd.randrange(-99999, 99999)).scaleb(-2), n, p), pa.decimal128(7, 2)),
        (nulls(lambda i: d(rnd.randrange(-10**17, 10**17)).scaleb(-4), n, p), pa.decimal128(18, 4)),
        (nulls(lambda i: d(rnd.randrange(-10**30, 10**30)).scaleb(-6), n, p), pa.decimal128(38, 6)),
        (nulls(lambda i: rnd.randrange(3), n, p), pa.int64()),
    ]

def nested(n, p):
    ints = pa.list_(pa.int32())
    item = pa.struct([("k", pa.string()), ("v", ints)])
    def lst(i): return nulls(lambda i: rnd.randrange(100), rnd.randrange(4), p)
    def st(i): return {"k": None if rnd.random() < p else words(i), "v": None if rnd.random() < p else lst(i)}
    return [
        (nulls(lst, n, p), ints),
        (nulls(st, n, p), item),
        (nulls(lambda i: nulls(st, rnd.randrange(3), p), n, p), pa.list_(item)),
        (nulls(lambda i: [(str(j), None if rnd.random() < p else rnd.random()) for j in range(rnd.randrange(4))], n, p), pa.map_(pa.string(), pa.float64())),
        (nulls(lambda i: nulls(lst, rnd.randrange(3), p), n, p), pa.list_(ints)),
        (nulls(lambda i: {"a": {"b": None if rnd.random() < p else i}}, n, p), pa.struct([("a", pa.struct([("b", pa.int64())]))])),
    ]

def both(name, cols, **kw):
    save(name, [c for c, _ in cols], [t for _, t in cols], **kw)

both("flat_snappy", flat(300, .2), compression="snappy", store_schema=False)
both("flat_required_like", flat(200, 0), compression="zstd", store_schema=False)
both("flat_v2_gzip", flat(120, .3), compression="gzip", data_page_version="2.0", version="2.6", store_schema=False)
both("flat_plain_lz4", flat(120, .3), compression="lz4", use_dictionary=False, store_schema=False)
both("flat_none_pages", flat(700, .1), compression="none", data_page_size=256, write_batch_size=32, row_group_size=250, write_page_index=True, store_schema=False)
both("dictionary_falls_back", flat(400, .1)[9:11], compression="snappy", dictionary_pagesize_limit=600, data_page_size=300, write_batch_size=16, store_schema=False)
deltas = flat(300, .2)
both("encodings_delta", [deltas[i] for i in (3, 4, 9, 10, 14)], use_dictionary=False, compression="snappy", store_schema=False,
     column_encoding={"c0": "DELTA_BINARY_PACKED", "c1": "DELTA_BINARY_PACKED", "c2": "DELTA_BYTE_ARRAY", "c3": "DELTA_LENGTH_BYTE_ARRAY", "c4": "DELTA_BINARY_PACKED"})
both("encodings_split", [deltas[i] for i in (0, 3, 4, 7, 8, 12)], use_dictionary=False, compression="none", data_page_version="2.0", store_schema=False,
     column_encoding={"c0": "RLE", "c1": "BYTE_STREAM_SPLIT", "c2": "BYTE_STREAM_SPLIT", "c3": "BYTE_STREAM_SPLIT", "c4": "BYTE_STREAM_SPLIT", "c5": "BYTE_STREAM_SPLIT"})
both("nested", nested(200, .2), compression="snappy", store_schema=False)
both("nested_v2_pages", nested(300, .1), compression="zstd", data_page_version="2.0", data_page_size=200, write_batch_size=16, store_schema=False)
both("nested_without_nulls", nested(100, 0), compression="snappy", store_schema=False)
both("nested_two_level", nested(60, .2)[:1], use_compliant_nested_type=False, store_schema=False)
both("int96", [(nulls(lambda i: rnd.randrange(-10**15, 10**15), 50, .2), pa.timestamp("us"))], use_deprecated_int96_timestamps=True, store_schema=False)
both("nanos", [(nulls(lambda i: rnd.randrange(-10**18, 10**18), 50, .2), pa.timestamp("ns"))], store_schema=False)
both("decimal_as_int", [flat(60, .2)[17], flat(60, .2)[18]], store_decimal_as_integer=True, store_schema=False)
both("only_nulls", [([None] * 40, pa.string()), ([None] * 40, pa.int32()), ([None] * 40, pa.list_(pa.string()))], store_schema=False)
both("empty", [([], pa.string()), ([], pa.int64())], store_schema=False)
