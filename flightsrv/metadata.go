package flightsrv

import (
	"context"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/types"
)

// described is the FlightInfo of a metadata command: the descriptor itself is the ticket.
func (s *service) described(desc *flight.FlightDescriptor, schema *arrow.Schema) (*flight.FlightInfo, error) {
	return &flight.FlightInfo{
		Schema: schemaBytes(schema), FlightDescriptor: desc,
		Endpoint:     []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: desc.Cmd}}},
		TotalRecords: -1, TotalBytes: -1,
	}, nil
}

// one streams a single record batch.
func one(schema *arrow.Schema, b *array.RecordBuilder) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	out := make(chan flight.StreamChunk, 1)
	out <- flight.StreamChunk{Data: b.NewRecordBatch()}
	close(out)
	b.Release()
	return schema, out, nil
}

func isCatalog(name *string) bool { return name == nil || *name == "" || *name == engine.CatalogName }

// GetFlightInfoCatalogs and its kin answer where a metadata command's rows can be had; DoGet… give the rows.
func (s *service) GetFlightInfoCatalogs(_ context.Context, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.Catalogs)
}

// DoGetCatalogs lists the one catalog.
func (s *service) DoGetCatalogs(context.Context) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	b := array.NewRecordBuilder(s.Alloc, schema_ref.Catalogs)
	b.Field(0).(*array.StringBuilder).Append(engine.CatalogName)
	return one(schema_ref.Catalogs, b)
}

// GetFlightInfoSchemas answers where the databases can be had.
func (s *service) GetFlightInfoSchemas(_ context.Context, _ flightsql.GetDBSchemas, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.DBSchemas)
}

// DoGetDBSchemas lists the databases.
func (s *service) DoGetDBSchemas(ctx context.Context, q flightsql.GetDBSchemas) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	b := array.NewRecordBuilder(s.Alloc, schema_ref.DBSchemas)
	if isCatalog(q.GetCatalog()) {
		names, err := session.Schemas(ctx, engine.LikePattern(q.GetDBSchemaFilterPattern()))
		if err != nil {
			return nil, nil, toStatus(err)
		}
		for _, n := range names {
			b.Field(0).(*array.StringBuilder).Append(engine.CatalogName)
			b.Field(1).(*array.StringBuilder).Append(n)
		}
	}
	return one(schema_ref.DBSchemas, b)
}

func tablesSchema(columns bool) *arrow.Schema {
	if columns {
		return schema_ref.TablesWithIncludedSchema
	}
	return schema_ref.Tables
}

// GetFlightInfoTables answers where tables and views can be had.
func (s *service) GetFlightInfoTables(_ context.Context, q flightsql.GetTables, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, tablesSchema(q.GetIncludeSchema()))
}

// DoGetTables lists tables and views, with their Arrow schemas if asked for.
func (s *service) DoGetTables(ctx context.Context, q flightsql.GetTables) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	schema := tablesSchema(q.GetIncludeSchema())
	b := array.NewRecordBuilder(s.Alloc, schema)
	if !isCatalog(q.GetCatalog()) {
		return one(schema, b)
	}
	wanted := map[string]bool{}
	for _, t := range q.GetTableTypes() {
		wanted[t] = true
	}
	list, err := session.Tables(ctx, engine.LikePattern(q.GetDBSchemaFilterPattern()), engine.LikePattern(q.GetTableNameFilterPattern()), q.GetIncludeSchema())
	if err != nil {
		return nil, nil, toStatus(err)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Type < list[j].Type })
	for _, t := range list {
		if len(wanted) > 0 && !wanted[t.Type] {
			continue
		}
		b.Field(0).(*array.StringBuilder).Append(engine.CatalogName)
		if t.Schema == "" {
			b.Field(1).(*array.StringBuilder).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(t.Schema)
		}
		b.Field(2).(*array.StringBuilder).Append(t.Name)
		b.Field(3).(*array.StringBuilder).Append(t.Type)
		if q.GetIncludeSchema() {
			columns := t.Columns
			if columns == nil {
				columns = types.NewStruct()
			}
			b.Field(4).(*array.BinaryBuilder).Append(schemaBytes(arrowio.TableSchema(columns, formOf(session).zone, engine.CatalogName, t.Schema, t.Name, t.Type == "VIEW")))
		}
	}
	return one(schema, b)
}

// GetFlightInfoTableTypes answers where the kinds of tables can be had.
func (s *service) GetFlightInfoTableTypes(_ context.Context, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.TableTypes)
}

// DoGetTableTypes lists TABLE and VIEW.
func (s *service) DoGetTableTypes(context.Context) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	b := array.NewRecordBuilder(s.Alloc, schema_ref.TableTypes)
	b.Field(0).(*array.StringBuilder).AppendValues([]string{"TABLE", "VIEW"}, nil)
	return one(schema_ref.TableTypes, b)
}
