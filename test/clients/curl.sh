#!/usr/bin/env bash
# The HTTP interface with curl.  test/clients/curl.sh [HOST:PORT]  starts a server of its own where none is given.
# Prints what fails, and at the end "N passed, N failed".
source "$(dirname "$0")/../env.sh"
command -v curl >/dev/null || { printf 'curl is not installed\n'; exit 77; }
work=$(mktemp -d)
trap 'stop_argan || true; rm -rf "$work"' EXIT
HTTP=${1:-${HTTP:-}}
if [ -z "$HTTP" ]; then
  [ -n "${ARGAN:-}" ] || build_argan
  start_argan "$work/warehouse" || exit 1
fi
A=http://$HTTP
passed=0 failed=0

# ask CURL-ARGUMENTS...: sets STATUS, BODY, HEADERS and EXIT.
ask() {
  EXIT=0
  STATUS=$(curl -sS --max-time 60 -o "$work/body" -D "$work/headers" -w '%{http_code}' "$@" 2>"$work/error") || EXIT=$?
  BODY=$(tr -d '\r\0' <"$work/body")
  HEADERS=$(tr -d '\r' <"$work/headers")
}

# check NAME CONDITION...: a command that succeeds if all is well.
check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s: status %s, curl %s, body %.300s\n' "$name" "$STATUS" "$EXIT" "$BODY"
  fi
}

is() { [ "$STATUS" = "$1" ] && [ "$BODY" = "$2" ]; }                # STATUS BODY
has() { [ "$STATUS" = "$1" ] && [[ $BODY == *"$2"* ]]; }            # STATUS PART-OF-BODY
header() { grep -qi "^$1: *$2" <<<"$HEADERS"; }                     # NAME VALUE-PATTERN
no_header() { ! grep -qi "^$1:" <<<"$HEADERS"; }

broken_off() { [ "$EXIT" -ne 0 ]; }

# 1. One request, one result
ask "$A/v1/sql" -d 'SELECT 1 AS a'
check 'the default form is JSON' has 200 '{"schema":[{"name":"a","type":"INT","nullable":false}],"data":[[1]],"rows":1,"statement_id":"'
ask -G "$A/v1/sql" --data-urlencode 'query=SELECT 1 AS a' -d format=csv
check 'GET' is 200 $'a\n1'
ask "$A/v1/sql" -H 'Content-Type: application/json' -d '{"statement":"SELECT * FROM VALUES (7), (8) AS t(id) WHERE id = :id","parameters":[{"name":"id","type":"BIGINT","value":"7"}],"format":"csv"}'
check 'a JSON body' is 200 $'id\n7'
ask -G "$A/v1/sql" --data-urlencode 'query=CREATE TABLE made_by_get (a INT)'
check 'GET reads only' has 405 NOT_READ_ONLY
ask -u ann:pw "$A/v1/sql?format=csv&header=0" -d 'SELECT current_user()'
check 'the user of Basic authentication' is 200 ann
ask "$A/v1/sql" -d 'SELECT 1; SELECT 2'
check 'one statement per request' has 400 PARSE_SYNTAX_ERROR
ask "$A/v1/sql" -d ''
check 'no statement' has 400 'there is no statement'
ask "$A/v1/sql" -H 'Content-Type: application/xml' -d 'SELECT 1'
check 'an unknown type of body' has 415 'application/xml'

