package flightsrv

import (
	"context"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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

// sqlType is a type as XDBC describes it.
type sqlType struct {
	name           string
	code           int32 // java.sql.Types
	size           int32
	prefix, suffix string
	params         string
	unsigned       *bool
	searchable     int32
	scale          [2]int32
}

var signed = false

// sqlTypes are the types that a column may have, by their XDBC code.
var sqlTypes = []sqlType{
	{name: "BIGINT", code: -5, size: 19, unsigned: &signed, searchable: 3},
	{name: "BINARY", code: -2, size: 0x7fffffff, prefix: "X'", suffix: "'", searchable: 3},
	{name: "BOOLEAN", code: -7, size: 1, searchable: 3},
	{name: "DATE", code: 91, size: 10, prefix: "DATE'", suffix: "'", searchable: 3},
	{name: "DECIMAL", code: 3, size: 38, params: "precision,scale", unsigned: &signed, searchable: 3, scale: [2]int32{0, 38}},
	{name: "DOUBLE", code: 8, size: 15, unsigned: &signed, searchable: 3},
	{name: "FLOAT", code: 6, size: 7, unsigned: &signed, searchable: 3},
	{name: "INT", code: 4, size: 10, unsigned: &signed, searchable: 3},
	{name: "SMALLINT", code: 5, size: 5, unsigned: &signed, searchable: 3},
	{name: "STRING", code: 12, size: 0x7fffffff, prefix: "'", suffix: "'", searchable: 3},
	{name: "TIMESTAMP", code: 93, size: 26, prefix: "TIMESTAMP'", suffix: "'", searchable: 3, scale: [2]int32{0, 6}},
	{name: "TIMESTAMP_NTZ", code: 93, size: 26, prefix: "TIMESTAMP_NTZ'", suffix: "'", searchable: 3, scale: [2]int32{0, 6}},
	{name: "TINYINT", code: -6, size: 3, unsigned: &signed, searchable: 3},
}

// GetFlightInfoXdbcTypeInfo answers where the SQL types can be had.
func (s *service) GetFlightInfoXdbcTypeInfo(_ context.Context, _ flightsql.GetXdbcTypeInfo, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.XdbcTypeInfo)
}

// DoGetXdbcTypeInfo lists the SQL types.
func (s *service) DoGetXdbcTypeInfo(_ context.Context, q flightsql.GetXdbcTypeInfo) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	schema := schema_ref.XdbcTypeInfo
	b := array.NewRecordBuilder(s.Alloc, schema)
	for _, t := range sqlTypes {
		if want := q.GetDataType(); want != nil && *want != t.code {
			continue
		}
		values := map[string]any{
			"type_name": t.name, "data_type": t.code, "column_size": t.size, "nullable": int32(1), "case_sensitive": t.code == 12, "searchable": t.searchable,
			"fixed_prec_scale": false, "sql_data_type": t.code, "minimum_scale": t.scale[0], "maximum_scale": t.scale[1], "local_type_name": t.name,
		}
		if t.prefix != "" {
			values["literal_prefix"], values["literal_suffix"] = t.prefix, t.suffix
		}
		if t.params != "" {
			values["create_params"] = []string{"precision", "scale"}
		}
		if t.unsigned != nil {
			values["unsigned_attribute"], values["num_prec_radix"] = *t.unsigned, int32(10)
		}
		for i, f := range schema.Fields() {
			if err := appendAny(b.Field(i), values[f.Name]); err != nil {
				b.Release()
				return nil, nil, status.Errorf(codes.Internal, "type info %s: %v", f.Name, err)
			}
		}
	}
	return one(schema, b)
}
