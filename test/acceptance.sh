#!/usr/bin/env bash
# Argan against recorded answers of Spark: its own SQL suite, daily work, TPC-H and TPC-DS, Delta tables read and written.
#   bash test/acceptance.sh [SUITE...]     suites: daily spark tpch tpcds delta-reads delta-writes
# A suite passes when no fewer cases pass than test/floors.txt says: a floor rises with the product and never falls.
source "$(dirname "$0")/env.sh"
[ $# -gt 0 ] || set -- daily tpch tpcds delta-reads delta-writes spark

if [ ! -d "$ARGAN_SHARED/sparksql" ]; then
  skipped acceptance "the test data is not in $ARGAN_SHARED (ARGAN_SHARED says where it is)"
  exit 0
fi
if ! python_env check; then
  skipped acceptance "the Python packages of test/requirements/check.txt could not be installed"
  exit 0
fi
PYTHON=${ARGAN_PYTHON:-$PYTHON} # the nightly run brings one that has Spark
build_argan
work=$(mktemp -d)
mkdir "$work/writes"
trap 'stop_argan || true; rm -rf "$work"' EXIT
results=${ARGAN_RESULTS:-$ARGAN_CACHE/results}
mkdir -p "$results"

# tpc_data SUITE: the tables at scale 0.01, made once. Sets DATA.
tpc_data() {
  DATA=$ARGAN_CACHE/tpc/$1_sf001
  [ -e "$DATA/ready" ] && return 0
  rm -rf "$DATA"
  TPCHGEN=$(dirname "$PYTHON")/tpchgen-cli PYTHON=$PYTHON bash "$ARGAN_SHARED/tpc/gen_$1.sh" 0.01 "$DATA" && touch "$DATA/ready"
}

# limited COMMAND...: a runner may not hang.
limited() { timeout "${ARGAN_SUITE_SECONDS:-1200}" "$@"; }

# run SUITE: its runner against the server that has just been started.
run() {
  local golden=$ARGAN_SHARED/sparksql delta=$ARGAN_SHARED/delta uri=grpc://$FLIGHT
  case $1 in
    daily | spark)
      limited "$PYTHON" "$golden/spark_golden.py" run --inputs "$golden/$1/inputs" --truth "$golden/$1/truth" --data "$golden/data" \
        --work "$work/golden" --backend flight --uri "$uri" --json "$results/$1.json"
      ;;
    tpch | tpcds)
      limited "$PYTHON" "$ARGAN_SHARED/tpc/tpc_check.py" run --suite "$1" --data "$DATA" --answers "$ARGAN_SHARED/tpc/answers/$1_sf001" \
        --work "$work/tpc" --backend flight --uri "$uri" --json "$results/$1.json"
      ;;
    delta-reads) limited "$PYTHON" "$delta/delta_reads.py" --backend flight --uri "$uri" --json "$results/$1.json" ;;
    delta-writes)
      limited "$PYTHON" "$delta/delta_writes.py" --backend flight --uri "$uri" --readers "${ARGAN_READERS:-deltalake}" --jars "${DELTA_JARS:-}" \
        --workdir "$work/writes" --json "$results/$1.json"
      ;;
    *) printf 'there is no suite %s\n' "$1"; return 2 ;;
  esac
}

passed=0 failed=0
for suite in "$@"; do
  floor=$(awk -v s="$suite" '$1 == s { print $2 }' test/floors.txt)
  say "$suite (at least ${floor:-0} must pass)"
  case $suite in
    tpch | tpcds)
      if ! tpc_data "$suite" >"$work/generate.log" 2>&1; then
        tail -5 "$work/generate.log"
        skipped "$suite" "its data could not be generated"
        continue
      fi
      ;;
  esac
  start_argan "$work/$suite" || { failed=$((failed + 1)); continue; }
  # The runner fails when any case does; here the floor decides. What it printed last is its own count.
  run "$suite" >"$work/$suite.out" 2>&1 || true
  tail -"${ARGAN_LINES:-25}" "$work/$suite.out"
  alive=0
  stop_argan || alive=1
  count=$(sed -n 's/^\([0-9][0-9]*\) passed, [0-9][0-9]* failed.*/\1/p' "$work/$suite.out" | tail -1)
  if [ -z "$count" ]; then
    printf 'FAILED %s: the runner did not finish\n' "$suite"
    failed=$((failed + 1))
  elif [ "$alive" -ne 0 ]; then
    printf 'FAILED %s: the server died during the suite\n' "$suite"
    tail -20 "$work/$suite.log"
    failed=$((failed + 1))
  elif [ "$count" -lt "${floor:-0}" ]; then
    printf 'FAILED %s: %d passed, the floor is %d\n' "$suite" "$count" "$floor"
    failed=$((failed + 1))
  else
    [ "$count" -eq "${floor:-0}" ] || printf '%s is above its floor of %d: raise it in test/floors.txt\n' "$suite" "${floor:-0}"
    passed=$((passed + 1))
  fi
done
say "acceptance suites"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