# 2. Formats
rows="SELECT * FROM VALUES (1, 'a,b', 1.50), (NULL, '', NULL) AS t(id, s, d)"
ask "$A/v1/sql?format=csv" -d "$rows"
check 'csv' is 200 $'id,s,d\n1,"a,b",1.50\n,"",'
check 'csv is text/csv' header Content-Type text/csv
ask "$A/v1/sql?format=csv&header=0" -d "$rows"
check 'csv without header' is 200 $'1,"a,b",1.50\n,"",'
ask "$A/v1/sql?format=tsv" -d "$rows"
check 'tsv' is 200 $'id\ts\td\n1\ta,b\t1.50\n\t""\t'
ask "$A/v1/sql?format=ndjson" -d "$rows"
check 'ndjson' is 200 $'{"id":1,"s":"a,b","d":"1.50"}\n{"id":null,"s":"","d":null}'
ask "$A/v1/sql?format=ndjson" -d 'SELECT 1 AS a, 2 AS a'
check 'ndjson with columns of one name' is 200 '{"a":1,"a_2":2}'
ask "$A/v1/sql?format=table" -d "$rows"
check 'table' is 200 $'+----+---+----+\n|  id|  s|   d|\n+----+---+----+\n|   1|a,b|1.50|\n|NULL|   |NULL|\n+----+---+----+'
ask "$A/v1/sql?format=arrow" -d "$rows"
check 'arrow' header Content-Type application/vnd.apache.arrow.stream
ask "$A/v1/sql?format=parquet" -d "$rows"
parquet() { [ "$(head -c 4 "$work/body")" = PAR1 ] && [ "$(tail -c 4 "$work/body")" = PAR1 ]; }
check 'parquet is a whole file' parquet
ask "$A/v1/sql" -H 'Accept: text/csv' -d 'SELECT 1 AS a'
check 'Accept chooses' is 200 $'a\n1'
ask "$A/v1/sql?format=xml" -d 'SELECT 1'
check 'an unknown format' has 406 UNKNOWN_FORMAT
ask "$A/v1/sql?format=ndjson&json_bigint=string" -d 'SELECT 9007199254740993L AS v, CAST("NaN" AS DOUBLE) AS n, TIMESTAMP_NTZ"2026-01-02 03:04:05" AS t'
check 'values in JSON' is 200 '{"v":"9007199254740993","n":"NaN","t":"2026-01-02T03:04:05"}'
ask "$A/v1/sql?format=csv&header=0" -d 'SELECT count(*) FROM range(1000000)'
check 'a million rows counted' is 200 1000000
ask "$A/v1/sql?format=csv&header=0" -d 'SELECT id FROM range(200000)'
lines() { [ "$(wc -l <"$work/body")" -eq 200000 ]; }
check 'a long result is streamed' header Transfer-Encoding chunked
check 'a long result is whole' lines

# 3. Compression
ask "$A/v1/sql?format=csv" -H 'Accept-Encoding: gzip' -d 'SELECT id FROM range(1000)'
gzipped() { [ "$(gzip -dc "$work/body" | wc -l)" -eq 1001 ]; }
check 'gzip' gzipped
check 'gzip is named' header Content-Encoding gzip
ask "$A/v1/sql?format=csv" -H 'Accept-Encoding: zstd, gzip' -d 'SELECT id FROM range(1000)'
check 'zstd before gzip' header Content-Encoding zstd
ask "$A/v1/sql" -H 'Accept: application/vnd.apache.arrow.stream; codecs="zstd, lz4"' -H 'Accept-Encoding: gzip' -d 'SELECT id FROM range(1000)'
check 'packed Arrow is not packed again' no_header Content-Encoding
printf 'SELECT 5 AS a' | gzip >"$work/packed"
ask "$A/v1/sql?format=csv" -H 'Content-Encoding: gzip' --data-binary "@$work/packed"
check 'a packed statement' is 200 $'a\n5'

# 4. Parameters
ask "$A/v1/sql?format=csv&p.id=7&p.day=2024-01-02:DATE" -d 'SELECT :id AS id, date_add(:day, 1) AS d'
check 'named, in the query string' is 200 $'id,d\n7,2024-01-03'
ask "$A/v1/sql?format=csv" -H 'Content-Type: application/json' -d '{"statement":"SELECT ? + 1 AS a, ? AS b","parameters":[{"type":"INT","value":"1"},{"type":"STRING","value":null}],"format":"csv"}'
check 'in order, and NULL' is 200 $'a,b\n2,'
ask "$A/v1/sql" -d 'SELECT :nothing'
check 'a missing parameter' has 400 UNBOUND_SQL_PARAMETER
ask -G "$A/v1/sql" --data-urlencode "p.q='; DROP TABLE x; --" -d format=csv -d header=0 --data-urlencode 'query=SELECT :q'
check 'a parameter is no SQL' is 200 "'; DROP TABLE x; --"

