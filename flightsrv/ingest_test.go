package flightsrv

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
)

func TestLoadMode(t *testing.T) {
	const (
		create  = flightsql.TableDefinitionOptionsTableNotExistOptionCreate
		fail    = flightsql.TableDefinitionOptionsTableNotExistOptionFail
		replace = flightsql.TableDefinitionOptionsTableExistsOptionReplace
		appends = flightsql.TableDefinitionOptionsTableExistsOptionAppend
		refuse  = flightsql.TableDefinitionOptionsTableExistsOptionFail
	)
	for _, c := range []struct {
		missing flightsql.TableDefinitionOptionsTableNotExistOption
		exists  flightsql.TableDefinitionOptionsTableExistsOption
		want    engine.LoadMode
		ok      bool
	}{
		{create, refuse, engine.LoadCreate, true},
		{fail, appends, engine.LoadAppend, true},
		{create, appends, engine.LoadCreateAppend, true},
		{create, replace, engine.LoadReplace, true},
		{fail, refuse, "", false},
	} {
		got, ok := loadMode(&flightsql.TableDefinitionOptions{IfNotExist: c.missing, IfExists: c.exists})
		if got != c.want || ok != c.ok {
			t.Errorf("%v, %v: %q %t, want %q %t", c.missing, c.exists, got, ok, c.want, c.ok)
		}
	}
}

// TestTemporaryIngest: rows that are loaded for the session alone are a temporary view of it.
func TestTemporaryIngest(t *testing.T) {
	c, ctx := connect(t), within(t)
	load := func(schema *string, ids ...any) (int64, error) {
		rows := make([][]any, len(ids))
		for i, id := range ids {
			rows[i] = []any{id}
		}
		batch := bind(t, []arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, rows...)
		reader, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
		if err != nil {
			t.Fatal(err)
		}
		return c.ExecuteIngest(ctx, reader, &flightsql.ExecuteIngestOpts{
			Table: "kept", Schema: schema, Temporary: true, TableDefinitionOptions: &flightsql.TableDefinitionOptions{
				IfNotExist: flightsql.TableDefinitionOptionsTableNotExistOptionCreate, IfExists: flightsql.TableDefinitionOptionsTableExistsOptionAppend,
			},
		})
	}
	for _, ids := range [][]any{{1, 2}, {3, nil}} {
		if n, err := load(nil, ids...); err != nil || n != 2 {
			t.Fatalf("%d rows, %v", n, err)
		}
	}
	if got := fmt.Sprint(query(t, ctx, c, "SELECT sum(id), count(*) FROM kept")); got != "[[6 4]]" {
		t.Errorf("the view is %s", got)
	}
	schema := "default"
	if _, err := load(&schema, 1); status.Code(err) != codes.InvalidArgument {
		t.Errorf("in a database: %v", err)
	}
	other := connect(t)
	if _, err := other.Execute(ctx, "SELECT * FROM kept"); status.Code(err) != codes.NotFound {
		t.Errorf("another session: %v", err)
	}
}
