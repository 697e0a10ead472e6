#!/usr/bin/env bash
# What takes too long for every change: the race detector, fuzzing, the long crash tests, and Spark reading what Argan wrote.
source "$(dirname "$0")/env.sh"
steps=()
failures=()
step() {
  steps+=("$1")
  local name=$1
  shift
  "$@" || failures+=("$name")
}
step race bash test/race.sh
step fuzz bash test/fuzz.sh "${ARGAN_FUZZ_SECONDS:-120}"
say "crash tests, long"
step crash env ARGAN_NIGHTLY=1 go run ./test/gotest -run 'Crash|Kill|Model' -count=1 -timeout 60m ./...
say "Spark reads what Argan wrote"
if python_env spark && delta_jars && command -v java >/dev/null; then
  read_back() { SPARK_LOCAL_IP=127.0.0.1 ARGAN_READERS=spark,deltalake ARGAN_PYTHON=$PYTHON DELTA_JARS=$DELTA_JARS bash test/acceptance.sh delta-writes; }
  step spark-reads-back read_back
  step spark-answers-alike "$PYTHON" test/slt/spark_check.py --jars "$DELTA_JARS"
else
  skipped spark-reads-back "Spark, its jars or Java could not be had"
fi
# client COMMAND...: exit 77 means skipped; the last line printed says why.
client() {
  local status=0 out
  out=$(mktemp)
  bash "$@" 2>&1 | tee "$out" || status=$?
  [ "$status" -ne 77 ] || { skipped "$1" "$(tail -1 "$out")"; status=0; }
  rm -f "$out"
  return "$status"
}
say "dbt: older versions, more threads, the tests of its Spark adapter"
step dbt-long client test/clients/dbt/run --long
step dbt-adapter client test/clients/dbt-adapter/nightly
say "Airflow"
step airflow client test/clients/airflow/nightly
say "nightly"
printf '%d passed, %d failed\n' $((${#steps[@]} - ${#failures[@]})) ${#failures[@]}
[ ${#failures[@]} -eq 0 ] || { printf 'FAILED: %s\n' "${failures[*]}"; exit 1; }
