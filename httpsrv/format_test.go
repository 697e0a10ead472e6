package httpsrv

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	columnar "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/klauspost/compress/zstd"
	parquetfile "github.com/parquet-go/parquet-go"

	"github.com/argan-sql/argan/engine/arrowio"
)

const some = "SELECT * FROM VALUES (1, 'a,b', 1.50), (NULL, '', NULL), (3, 'say \"x\"', -0.25) AS t(id, s, d)"

func TestTextFormats(t *testing.T) {
	for _, c := range []struct{ format, media, want string }{
		{"csv", "text/csv; charset=utf-8", "id,s,d\r\n1,\"a,b\",1.50\r\n,\"\",\r\n3,\"say \"\"x\"\"\",-0.25\r\n"},
		{"csv&header=0", "text/csv; charset=utf-8", "1,\"a,b\",1.50\r\n,\"\",\r\n3,\"say \"\"x\"\"\",-0.25\r\n"},
		{"tsv", "text/tab-separated-values; charset=utf-8", "id\ts\td\r\n1\ta,b\t1.50\r\n\t\"\"\t\r\n3\t\"say \"\"x\"\"\"\t-0.25\r\n"},
		{"ndjson", "application/x-ndjson", "{\"id\":1,\"s\":\"a,b\",\"d\":\"1.50\"}\n{\"id\":null,\"s\":\"\",\"d\":null}\n{\"id\":3,\"s\":\"say \\\"x\\\"\",\"d\":\"-0.25\"}\n"},
		{"table", "text/plain; charset=utf-8", "+----+-------+-----+\n|  id|      s|    d|\n+----+-------+-----+\n|   1|    a,b| 1.50|\n|NULL|       | NULL|\n|   3|say \"x\"|-0.25|\n+----+-------+-----+\n"},
	} {
		resp := call(t, http.MethodPost, "/v1/sql?format="+c.format, some)
		if got := bodyOf(t, resp); got != c.want {
			t.Errorf("%s is\n%s\nwant\n%s", c.format, got, c.want)
		}
		if got := resp.Header.Get("Content-Type"); got != c.media {
			t.Errorf("%s is sent as %s", c.format, got)
		}
	}
}