# 5. Settings of one statement
ask "$A/v1/sql?format=csv&header=0&set.spark.sql.session.timeZone=Africa/Casablanca" -d 'SELECT current_timezone()'
check 'a setting' is 200 Africa/Casablanca
check 'the zone is told' header X-Argan-Timezone Africa/Casablanca


# 5. Sessions
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p;T;q" <<<"$BODY"; }
ask -X POST "$A/v1/sessions" -H 'Content-Type: application/json' -d '{"settings":{"spark.sql.session.timeZone":"Africa/Casablanca"}}'
check 'a session' has 201 '"session_id":"'
S=$(field session_id)
ask -H "X-Argan-Session: $S" "$A/v1/sql" -d 'CREATE TEMPORARY VIEW seven AS SELECT 7 AS a'
check 'a temporary view in it' has 200 '"rows":0'
ask -H "X-Argan-Session: $S" "$A/v1/sql?format=csv&header=0" -d 'SELECT a, current_timezone() FROM seven'
check 'the session keeps both' is 200 7,Africa/Casablanca
ask "$A/v1/sql" -d 'SELECT a FROM seven'
check 'another request has none of it' has 404 TABLE_OR_VIEW_NOT_FOUND
ask -u bob: -H "X-Argan-Session: $S" "$A/v1/sql" -d 'SELECT 1'
check 'a session belongs to its user' has 404 SESSION_NOT_FOUND
ask "$A/v1/sessions"
check 'sessions are listed' has 200 '"protocol":"http"'
ask -X DELETE "$A/v1/sessions/$S"
check 'the session ends' is 204 ''
ask -H "X-Argan-Session: $S" "$A/v1/sql" -d 'SELECT 1'
check 'a session that has ended is no new one' has 404 SESSION_NOT_FOUND

# 6. Asynchronous statements
J='Content-Type: application/json'
ask "$A/v1/statements" -H "$J" -d '{"statement":"SELECT id FROM range(1000)","wait_timeout":"20s"}'
check 'a statement that ends in time' has 200 '"state":"SUCCEEDED"'
ID=$(field statement_id)
ask "$A/v1/statements/$ID/result?format=csv&header=0"
result() { [ "$STATUS" = 200 ] && [ "$(wc -l <"$work/body")" -eq 1000 ]; }
check 'its result' result
ask "$A/v1/statements/$ID/result?format=csv&header=0&chunk=0"
check 'its one chunk' result
ask -H 'Accept-Encoding: gzip' "$A/v1/statements/$ID/result?format=csv"
check 'its result, packed' gzipped
ask -X DELETE "$A/v1/statements/$ID"
check 'closing it' is 204 ''
ask "$A/v1/statements/$ID"
check 'then it is gone' has 404 STATEMENT_NOT_FOUND
endless='SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE a.id + b.id + c.id < 0'
ask "$A/v1/statements" -H "$J" -d "{\"statement\":\"$endless\",\"wait_timeout\":\"0s\"}"
check 'a statement that goes on' has 202 '"state":"'
ID=$(field statement_id)
ask "$A/v1/statements?state=RUNNING,QUEUED"
check 'it is listed' has 200 "$ID"
ask -N --max-time 3 "$A/v1/statements/$ID/events"
check 'its events' has 200 'event: progress'
for _ in 1 2; do
  ask -X POST "$A/v1/statements/$ID/cancel"
  check 'it is cancelled, also twice' has 200 '"state":"CANCELED"'
done
ask -N "$A/v1/statements/$ID/events"
check 'its last event' has 200 'event: end'
ask "$A/v1/statements" -H "$J" -d "{\"statement\":\"$endless\",\"wait_timeout\":\"0s\",\"on_wait_timeout\":\"CANCEL\"}"
check 'cancelled when the time is over' has 200 '"state":"CANCELED"'
ask "$A/v1/sql" -d 'CREATE OR REPLACE TABLE by_key (a INT) USING delta'
for _ in 1 2; do
  ask "$A/v1/statements" -H "$J" -H 'Idempotency-Key: insert-1' -d '{"statement":"INSERT INTO by_key VALUES (1)"}'
  check 'a keyed statement' has 200 '"affected_rows":1'
