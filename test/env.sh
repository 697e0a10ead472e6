# What the test scripts share: where tools are kept and how they are installed. Sourced, or run to install everything
# beforehand:  bash test/env.sh [check] [spark] [lint]
#
# ARGAN_CACHE   folder for Python packages, jars, tools and generated data (default ~/.cache/argan)
# ARGAN_SHARED  folder of the acceptance data (default ../shared beside the repository)
# ARGAN_SKIPS   file that gets a line for everything that was skipped

set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
export ARGAN_CACHE=${ARGAN_CACHE:-$HOME/.cache/argan}
export ARGAN_SHARED=${ARGAN_SHARED:-$ROOT/../shared}
export CGO_ENABLED=${CGO_ENABLED:-0}
ARGAN_SKIPS=${ARGAN_SKIPS:-/dev/null}
mkdir -p "$ARGAN_CACHE"

# say TEXT: a heading, so that a log can be read.
say() { printf '\n== %s\n' "$*"; }

# skipped WHAT WHY: never silently.
skipped() {
  printf 'SKIPPED %s: %s\n' "$1" "$2"
  printf '%s: %s\n' "$1" "$2" >>"$ARGAN_SKIPS"
}

# python_env NAME: the Python with the packages of test/requirements/NAME.txt; installed at the first use and whenever
# the list changes. Sets PYTHON.
python_env() {
  local list=test/requirements/$1.txt sum dir
  sum=$(cksum <"$list" | cut -d' ' -f1)
  dir=$ARGAN_CACHE/python/$1-$sum
  if [ ! -e "$dir/ready" ]; then
    printf 'installing %s\n' "$list"
    rm -rf "$dir"
    python3 -m venv "$dir" && "$dir/bin/pip" install -q --disable-pip-version-check -r "$list" || return 1
    touch "$dir/ready"
  fi
  PYTHON=$dir/bin/python
}

# maven_jar GROUP:ARTIFACT:VERSION[:jar:CLASSIFIER]: a jar in the cache. Sets JAR.
maven_jar() {
  local artifact version classifier
  artifact=$(cut -d: -f2 <<<"$1")
  version=$(cut -d: -f3 <<<"$1")
  classifier=$(cut -d: -f5 <<<"$1")
  JAR=$ARGAN_CACHE/jars/$artifact-$version${classifier:+-$classifier}.jar
  [ -e "$JAR" ] && return 0
  command -v mvn >/dev/null || { printf 'mvn is not installed, and %s is wanted\n' "$1"; return 1; }
  mkdir -p "$ARGAN_CACHE/jars"
  mvn -q -B -Dstyle.color=never dependency:get -Dtransitive=false -Dartifact="$1" &&
    mvn -q -B -Dstyle.color=never dependency:copy -Dartifact="$1" -DoutputDirectory="$ARGAN_CACHE/jars"
}

# delta_jars: what Spark needs to read Delta tables. Sets DELTA_JARS, comma-separated.
delta_jars() {
  local a
  DELTA_JARS=
  for a in io.delta:delta-spark_2.12:3.2.1 io.delta:delta-storage:3.2.1 org.antlr:antlr4-runtime:4.9.3; do
    maven_jar "$a" || return 1
    DELTA_JARS=${DELTA_JARS:+$DELTA_JARS,}$JAR
  done
}

# go_tool IMPORT-PATH: builds a tool of go.tools.mod into the cache. Sets TOOL.
go_tool() {
  local sum
  sum=$(cksum go.tools.mod | cut -d' ' -f1)
  TOOL=$ARGAN_CACHE/bin/$(basename "$1")-$sum
  [ -x "$TOOL" ] && return 0
  printf 'building %s (minutes, the first time)\n' "$1"
  go build -modfile=go.tools.mod -o "$TOOL" "$1"
}

# build_argan: the binary under test. Sets ARGAN.
build_argan() {
  ARGAN=$ROOT/bin/argan
  go build -trimpath -o "$ARGAN" ./cmd/argan
  export ARGAN
}

# start_argan WAREHOUSE [FLAG...]: a server on free ports of its own. Sets ARGAN_PID, FLIGHT, HTTP and HIVE (host:port).
start_argan() {
  local warehouse=$1 log=$1.log line
  shift
  "$ARGAN" serve --warehouse "$warehouse" --flight-port 0 --http-port 0 --hive-port 0 "$@" 2>"$log" &
  ARGAN_PID=$!
  for _ in $(seq 200); do
    if line=$(grep -m1 '^ready ' "$log"); then
      FLIGHT=$(sed -n 's/.*flight=\([^ ]*\).*/\1/p' <<<"$line")
      HTTP=$(sed -n 's/.*http=\([^ ]*\).*/\1/p' <<<"$line")
      HIVE=$(sed -n 's/.*hive=\([^ ]*\).*/\1/p' <<<"$line")
      return 0
    fi
    kill -0 "$ARGAN_PID" 2>/dev/null || break
    sleep 0.1
  done
  printf 'the server did not start:\n'
  tail -20 "$log"
  return 1
}

# stop_argan: ends the server that start_argan started; a server that had died by itself is a failure.
stop_argan() {
  local pid=${ARGAN_PID:-}
  ARGAN_PID=
  [ -n "$pid" ] || return 0
  kill -0 "$pid" 2>/dev/null || { printf 'the server has died\n'; return 1; }
  kill "$pid"
  wait "$pid" || true
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  [ $# -gt 0 ] || set -- check spark lint
  for what in "$@"; do
    case $what in
      check) python_env check ;;
      spark) python_env spark && delta_jars ;;
      lint) go_tool github.com/golangci/golangci-lint/v2/cmd/golangci-lint ;;
      *) printf 'usage: env.sh [check] [spark] [lint]\n' >&2; exit 2 ;;
    esac
  done
fi
