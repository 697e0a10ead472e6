#!/usr/bin/env python3
"""Replays the scripts on Spark with Delta Lake and reports where Spark answers otherwise.

usage: spark_check.py --jars JAR,JAR,... [--work DIR] [--threads N] [FILE.slt ...]

Ends with 1 when there are differences. Statements behind a line `nospark REASON` are left out.
"""
import argparse
import os
import re
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SEPARATOR = "\u0001\u0002\u0001"


class Record:
    """One piece of a script, as script_test.go has it."""

    def __init__(self):
        self.line, self.verb, self.args, self.params = 0, "", [], []
        self.body, self.answer, self.has_rows, self.nospark = [], [], False, None

    @property
    def sql(self):
        return "\n".join(self.body)

    def value(self, name):
        return next((a[len(name) + 1:] for a in self.args if a.startswith(name + "=")), None)


def parse(text):
    out, r = [], Record()
    for i, line in enumerate(text.split("\n"), 1):
        word, _, rest = line.partition(" ")
        started = r.verb or r.body
        if not r.line and line and not line.startswith("#"):
            r.line = i
        if line == "" and not (r.verb == "file" and not r.has_rows):
            if r.verb or r.body:
                out.append(r)
            r = Record()
        elif r.has_rows:
            r.answer.append(line)
        elif line == "----":
            r.has_rows = True
        elif not started and word == "nospark":
            r.nospark = rest
        elif not started and line.startswith("#"):
            pass
        elif word == "param" and not r.body:
            r.params.append(rest)
        elif not started and word in ("statement", "query", "session", "set", "file"):
            r.verb, r.args = word, rest.split()
        else:
            r.body.append(line)
    if r.verb or r.body:
        out.append(r)
    return out


def start_spark(jars, work, threads):
    os.environ["TZ"] = "UTC"
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    time.tzset()
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false", "spark.driver.memory": "2g", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -Xss8m -Dderby.system.home=%s/derby" % work,
        "spark.sql.warehouse.dir": work + "/warehouse", "spark.sql.shuffle.partitions": "1", "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.sources.default": "delta", "spark.sql.legacy.createHiveTableByDefault": "false", "spark.databricks.delta.snapshotPartitions": "1", "spark.sql.datetime.java8API.enabled": "true",
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.sql.adaptive.enabled": "false",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2", "spark.log.level": "OFF", "spark.jars": jars,
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[%d]" % threads).appName("slt")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


WRAPPERS = ("TASK_WRITE_FAILED", "INTERNAL_ERROR", "WRITING_JOB_ABORTED", "_LEGACY_ERROR_TEMP_2054")


def error_class(e):
    """The class of the outermost error that has one of its own: errors of tasks come wrapped."""
    found = None
    seen = getattr(e, "_origin", None) or getattr(e, "java_exception", None)
    while seen is not None:
        try:
            name = seen.getErrorClass()
            if name and (found is None or found in WRAPPERS):
                found = name
        except Exception:  # not every Java exception has the method
            pass
        seen = seen.getCause()
    if not found:
        m = re.search(r"\[([A-Z][A-Z0-9_]+(\.[A-Z0-9_]+)?)\]", str(e))
        found = m.group(1) if m else type(e).__name__
    return found


def cell(text):
    if text == "":
        return "(empty)"
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def text_of(v):
    if v is None:
        return "NULL"
    return str(v).lower() if isinstance(v, bool) else str(v)