func TestJSON(t *testing.T) {
	body := must(t, "", some)
	var got struct {
		Schema []jsonColumn
		Data   [][]any
		Rows   int
		ID     string `json:"statement_id"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if s := fmt.Sprint(got.Schema); s != "[{id INT true} {s STRING false} {d DECIMAL(3,2) true}]" {
		t.Errorf("the schema is %s", s)
	}
	if s := fmt.Sprint(got.Data); s != `[[1 a,b 1.50] [<nil>  <nil>] [3 say "x" -0.25]]` || got.Rows != 3 || got.ID == "" {
		t.Errorf("the body is %s", body)
	}
}

type jsonColumn struct {
	Name, Type string
	Nullable   bool
}

func TestJSONValues(t *testing.T) {
	for sql, want := range map[string]string{
		"9007199254740993L": "9007199254740993", "CAST('NaN' AS DOUBLE)": `"NaN"`, "CAST('-Infinity' AS FLOAT)": `"-Infinity"`, "2.5D": "2.5", "1e20D": "1.0E20",
		"CAST(12345678901234567890.12 AS DECIMAL(38,2))": `"12345678901234567890.12"`, "true": "true", "NULL": "null", "DATE'2026-02-03'": `"2026-02-03"`,
		"TIMESTAMP'2026-02-03 04:05:06.7'": `"2026-02-03T04:05:06.7Z"`, "TIMESTAMP_NTZ'2026-02-03 04:05:06'": `"2026-02-03T04:05:06"`, "X'0AFF'": `"Cv8="`,
		"array(1, NULL)": "[1,null]", "named_struct('a', 1, 'b', 'x')": `{"a":1,"b":"x"}`, "map('k', 1)": `{"k":1}`, "map(1, 'x')": `[[1,"x"]]`,
		`'q"\\\n\t'`: `"q\"\\\n\t"`, "'é€𝄞'": `"é€𝄞"`, "CAST(7 AS TINYINT)": "7",
	} {
		if got := must(t, "?format=ndjson", "SELECT "+sql+" AS v"); got != `{"v":`+want+"}\n" {
			t.Errorf("%s is %swant %s", sql, got, want)
		}
	}
	if got := must(t, "?format=ndjson&json_bigint=string", "SELECT 9007199254740993L AS v"); got != "{\"v\":\"9007199254740993\"}\n" {
		t.Errorf("a BIGINT as string is %s", got)
	}
	if got := must(t, "?format=ndjson", "SELECT 1 AS a, 2 AS a, 3 AS a"); got != "{\"a\":1,\"a_2\":2,\"a_3\":3}\n" {
		t.Errorf("columns of one name are %s", got)
	}
	zoned := "?format=ndjson&set.spark.sql.session.timeZone=Africa/Casablanca"
	if got := must(t, zoned, "SELECT TIMESTAMP'2026-07-01 00:00:00Z' AS v"); got != "{\"v\":\"2026-07-01T01:00:00+01:00\"}\n" {
		t.Errorf("a timestamp in Casablanca is %s", got)
	}
}

func arrowRows(t *testing.T, body io.Reader) (*columnar.Schema, string) {
	t.Helper()
	r, err := ipc.NewReader(body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	out := ""
	for r.Next() {
		b, err := arrowio.Batch(r.RecordBatch())
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			for j := range b.Cols {
				out += fmt.Sprint(b.Column(j).Value(i), " ")
			}
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return r.Schema(), out
}

func TestArrowAndItsCodecs(t *testing.T) {
	for accept, encodings := range map[string]string{
		"": "", `application/vnd.apache.arrow.stream; codecs="zstd, lz4"`: "zstd", "application/vnd.apache.arrow.stream;codecs=lz4": "gzip",
	} {
		resp := call(t, http.MethodPost, "/v1/sql?format=arrow", "SELECT id, 'text' AS s FROM range(4) ORDER BY id", "Accept", accept, "Accept-Encoding", encodings)
		if got := resp.Header.Get("Content-Type"); got != "application/vnd.apache.arrow.stream" {
			t.Errorf("it is sent as %s", got)
		}
		if got := resp.Header.Get("Content-Encoding"); got != "" {
			t.Errorf("buffers packed for %q are packed again, as %s", accept, got)
		}
		schema, rows := arrowRows(t, resp.Body)
		if rows != "0 text 1 text 2 text 3 text " || schema.Field(0).Type.ID() != columnar.INT64 {
			t.Errorf("%q: %s %s", accept, schema, rows)
		}
	}
	if _, rows := arrowRows(t, strings.NewReader(must(t, "?format=arrow", "SELECT 1 AS a WHERE false"))); rows != "" {
		t.Errorf("an empty result has %s", rows)
	}
}

func TestParquet(t *testing.T) {
	body := must(t, "?format=parquet", "SELECT id, concat('n', id) AS s FROM range(3000)")
	f, err := parquetfile.OpenFile(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	if f.NumRows() != 3000 || strings.Join(f.Schema().Columns()[1], ".") != "s" {
		t.Errorf("%d rows of %v", f.NumRows(), f.Schema())
	}
}

func TestAccept(t *testing.T) {
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "text/csv": "text/csv; charset=utf-8", "application/*": "application/json",
		"text/html, text/plain;q=0.5": "text/plain; charset=utf-8", "application/x-ndjson": "application/x-ndjson",
	} {
		resp := call(t, http.MethodPost, "/v1/sql", "SELECT 1", "Accept", accept)
		if got := resp.Header.Get("Content-Type"); got != want || resp.StatusCode != http.StatusOK {
			t.Errorf("Accept %q: %d %s, want %s", accept, resp.StatusCode, got, want)
		}
	}
	for _, query := range []string{"?format=xml", "?format=JSON"} {
		if code, body := sql(t, query, "SELECT 1"); code != http.StatusNotAcceptable || problemIn(t, body).Class != "UNKNOWN_FORMAT" {
			t.Errorf("%s: %d %s", query, code, body)
		}
	}
	if code, body := sql(t, "", "SELECT 1", "Accept", "image/png"); code != http.StatusNotAcceptable {
		t.Errorf("image/png: %d %s", code, body)
	}
}

func TestCompression(t *testing.T) {
	unpack := map[string]func(io.Reader) (io.Reader, error){
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	}
	for accept, want := range map[string]string{"gzip": "gzip", "gzip, zstd": "zstd", "br": "", "identity": ""} {
		resp := call(t, http.MethodPost, "/v1/sql?format=csv&header=0", "SELECT id FROM range(10000) ORDER BY id", "Accept-Encoding", accept)
		if got := resp.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %s: %s", accept, got)
			continue
		}
		var in io.Reader = resp.Body
		if want != "" {
			var err error
			if in, err = unpack[want](resp.Body); err != nil {
				t.Fatal(err)
			}
		}
		raw, err := io.ReadAll(in)
		if err != nil || bytes.Count(raw, []byte("\n")) != 10000 || !bytes.HasSuffix(raw, []byte("9999\r\n")) {
			t.Errorf("Accept-Encoding %s: %d bytes, %v", accept, len(raw), err)
		}
		if z, ok := in.(*zstd.Decoder); ok {
			z.Close()
		}
	}
	resp := call(t, http.MethodPost, "/v1/sql?format=parquet", "SELECT 1 AS a", "Accept-Encoding", "gzip")
	if got := resp.Header.Get("Content-Encoding"); got != "" {
		t.Errorf("Parquet is packed again, as %s", got)
	}
}

func TestPackedBodies(t *testing.T) {
	var gz, zs bytes.Buffer
	g := gzip.NewWriter(&gz)
	_, _ = g.Write([]byte("SELECT 'packed' AS v"))
	_ = g.Close()
	z, err := zstd.NewWriter(&zs, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = z.Write([]byte("SELECT 'packed' AS v"))
	_ = z.Close()
	for encoding, body := range map[string]string{"gzip": gz.String(), "zstd": zs.String(), "identity": "SELECT 'packed' AS v"} {
		if code, got := sql(t, "?format=csv&header=0", body, "Content-Encoding", encoding); code != 200 || got != "packed\r\n" {
			t.Errorf("%s: %d %s", encoding, code, got)
		}
	}
	if code, _ := sql(t, "", "x", "Content-Encoding", "br"); code != http.StatusUnsupportedMediaType {
		t.Errorf("br: %d", code)
	}
	if code, _ := sql(t, "", "not gzip", "Content-Encoding", "gzip"); code != http.StatusBadRequest {
		t.Errorf("broken gzip: %d", code)
	}
}