done
ask "$A/v1/statements" -H "$J" -H 'Idempotency-Key: insert-1' -d '{"statement":"SELECT 1"}'
check 'its key with another body' has 422 IDEMPOTENCY_KEY_REUSED
ask "$A/v1/sql?format=csv&header=0" -d 'SELECT count(*) FROM by_key'
check 'the keyed statement ran once' is 200 1

# 7. Loading data
printf 'id,s\r\n1,"a,""b"""\r\n2,\r\n' >"$work/rows.csv"
printf '{"id":3,"s":"x"}\n{"id":4}\n' >"$work/rows.ndjson"
ask "$A/v1/sql" -d 'DROP TABLE IF EXISTS loaded'
ask "$A/v1/tables/default.loaded?mode=create" -H 'Content-Type: application/x-ndjson' -T "$work/rows.ndjson"
check 'a table made of lines of JSON' has 200 '"rows":2,"version":0'
for _ in 1 2; do
  ask "$A/v1/tables/default.loaded?mode=append" -H 'Content-Type: text/csv' -H 'Idempotency-Key: rows-1' --data-binary "@$work/rows.csv"
  check 'CSV, and a retry of it' has 200 '"rows":2,"version":1'
done
check 'the retry is known' has 200 '"replayed":true'
gzip -c "$work/rows.csv" >"$work/rows.csv.gz"
ask "$A/v1/tables/default.loaded" -H 'Content-Type: text/csv' -H 'Content-Encoding: gzip' --data-binary "@$work/rows.csv.gz"
check 'packed CSV' has 200 '"rows":2,"version":2'
ask "$A/v1/sql?format=parquet" -d 'SELECT * FROM loaded'
cp "$work/body" "$work/rows.parquet"
ask "$A/v1/tables/loaded?mode=replace" -H 'Content-Type: application/vnd.apache.parquet' --data-binary "@$work/rows.parquet"
check 'Parquet' has 200 '"rows":6'
ask "$A/v1/sql?format=arrow" -d 'SELECT * FROM loaded'
cp "$work/body" "$work/rows.arrow"
ask "$A/v1/tables/loaded?mode=replace" -H 'Content-Type: application/vnd.apache.arrow.stream' --data-binary "@$work/rows.arrow"
check 'Arrow' has 200 '"rows":6'
ask "$A/v1/tables/loaded" -H 'Content-Type: text/csv' --data-binary $'id\n5\nsix\n'
check 'a bad value says where' has 400 'Line 3, column id'
ask "$A/v1/tables/loaded" -F "file=@$work/rows.csv"
check 'a form is refused' has 415 'not a form'
awk 'BEGIN { for (i = 0; i < 200000; i++) print "7,seven" }' >"$work/long.csv"
ask --limit-rate 100k --max-time 1 "$A/v1/tables/loaded?header=0" -H 'Content-Type: text/csv' -T "$work/long.csv"
check 'an upload that is dropped' broken_off
ask "$A/v1/sql?format=csv&header=0" -d 'SELECT count(*) FROM loaded'
check 'nothing of the loads that failed is there' is 200 6
ask "$A/v1/sql" -d 'DROP TABLE loaded'

