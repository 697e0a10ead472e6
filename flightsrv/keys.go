package flightsrv

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"

	"github.com/argan-sql/argan/engine"
)

// noAction is what happens to rows that refer to one that is changed or deleted: nothing. JDBC's number.
const noAction = 3

// is says whether a table is the one that a client asks for; its catalog and schema may be left out.
func is(ref flightsql.TableRef, schema, table string) bool {
	return isCatalog(ref.Catalog) && (ref.DBSchema == nil || *ref.DBSchema == "" || strings.EqualFold(*ref.DBSchema, schema)) && strings.EqualFold(ref.Table, table)
}

// GetFlightInfoPrimaryKeys answers where primary keys can be had.
func (s *service) GetFlightInfoPrimaryKeys(_ context.Context, _ flightsql.TableRef, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.PrimaryKeys)
}

// DoGetPrimaryKeys lists the columns of a table's primary key.
func (s *service) DoGetPrimaryKeys(ctx context.Context, ref flightsql.TableRef) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	keys, err := session.Keys(ctx, func(k engine.TableKey) bool { return !k.Foreign && is(ref, k.OwnSchema, k.OwnTable) })
	if err != nil {
		return nil, nil, toStatus(err)
	}
	b := array.NewRecordBuilder(s.Alloc, schema_ref.PrimaryKeys)
	for _, k := range keys {
		for i, column := range k.Columns {
			if err := appendRow(b, engine.CatalogName, k.OwnSchema, k.OwnTable, column, int32(i+1), k.Name); err != nil {
				return nil, nil, err
			}
		}
	}
	return one(schema_ref.PrimaryKeys, b)
}

// references lists the foreign keys for which keep holds, a row for each column.
func (s *service) references(ctx context.Context, schema *arrow.Schema, keep func(engine.TableKey) bool) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	keys, err := session.Keys(ctx, func(k engine.TableKey) bool { return k.Foreign && keep(k) })
	if err != nil {
		return nil, nil, toStatus(err)
	}
	b := array.NewRecordBuilder(s.Alloc, schema)
	for _, k := range keys {
		for i, column := range k.Columns {
			err := appendRow(b, engine.CatalogName, k.Schema, k.Table, k.Referenced[i], engine.CatalogName, k.OwnSchema, k.OwnTable, column,
				int32(i+1), k.Name, k.PrimaryName, uint8(noAction), uint8(noAction))
			if err != nil {
				return nil, nil, err
			}
		}
	}
	return one(schema, b)
}

// GetFlightInfoExportedKeys answers where exported keys can be had.
func (s *service) GetFlightInfoExportedKeys(_ context.Context, _ flightsql.TableRef, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.ExportedKeys)
}

// DoGetExportedKeys lists the foreign keys that refer to a table.
func (s *service) DoGetExportedKeys(ctx context.Context, ref flightsql.TableRef) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return s.references(ctx, schema_ref.ExportedKeys, func(k engine.TableKey) bool { return is(ref, k.Schema, k.Table) })
}

// GetFlightInfoImportedKeys answers where imported keys can be had.
func (s *service) GetFlightInfoImportedKeys(_ context.Context, _ flightsql.TableRef, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.ImportedKeys)
}

// DoGetImportedKeys lists the foreign keys of a table.
func (s *service) DoGetImportedKeys(ctx context.Context, ref flightsql.TableRef) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return s.references(ctx, schema_ref.ImportedKeys, func(k engine.TableKey) bool { return is(ref, k.OwnSchema, k.OwnTable) })
}

// GetFlightInfoCrossReference answers where references between two tables can be had.
func (s *service) GetFlightInfoCrossReference(_ context.Context, _ flightsql.CrossTableRef, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.CrossReference)
}

// DoGetCrossReference lists the foreign keys of one table that refer to another.
func (s *service) DoGetCrossReference(ctx context.Context, ref flightsql.CrossTableRef) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return s.references(ctx, schema_ref.CrossReference, func(k engine.TableKey) bool {
		return is(ref.PKRef, k.Schema, k.Table) && is(ref.FKRef, k.OwnSchema, k.OwnTable)
	})
}
