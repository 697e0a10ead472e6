package flightsrv

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"

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
