package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

var env = Env{Store: storage.NewLocal(), Zone: time.UTC}

// put writes files below a new folder: name, content pairs.
func put(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i+1 < len(files); i += 2 {
		path := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func rowsOf(t *testing.T, r *Relation, names ...string) []string {
	t.Helper()
	schema := r.Schema
	var columns []int
	if len(names) == 0 {
		for i := range schema.Fields {
			columns = append(columns, i)
		}
	}
	for _, n := range names {
		if n == MetadataColumn {
			schema = types.NewStruct(append(append([]types.Field{}, r.Schema.Fields...), types.Field{Name: MetadataColumn, Type: MetadataType})...)
		}
		columns = append(columns, schema.FieldIndex(n))
	}
	rows := []string{}
	for _, f := range r.Files {
		splits, err := Splits(env, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range splits {
			in, err := Open(context.Background(), env, s, schema, columns)
			if err != nil {
				t.Fatal(err)
			}
			for {
				b, err := in.Next()
				if err != nil {
					t.Fatal(err)
				}
				if b == nil {
					break
				}
				for i := range b.Len() {
					var parts []string
					for c := range columns {
						parts = append(parts, fmt.Sprint(b.Column(c).Value(i)))
					}
					rows = append(rows, strings.Join(parts, ","))
				}
			}
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	sort.Strings(rows)
	return rows
}

func resolve(t *testing.T, src Source) *Relation {
	t.Helper()
	r, err := Resolve(context.Background(), env, src)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPartitions(t *testing.T) {
	for _, c := range []struct {
		name, schema, rows string
		files              []string
	}{
		{
			"types", "struct<_c0:string,i:int,d:date,s:string>", "x,1,18262,a b/c;y,20,<nil>,<nil>",
			[]string{"i=1/d=2020-01-01/s=a b%2Fc/f.csv", "x\n", "i=20/d=__HIVE_DEFAULT_PARTITION__/s=__HIVE_DEFAULT_PARTITION__/f.csv", "y\n"},
		},
		{"widened", "struct<_c0:string,a:bigint,b:double>", "x,1,1.5;y,3000000000,2", []string{"a=1/b=1.5/f.csv", "x", "a=3000000000/b=2/f.csv", "y"}},
		{"text", "struct<_c0:string,a:string>", "x,1;y,z", []string{"a=1/f.csv", "x", "a=z/f.csv", "y"}},
		{"hidden", "struct<_c0:string>", "x", []string{"f.csv", "x", "_SUCCESS", "", ".f.csv.crc", "z", "_tmp/g.csv", "y", "deep/h.csv", "not read"}},
		{"underscore", "struct<_c0:string,_k:int>", "x,1", []string{"_k=1/f.csv", "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := resolve(t, Source{Format: "csv", Paths: []string{put(t, c.files...)}})
			if r.Schema.String() != c.schema {
				t.Errorf("%s, want %s", r.Schema, c.schema)
			}
			if got := strings.Join(rowsOf(t, r), ";"); got != c.rows {
				t.Errorf("%s, want %s", got, c.rows)
			}
		})
	}
	dir := put(t, "a=1/f.csv", "x", "b=1/f.csv", "y")
	if _, err := Resolve(context.Background(), env, Source{Format: "csv", Paths: []string{dir}}); err == nil || !strings.Contains(err.Error(), "conflicting") {
		t.Errorf("conflicting folders: %v", err)
	}
	dir = put(t, "p=7/f.csv", "x,1")
	given := types.NewStruct(types.Field{Name: "p", Type: types.LongType, Nullable: true}, types.Field{Name: "a", Type: types.StringType, Nullable: true}, types.Field{Name: "b", Type: types.IntType, Nullable: true})
	r := resolve(t, Source{Format: "csv", Paths: []string{dir}, Schema: given, Partitions: []string{"p"}})
	if got := strings.Join(rowsOf(t, r), ";"); got != "x,1,7" || r.Schema.String() != "struct<a:string,b:int,p:bigint>" {
		t.Errorf("declared partitions: %s %s", got, r.Schema)
	}
}

func TestPaths(t *testing.T) {
	dir := put(t, "a1.csv", "1", "a2.csv", "2", "b1.csv", "3", "sub/c.csv", "4", "sub/deep/d.csv", "5", "k=1/e.txt", "6")
	for _, c := range []struct{ path, opts, want string }{
		{"a1.csv", "", "1"},
		{"a*.csv", "", "1;2"},
		{"{a1,b1}.csv", "", "1;3"},
		{"[!a]*.csv", "", "3"},
		{"s?b", "", "4"},
		{"*/*.csv", "", "4"},
		{"sub", "recursiveFileLookup=true", "4;5"},
		{"", "pathGlobFilter=b*;recursiveFileLookup=true", "3"},
		{"a*", "modifiedBefore=1990-01-01", ""},
	} {
		opts := map[string]string{}
		for _, kv := range strings.Split(c.opts, ";") {
			if k, v, ok := strings.Cut(kv, "="); ok {
				opts[k] = v
			}
		}
		schema := types.NewStruct(types.Field{Name: "v", Type: types.StringType, Nullable: true})
		r := resolve(t, Source{Format: "csv", Paths: []string{"file://" + filepath.Join(dir, c.path)}, Options: opts, Schema: schema})
		if got := strings.Join(rowsOf(t, r, "v"), ";"); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.path, c.opts, got, c.want)
		}
	}
	for path, class := range map[string]string{"nothing": "PATH_NOT_FOUND", "x*": "PATH_NOT_FOUND", "s3://bucket/x": "UNSUPPORTED_FEATURE"} {
		if !strings.Contains(path, ":") {
			path = filepath.Join(dir, path)
		}
		if _, err := Resolve(context.Background(), env, Source{Format: "csv", Paths: []string{path}}); !sqlerr.Is(err, class) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Resolve(context.Background(), env, Source{Format: "parquet", Paths: []string{put(t, "_x", "")}}); !sqlerr.Is(err, "UNABLE_TO_INFER_SCHEMA") {
		t.Errorf("empty folder: %v", err)
	}
	for _, format := range []string{"avro", "orc"} {
		if _, err := Resolve(context.Background(), env, Source{Format: format, Paths: []string{dir}}); !sqlerr.Is(err, "UNSUPPORTED_FEATURE") {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestMetadata(t *testing.T) {
	dir := put(t, "k=1/a b.csv", "x\n")
	r := resolve(t, Source{Format: "csv", Paths: []string{dir}})
	got := rowsOf(t, r, "_metadata", "k", "_c0")
	want := fmt.Sprintf("[file://%s/k=1/a%%20b.csv a b.csv 2 0 2 %d],1,x", dir, r.Files[0].Modified/1000*1000)
	if len(got) != 1 || got[0] != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestEveryFormat(t *testing.T) {
	schema := types.NewStruct(types.Field{Name: "id", Type: types.LongType, Nullable: true}, types.Field{Name: "name", Type: types.StringType, Nullable: true})
	batch := vector.NewBatch([]*vector.Vector{vector.Of(types.LongType, int64(1), int64(2), nil), vector.Of(types.StringType, "one", nil, "three")}, 3)
	for _, c := range []struct {
		format, ext string
		opts        map[string]string
	}{
		{"parquet", ".snappy.parquet", nil},
		{"parquet", ".zstd.parquet", map[string]string{"compression": "zstd"}},
		{"csv", ".csv", map[string]string{"header": "true", "inferSchema": "true"}},
		{"csv", ".csv.gz", map[string]string{"header": "true", "compression": "gzip"}},
		{"json", ".json", nil},
		{"json", ".json.zst", map[string]string{"compression": "zstd"}},
	} {
		if ext := Extension(c.format, c.opts); ext != c.ext {
			t.Errorf("%s %v: %s", c.format, c.opts, ext)
		}
		var out bytes.Buffer
		w, err := NewWriter(env, &out, c.format, schema, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		dir := put(t, "part-0"+c.ext, out.String())
		for _, given := range []*types.Type{nil, schema} {
			r := resolve(t, Source{Format: c.format, Paths: []string{dir}, Options: c.opts, Schema: given})
			if got := strings.Join(rowsOf(t, r, "id", "name"), ";"); got != "1,one;2,<nil>;<nil>,three" {
				t.Errorf("%s %v: %s", c.format, c.opts, got)
			}
		}
	}
	var out bytes.Buffer
	w, err := NewWriter(env, &out, "text", types.NewStruct(schema.Fields[1]), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(vector.NewBatch(batch.Cols[1:], 3)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil || out.String() != "one\n\nthree\n" {
		t.Errorf("%q %v", out.String(), err)
	}
	r := resolve(t, Source{Format: "text", Paths: []string{put(t, "a.txt", out.String())}})
	if got := strings.Join(rowsOf(t, r), ";"); got != ";one;three" {
		t.Errorf("text: %s", got)
	}
	r = resolve(t, Source{Format: "text", Paths: []string{put(t, "a.txt", out.String())}, Options: map[string]string{"wholetext": "true"}})
	if got := rowsOf(t, r); len(got) != 1 || got[0] != out.String() {
		t.Errorf("whole text: %q", got)
	}
}

func TestDamagedFiles(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	for i := range 5000 {
		fmt.Fprintf(w, "%d,%x\n", i, i*7919)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, content, format string }{
		{"a.csv.gz", z.String()[:z.Len()/2], "csv"}, {"b.csv.gz", "no gzip at all", "csv"}, {"c.json.zst", "no zstd at all", "json"}, {"d.parquet", "PAR1 and no more PAR1", "parquet"},
	} {
		dir := put(t, c.name, c.content)
		_, err := Resolve(context.Background(), env, Source{Format: c.format, Paths: []string{dir}, Options: map[string]string{"inferSchema": "true"}})
		if !sqlerr.Is(err, "FILE_CORRUPT") || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestMergedSchemas(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, schema *types.Type, v *vector.Vector) {
		h, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		w, err := NewWriter(env, h, "parquet", schema, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(vector.NewBatch([]*vector.Vector{v}, v.Len)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write("a.parquet", types.NewStruct(types.Field{Name: "x", Type: types.IntType}), vector.Of(types.IntType, int32(1)))
	write("b.parquet", types.NewStruct(types.Field{Name: "y", Type: types.StringType}), vector.Of(types.StringType, "s"))
	r := resolve(t, Source{Format: "parquet", Paths: []string{dir}, Options: map[string]string{"mergeSchema": "true"}})
	if got := strings.Join(rowsOf(t, r), ";"); got != "1,<nil>;<nil>,s" {
		t.Errorf("%s %s", r.Schema, got)
	}
	write("c.parquet", types.NewStruct(types.Field{Name: "x", Type: types.StringType}), vector.Of(types.StringType, "s"))
	if _, err := Resolve(context.Background(), env, Source{Format: "parquet", Paths: []string{dir}, Options: map[string]string{"mergeSchema": "true"}}); !sqlerr.Is(err, "CANNOT_MERGE_SCHEMAS") {
		t.Errorf("%v", err)
	}
}
