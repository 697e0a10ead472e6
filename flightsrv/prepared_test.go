package flightsrv

import (
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// bind is a record batch of parameters; each column is made of the values of one.
func bind(t *testing.T, fields []arrow.Field, rows ...[]any) arrow.RecordBatch {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for _, row := range rows {
		for i, v := range row {
			switch f := b.Field(i).(type) {
			case *array.Int32Builder:
				f.Append(int32(v.(int)))
			case *array.Int64Builder:
				if v == nil {
					f.AppendNull()
				} else {
					f.Append(int64(v.(int)))
				}
			case *array.StringBuilder:
				if v == nil {
					f.AppendNull()
				} else {
					f.Append(v.(string))
				}
			case *array.Float64Builder:
				f.Append(v.(float64))
			case *array.BooleanBuilder:
				f.Append(v.(bool))
			case *array.BinaryBuilder:
				f.Append(v.([]byte))
			case *array.Date32Builder:
				f.Append(arrow.Date32FromTime(v.(time.Time)))
			case *array.TimestampBuilder:
				f.AppendTime(v.(time.Time))
			case *array.Decimal128Builder:
				f.Append(decimal128.FromI64(int64(v.(int))))
			case *array.NullBuilder:
				f.AppendNull()
			default:
				t.Fatalf("no parameter of %s", fields[i].Type)
			}
		}
	}
	return b.NewRecordBatch()
}

func field(t arrow.DataType) arrow.Field { return arrow.Field{Name: "p", Type: t, Nullable: true} }

func TestPreparedWithParametersOfManyTypes(t *testing.T) {
	c, ctx := connect(t), within(t)
	at := time.Date(2026, 2, 3, 4, 5, 6, 789000, time.UTC)
	for _, s := range []struct {
		typ   arrow.DataType
		value any
		want  string // typeof, then the value as SQL prints it
	}{
		{arrow.PrimitiveTypes.Int32, 7, "int 7"},
		{arrow.PrimitiveTypes.Int64, 1 << 40, "bigint 1099511627776"},
		{arrow.PrimitiveTypes.Int64, nil, "bigint <nil>"},
		{arrow.BinaryTypes.String, "it's ñ", "string it's ñ"},
		{arrow.BinaryTypes.String, nil, "string <nil>"},
		{arrow.PrimitiveTypes.Float64, 2.5, "double 2.5"},
		{arrow.FixedWidthTypes.Boolean, true, "boolean true"},
		{arrow.BinaryTypes.Binary, []byte("abc"), "binary abc"},
		{arrow.FixedWidthTypes.Date32, at, "date 2026-02-03"},
		{&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, at, "timestamp 2026-02-03 04:05:06.000789"},
		{&arrow.TimestampType{Unit: arrow.Millisecond}, at, "timestamp_ntz 2026-02-03 04:05:06"},
		{&arrow.Decimal128Type{Precision: 20, Scale: 3}, 12345, "decimal(20,3) 12.345"},
		{arrow.Null, nil, "void <nil>"},
	} {
		p, err := c.Prepare(ctx, "SELECT typeof(:p) AS t, CAST(:p AS STRING) AS v")
		if err != nil {
			t.Fatal(err)
		}
		f := arrow.Field{Name: ":p", Type: s.typ, Nullable: true}
		p.SetParameters(bind(t, []arrow.Field{f}, []any{s.value}))
		info, err := p.Execute(ctx)
		if err != nil {
			t.Errorf("%s: %v", s.typ, err)
			continue
		}
		if _, rows, err := fetch(ctx, c, info); err != nil || fmt.Sprint(rows) != "[["+s.want+"]]" {
			t.Errorf("%s: %s, %v, want %s", s.typ, rows, err, s.want)
		}
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	}
}

func TestPreparedTellsItsSchemas(t *testing.T) {
	c, ctx := connect(t), within(t)
	update(t, ctx, c, "CREATE OR REPLACE TABLE prepared (id BIGINT, name STRING, price DECIMAL(10,2)) USING delta")
	for _, s := range []struct {
		sql                 string
		dataset, parameters string
		isUpdate            bool
	}{
		{"SELECT id, name FROM prepared WHERE id = ? AND price > ?", "id name", "1:int64 2:decimal(10, 2)", false},
		{"SELECT name FROM prepared WHERE name = :n OR :n IS NULL", "name", ":n:utf8", false},
		{"SELECT 1 AS one", "one", "", false},
		{"CREATE TABLE never (a INT)", "", "", true},
	} {
		p, err := c.Prepare(ctx, s.sql)
		if err != nil {
			t.Errorf("%s: %v", s.sql, err)
			continue
		}
		names := func(schema *arrow.Schema, types bool) string {
			out := ""
			if schema == nil {
				return out
			}
			for i, f := range schema.Fields() {
				if i > 0 {
					out += " "
				}
				out += f.Name
				if types {
					out += ":" + f.Type.String()
				}
			}
			return out
		}
		if got := names(p.DatasetSchema(), false); got != s.dataset {
			t.Errorf("%s gives %q, want %q", s.sql, got, s.dataset)
		}
		if got := names(p.ParameterSchema(), true); got != s.parameters {
			t.Errorf("%s takes %q, want %q", s.sql, got, s.parameters)
		}
		if got, ok := p.IsUpdate(); !ok || got != s.isUpdate {
			t.Errorf("%s: is it an update? %v %v", s.sql, got, ok)
		}
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	// The JDBC driver wants timestamps in milliseconds, and counts where others want the rows of counts.
	java, err := flightsql.NewClient(address, nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUserAgent("grpc-java-netty/1.70"))
	if err != nil {
		t.Fatal(err)
	}
	defer java.Close()
	for _, s := range []struct {
		sql          string
		java, others bool
	}{
		{"INSERT INTO prepared VALUES (?, ?, ?)", true, true},
		{"UPDATE prepared SET name = ? WHERE id = ?", true, false},
		{"DELETE FROM prepared WHERE id = ?", true, false},
		{"SELECT 1", false, false},
	} {
		for client, want := range map[*flightsql.Client]bool{java: s.java, c: s.others} {
			p, err := client.Prepare(ctx, s.sql)
			if err != nil {
				t.Errorf("%s: %v", s.sql, err)
				continue
			}
			if got, ok := p.IsUpdate(); !ok || got != want {
				t.Errorf("%s: is it an update? %v %v, want %v", s.sql, got, ok, want)
			}
		}
	}
	p, err := java.Prepare(ctx, "SELECT id FROM prepared WHERE TIMESTAMP'2026-01-01' = ?")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.ParameterSchema().Field(0).Type.(*arrow.TimestampType).Unit; got != arrow.Millisecond {
		t.Errorf("a timestamp is in %s for the JDBC driver", got)
	}
	if _, err := c.Prepare(ctx, "SELECT nope FROM prepared"); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a bad statement: %v", err)
	}
}

func TestPreparedUpdateRunsOncePerRow(t *testing.T) {
	c, ctx := connect(t), within(t)
	update(t, ctx, c, "CREATE OR REPLACE TABLE bound (id BIGINT, name STRING) USING delta")
	p, err := c.Prepare(ctx, "INSERT INTO bound VALUES (?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	fields := []arrow.Field{field(arrow.PrimitiveTypes.Int64), field(arrow.BinaryTypes.String)}
	p.SetParameters(bind(t, fields, []any{1, "a"}, []any{2, nil}, []any{3, "c"}))
	if n, err := p.ExecuteUpdate(ctx); err != nil || n != 3 {
		t.Errorf("%d rows, %v", n, err)
	}
	if got, want := fmt.Sprint(query(t, ctx, c, "SELECT * FROM bound ORDER BY id")), "[[1 a] [2 <nil>] [3 c]]"; got != want {
		t.Errorf("the table is %s, want %s", got, want)
	}
	q, err := c.Prepare(ctx, "SELECT name FROM bound WHERE id >= ? ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[int]string{1: "[[a] [<nil>] [c]]", 3: "[[c]]", 9: "[]"} { // the same statement, bound again
		q.SetParameters(bind(t, fields[:1], []any{from}))
		info, err := q.Execute(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, rows, err := fetch(ctx, c, info); err != nil || fmt.Sprint(rows) != want {
			t.Errorf("from %d: %v %v, want %s", from, rows, err, want)
		}
	}
	q.SetParameters(bind(t, fields[:1], []any{1}, []any{2}))
	info, err := q.Execute(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// The rows of one execution follow those of the other.
	if _, rows, err := fetch(ctx, c, info); err != nil || fmt.Sprint(rows) != "[[a] [<nil>] [c] [<nil>] [c]]" {
		t.Errorf("two rows of parameters: %v %v", rows, err)
	}
}

func TestRowsOfParameters(t *testing.T) {
	c, ctx := connect(t), within(t)
	fields := []arrow.Field{field(arrow.PrimitiveTypes.Int64), field(arrow.BinaryTypes.String)}
	for _, s := range []struct {
		sql     string
		rows    [][]any
		n       int64
		commits int // made by the rows together
		table   string
		fails   bool
	}{
		{sql: "INSERT INTO rows_of VALUES (?, upper(?))", rows: [][]any{{1, "a"}, {2, nil}, {3, "c"}}, n: 3, commits: 1, table: "[[1 A] [2 <nil>] [3 C]]"},
		{sql: "INSERT INTO rows_of (name, id) VALUES (concat('x', ?, CAST(? AS STRING)), 7)", rows: [][]any{{1, "a"}, {2, "b"}}, n: 2, commits: 1, table: "[[7 x1a] [7 x2b]]"},
		{sql: "INSERT INTO rows_of (id, name) VALUES (?, DEFAULT), (9, ?)", rows: [][]any{{1, "a"}, {2, "b"}}, n: 4, commits: 2, table: "[[1 none] [2 none] [9 a] [9 b]]"},
		{sql: "INSERT INTO rows_of VALUES (?, CAST(raise_error(?) AS STRING))", rows: [][]any{{1, "no"}, {2, "no"}}, table: "[]", fails: true},
		{sql: "INSERT INTO rows_of SELECT ?, ?", rows: [][]any{{1, "a"}, {2, "b"}}, n: 2, commits: 2, table: "[[1 a] [2 b]]"},
	} {
		update(t, ctx, c, "CREATE OR REPLACE TABLE rows_of (id BIGINT, name STRING DEFAULT 'none') USING delta TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')")
		before := value(t, ctx, c, "SELECT count(*) FROM rows_of")
		p, err := c.Prepare(ctx, s.sql)
		if err != nil {
			t.Fatalf("%s: %v", s.sql, err)
		}
		was := len(query(t, ctx, c, "DESCRIBE HISTORY rows_of"))
		p.SetParameters(bind(t, fields, s.rows...))
		n, err := p.ExecuteUpdate(ctx)
		if err != nil != s.fails || n != s.n {
			t.Errorf("%s: %d rows, %v", s.sql, n, err)
		}
		if got := len(query(t, ctx, c, "DESCRIBE HISTORY rows_of")) - was; got != s.commits {
			t.Errorf("%s: %d commits, want %d", s.sql, got, s.commits)
		}
		if got := fmt.Sprint(query(t, ctx, c, "SELECT * FROM rows_of ORDER BY id, name")); got != s.table || before != "0" {
			t.Errorf("%s: the table is %s, want %s", s.sql, got, s.table)
		}
	}
}

func TestPreparedWithoutItsParameters(t *testing.T) {
	c, ctx := connect(t), within(t)
	p, err := c.Prepare(ctx, "SELECT ? AS a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Execute(ctx); status.Code(err) != codes.InvalidArgument {
		t.Errorf("unbound: %v", err)
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestPreparedIsClosed(t *testing.T) {
	c, ctx := connect(t), within(t)
	p, err := c.Prepare(ctx, "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Execute(ctx); err == nil {
		t.Error("it runs after Close")
	}
}
