package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/exec/vector"
)

// loadMode says an ingest's options in the engine's words; ok is false for a combination that makes no sense.
func loadMode(o *flightsql.TableDefinitionOptions) (mode engine.LoadMode, ok bool) {
	const (
		create  = flightsql.TableDefinitionOptionsTableNotExistOptionCreate
		replace = flightsql.TableDefinitionOptionsTableExistsOptionReplace
		appends = flightsql.TableDefinitionOptionsTableExistsOptionAppend
	)
	switch {
	case o.GetIfNotExist() == create && o.GetIfExists() == appends:
		return engine.LoadCreateAppend, true
	case o.GetIfExists() == replace:
		return engine.LoadReplace, true
	case o.GetIfExists() == appends:
		return engine.LoadAppend, true
	case o.GetIfNotExist() == create:
		return engine.LoadCreate, true
	}
	return "", false
}

// DoPutCommandStatementIngest writes the rows of a stream into a table, in one commit, or keeps them in the session as a
// temporary view.
func (s *service) DoPutCommandStatementIngest(ctx context.Context, c flightsql.StatementIngest, reader flight.MessageReader) (int64, error) {
	if len(c.GetTransactionId()) > 0 {
		return 0, noTransactions
	}
	if name := c.GetCatalog(); name != "" && name != engine.CatalogName {
		return 0, status.Errorf(codes.NotFound, "the catalog %s does not exist", name)
	}
	mode, ok := loadMode(c.GetTableDefinitionOptions())
	if !ok {
		return 0, status.Error(codes.InvalidArgument, "the ingest says neither what to do where the table is there nor where it is not")
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return 0, err
	}
	schema, err := arrowio.FromSchema(reader.Schema())
	if err != nil {
		return 0, toStatus(err)
	}
	var unread error // what kept the rows from being read
	load := engine.Load{
		Schema: c.GetSchema(), Table: c.GetTable(), Mode: mode, Columns: schema,
		Next: func() (*vector.Batch, error) {
			if !reader.Next() {
				if err := reader.Err(); err != nil {
					unread = broken("the rows to load", err)
				}
				return nil, unread
			}
			return arrowio.BatchOf(schema, reader.RecordBatch())
		},
	}
	var rows int64
	if c.GetTemporary() {
		rows, err = session.LoadTemporary(ctx, load)
	} else {
		rows, _, err = session.Load(ctx, load)
	}
	if unread != nil {
		return 0, unread
	}
	return rows, toStatus(err)
}