class Replay:
    def __init__(self, spark, work, name):
        self.root, self.scratch, self.warehouse = spark, os.path.join(work, "scratch", name), os.path.join(work, "warehouse")
        shutil.rmtree(self.scratch, ignore_errors=True)
        os.makedirs(self.scratch)
        self.sessions = {}
        self.use("main")
        for (name,) in self.session.sql("SHOW DATABASES").collect():
            if name != "default":
                self.session.sql("DROP DATABASE `%s` CASCADE" % name)
        for kind in ("VIEW", "TABLE"):
            for row in self.session.sql("SHOW %sS IN default" % kind).collect():
                if not row.isTemporary:
                    self.session.sql("DROP %s default.`%s`" % (kind, row[1]))
        shutil.rmtree(self.warehouse, ignore_errors=True)
        os.makedirs(self.warehouse)

    def use(self, name):
        if name not in self.sessions:
            self.sessions[name] = self.root.newSession()
        self.session = self.sessions[name]

    def fill(self, text):
        return text.replace("${scratch}", self.scratch)

    def hide(self, text):
        return text.replace(self.scratch, "${scratch}").replace(self.warehouse, "${warehouse}")

    def parameters(self, rec):
        named, listed = {}, []
        for p in rec.params:
            name, kind, text = p.split(" ", 2)
            sql = "CAST(NULL AS %s)" % kind if text == "NULL" else "CAST('%s' AS %s)" % (text.replace("'", "\\'"), kind)
            v = self.session.sql("SELECT " + sql).first()[0]
            if name == "?":
                listed.append(v)
            else:
                named[name.lstrip(":")] = v
        return named or listed or None

    def answer(self, rec):
        args = self.parameters(rec)
        df = self.session.sql(self.fill(rec.sql), args=args) if args else self.session.sql(self.fill(rec.sql))
        fields = list(df._jdf.schema().fields())
        if not fields:
            return []
        names = [f.name() for f in fields]
        only = rec.value("only")
        keep = [i for i, n in enumerate(names) if only is None or n in only.split(",")]
        head = " | ".join("%s:%s" % (names[i], fields[i].dataType().catalogString()) for i in keep)
        if re.match(r"(?i)\s*(show|desc|describe)\b", rec.sql):
            rows = [[text_of(v) for v in row] for row in df.collect()]
        else:
            jvm = self.root.sparkContext._jvm
            jvm.org.apache.spark.sql.SparkSession.setActiveSession(self.session._jsparkSession)
            lines = jvm.org.apache.spark.sql.execution.HiveResult.hiveResultString(df._jdf.queryExecution().executedPlan())
            text = lines.mkString(SEPARATOR)
            rows = [line.split("\t") for line in text.split(SEPARATOR)] if lines.size() else []
        rows = [" | ".join(self.hide(cell(row[i])) for i in keep) for row in rows]
        if "rowsort" in rec.args:
            rows.sort(key=lambda s: s.encode())
        return [cell(head)] + rows

    def run(self, rec):
        """"" when Spark agrees or there is nothing to compare, else what it answers."""
        if rec.verb == "session":
            self.use(rec.args[0])
        elif rec.verb == "set":
            self.session.conf.set(rec.args[0], " ".join(rec.args[1:]))
        elif rec.verb == "file":
            path = self.fill(rec.args[0])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(rec.sql + "\n")
        elif rec.sql and rec.nospark is None:
            return self.compare(rec)
        return ""

    def compare(self, rec):
        fails = rec.verb == "statement" and rec.args[0] == "error"
        try:
            got = self.answer(rec)
        except Exception as e:
            found = error_class(e)
            if fails and (found == rec.args[1] or "_LEGACY_ERROR" in found or re.match("[A-Z][a-z]", found)):
                return ""
            return "fails with %s: %s" % (found, str(e).split("\n")[0][:300])
        if fails:
            return "answers\n    " + "\n    ".join(got[:20])
        if rec.verb == "query" and got != rec.answer:
            return "answers\n    %s\n  and not\n    %s" % ("\n    ".join(got[:40]), "\n    ".join(rec.answer[:40]))
        if rec.verb == "statement" and got[1:]:
            return "has a result\n    " + "\n    ".join(got[:20])
        return ""


def main():
    p = argparse.ArgumentParser()
    p.add_argument("files", nargs="*")
    p.add_argument("--jars", required=True)
    p.add_argument("--work")
    p.add_argument("--threads", type=int, default=2)
    a = p.parse_args()
    work = os.path.abspath(a.work or tempfile.mkdtemp(prefix="slt-"))
    os.makedirs(work, exist_ok=True)
    files = [os.path.abspath(f) for f in a.files] or sorted(os.path.join(HERE, f) for f in os.listdir(HERE) if f.endswith(".slt"))
    os.chdir(work)
    spark = start_spark(a.jars, work, a.threads)
    run = different = left_out = 0
    for path in files:
        name, began = os.path.basename(path), time.time()
        with open(path) as f:
            records = parse(f.read())
        replay = Replay(spark, work, name)
        for rec in records:
            left_out += rec.nospark is not None
            run += rec.verb in ("query", "statement") and rec.nospark is None
            try:
                found = replay.run(rec)
            except Exception as e:
                found = "cannot be replayed: %s" % e
            if found:
                different += 1
                print("%s:%d: %s\n  Spark %s\n" % (name, rec.line, rec.sql, found), flush=True)
        print("# %s: %.1fs" % (name, time.time() - began), file=sys.stderr, flush=True)
    print("%d statements replayed, %d left out, %d differences" % (run, left_out, different))
    sys.stdout.flush()
    os._exit(1 if different else 0)


main()