# 8. Errors
ask "$A/v1/sql" -d 'SELECT FROM WHERE'
check 'a syntax error' has 400 '"class":"PARSE_SYNTAX_ERROR","sqlstate":"42601"'
ask "$A/v1/sql" -d 'SELECT * FROM nope'
check 'a table that is not there' has 404 '"class":"TABLE_OR_VIEW_NOT_FOUND","sqlstate":"42P01"'
check 'its place' has 404 '"line":1,"column":15,"start":14,"stop":17,"fragment":"nope"'
ask "$A/v1/sql?set.argan.statement.timeout=50ms" -d 'SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE a.id + b.id + c.id < 0'
check 'a statement over its time' has 408 STATEMENT_TIMEOUT
ask "$A/v1/sql?format=csv" -d "SELECT CASE WHEN id < 200000 THEN id ELSE raise_error('broken') END AS v FROM range(0, 400000, 1, 1)"
broken() { [ "$EXIT" -ne 0 ]; }
check 'a result that breaks off does not look complete' broken
ask "$A/v1/sql?format=ndjson" -d "SELECT CASE WHEN id < 200000 THEN id ELSE raise_error('broken') END AS v FROM range(0, 400000, 1, 1)"
last_line() { [[ $(tail -1 "$work/body") == '{"error":{"class":"USER_RAISED_EXCEPTION"'* ]] || [[ $(tail -1 "$work/body") == '{"error":'*USER_RAISED_EXCEPTION* ]]; }
check 'ndjson ends with the error' last_line

# 9. Headers
ask "$A/v1/sql" -d 'SELECT 1'
check 'the id of the statement' header X-Argan-Statement-Id '[a-z0-9]'
check 'how long it took' header Server-Timing 'parse;dur=.*plan;dur=.*exec;dur='
ask "$A/v1/sql" -d 'CREATE OR REPLACE TABLE by_curl (id BIGINT, s STRING) USING delta'
check 'CREATE TABLE' has 200 '"rows":0'
ask "$A/v1/sql" -d "INSERT INTO by_curl VALUES (1, 'x'), (2, 'y')"
check 'INSERT says how many rows' has 200 '"affected_rows":2'
check 'and so do the headers' header X-Argan-Rows 2
check 'and which version' header X-Argan-Commit-Version '[0-9]'
ask "$A/v1/sql" -d 'UPDATE by_curl SET s = "z" WHERE id = 1'
check 'UPDATE' has 200 '"affected_rows":1'
ask "$A/v1/sql?format=csv&header=0" -d 'SELECT * FROM by_curl ORDER BY id'
check 'the table after that' is 200 $'1,z\n2,y'

# Who may call
ask "$A/v1/sql?password=pw" -d 'SELECT 1'
check 'a password in the address' has 400 CREDENTIALS_IN_URL
ask -H 'Host: evil.example.com' "$A/v1/sql" -d 'SELECT 1'
check 'a name that is not its own' has 421 HOST_NOT_ALLOWED
ask -H 'Origin: https://evil.example.com' "$A/v1/sql" -d 'SELECT 1'
check 'a page of another origin' has 403 ORIGIN_NOT_ALLOWED
ask "$A/v1/openapi.json"
check 'the document' has 200 '"openapi": "3.1.0"'

# 10. Metadata and service
ask "$A/v1/catalogs"
check 'catalogs' has 200 '"name":"spark_catalog"'
ask "$A/v1/catalogs/spark_catalog/schemas"
check 'schemas' has 200 '"name":"default"'
ask "$A/v1/catalogs/spark_catalog/schemas/default/tables"
check 'tables' has 200 '"name":"by_curl","type":"TABLE"'
ask "$A/v1/catalogs/spark_catalog/schemas/default/tables/by_curl"
check 'a table' has 200 '{"name":"id","type":"BIGINT","arrow_type":"int64","nullable":true}'
ask "$A/v1/catalogs/spark_catalog/schemas/default/tables/nope"
check 'a table that is not there has no page' has 404 TABLE_OR_VIEW_NOT_FOUND
ask "$A/healthz"
check 'alive' has 200 alive
ask "$A/readyz"
check 'ready' has 200 ready
ask "$A/metrics"
check 'metrics' has 200 'argan_statements_total{state="succeeded"}'
ask "$A/v1/info"
check 'info' has 200 '"name":"argan"'
ask "$A/v1/nothing"
check 'no such page' has 404 NOT_FOUND
ask "$A/v1/sql" -d 'DROP TABLE by_curl'
check 'DROP TABLE' has 200 '"rows":0'

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
