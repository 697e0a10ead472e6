package flightsrv

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"

	"github.com/argan-sql/argan/engine"
)

// appendAny appends a value of the builder's own kind, NULL for nil.
func appendAny(b array.Builder, v any) error {
	switch v := v.(type) {
	case nil:
		b.AppendNull()
	case string:
		b.(*array.StringBuilder).Append(v)
	case int32:
		b.(*array.Int32Builder).Append(v)
	case uint8:
		b.(*array.Uint8Builder).Append(v)
	case bool:
		b.(*array.BooleanBuilder).Append(v)
	case []string:
		l := b.(*array.ListBuilder)
		l.Append(true)
		for _, s := range v {
			l.ValueBuilder().(*array.StringBuilder).Append(s)
		}
	default:
		return fmt.Errorf("no builder for %T", v)
	}
	return nil
}

// What CONVERT's types are called in Flight SQL.
const (
	convertBigInt    = int32(flightsql.SqlConvertBigInt)
	convertBinary    = int32(flightsql.SqlConvertBinary)
	convertBit       = int32(flightsql.SqlConvertBit)
	convertDate      = int32(flightsql.SqlConvertDate)
	convertDecimal   = int32(flightsql.SqlConvertDecimal)
	convertFloat     = int32(flightsql.SqlConvertFloat)
	convertInteger   = int32(flightsql.SqlConvertInteger)
	convertReal      = int32(flightsql.SqlConvertReal)
	convertSmallInt  = int32(flightsql.SqlConvertSmallInt)
	convertTimestamp = int32(flightsql.SqlConvertTimestamp)
	convertTinyInt   = int32(flightsql.SqlConvertTinyInt)
	convertVarchar   = int32(flightsql.SqlConvertVarchar)
	convertDayTime   = int32(flightsql.SqlConvertIntervalDayTime)
	convertYearMonth = int32(flightsql.SqlConvertIntervalYearMonth)
)

// conversions are the types that CAST turns into one another, as Spark has it without ANSI.
func conversions() map[int32][]int32 {
	numbers := []int32{convertBit, convertTinyInt, convertSmallInt, convertInteger, convertBigInt, convertReal, convertFloat, convertDecimal}
	with := func(more ...int32) []int32 { return append(append([]int32{}, numbers...), more...) }
	out := map[int32][]int32{
		convertVarchar: with(convertVarchar, convertBinary, convertDate, convertTimestamp, convertDayTime, convertYearMonth),
		convertDate:    {convertVarchar, convertDate, convertTimestamp}, convertTimestamp: with(convertVarchar, convertDate, convertTimestamp),
		convertBinary: {convertVarchar, convertBinary}, convertDayTime: {convertVarchar, convertDayTime}, convertYearMonth: {convertVarchar, convertYearMonth},
	}
	for _, n := range numbers {
		out[n] = with(convertVarchar, convertTimestamp)
	}
	for _, n := range []int32{convertTinyInt, convertSmallInt, convertInteger, convertBigInt} {
		out[n] = append(out[n], convertBinary)
	}
	for _, n := range []int32{convertTinyInt, convertSmallInt, convertInteger, convertBigInt, convertDecimal} { // seconds, or months
		out[n] = append(out[n], convertDayTime, convertYearMonth)
		out[convertDayTime], out[convertYearMonth] = append(out[convertDayTime], n), append(out[convertYearMonth], n)
	}
	return out
}

// appendRow appends a row of values, each of its builder's own kind.
func appendRow(b *array.RecordBuilder, values ...any) error {
	for i, v := range values {
		if err := appendAny(b.Field(i), v); err != nil {
			return err
		}
	}
	return nil
}

// registerInfo enters what GetSqlInfo tells. Every key a driver may ask for has a value: a missing one makes the JDBC
// driver fail with a null pointer.
func (s *service) registerInfo() error {
	none, yes := int32(0), true
	info := map[flightsql.SqlInfo]any{
		flightsql.SqlInfoFlightSqlServerName:                        "Argan",
		flightsql.SqlInfoFlightSqlServerVersion:                     s.engine.Version(),
		flightsql.SqlInfoFlightSqlServerArrowVersion:                arrow.PkgVersion,
		flightsql.SqlInfoFlightSqlServerReadOnly:                    false,
		flightsql.SqlInfoFlightSqlServerSql:                         yes,
		flightsql.SqlInfoFlightSqlServerSubstrait:                   false,
		flightsql.SqlInfoFlightSqlServerSubstraitMinVersion:         "",
		flightsql.SqlInfoFlightSqlServerSubstraitMaxVersion:         "",
		flightsql.SqlInfoFlightSqlServerTransaction:                 none,
		flightsql.SqlInfoFlightSqlServerCancel:                      yes,
		flightsql.SqlInfoFlightSqlServerStatementTimeout:            int32(preparedLife.Milliseconds()),
		flightsql.SqlInfoFlightSqlServerTransactionTimeout:          none,
		flightsql.SqlInfoFlightSqlServerBulkIngestion:               yes,
		flightsql.SqlInfoFlightSqlServerIngestTransactionsSupported: false,
		flightsql.SqlInfoDDLCatalog:                                 false,
		flightsql.SqlInfoDDLSchema:                                  yes,
		flightsql.SqlInfoDDLTable:                                   yes,
		flightsql.SqlInfoIdentifierCase:                             int64(1),
		flightsql.SqlInfoIdentifierQuoteChar:                        "`",
		flightsql.SqlInfoQuotedIdentifierCase:                       int64(1),
		flightsql.SqlInfoAllTablesAreASelectable:                    false,    // any privilege lists a table, not only SELECT
		flightsql.SqlInfoNullOrdering:                               int64(1), // NULLs sort low
		flightsql.SqlInfoKeywords:                                   ownKeywords(engine.Keywords()),
		flightsql.SqlInfoNumericFunctions:                           numericFunctions,
		flightsql.SqlInfoStringFunctions:                            stringFunctions,
		flightsql.SqlInfoSystemFunctions:                            systemFunctions,
		flightsql.SqlInfoDateTimeFunctions:                          timeFunctions,
		flightsql.SqlInfoSearchStringEscape:                         `\`,
		flightsql.SqlInfoExtraNameChars:                             "",
		flightsql.SqlInfoSupportsColumnAliasing:                     yes,
		flightsql.SqlInfoNullPlusNullIsNull:                         yes,
		flightsql.SqlInfoSupportsConvert:                            conversions(),
		flightsql.SqlInfoSupportsTableCorrelationNames:              yes,
		flightsql.SqlInfoSupportsDifferentTableCorrelationNames:     false,
		flightsql.SqlInfoSupportsExpressionsInOrderBy:               yes,
		flightsql.SqlInfoSupportsOrderByUnrelated:                   yes,
		flightsql.SqlInfoSupportedGroupBy:                           int32(3),
		flightsql.SqlInfoSupportsLikeEscapeClause:                   yes,
		flightsql.SqlInfoSupportsNonNullableColumns:                 yes,
		flightsql.SqlInfoSupportedGrammar:                           int32(3), // minimum and core: no cursors, so not extended
		flightsql.SqlInfoANSI92SupportedLevel:                       int32(1),
		flightsql.SqlInfoSupportsIntegrityEnhancementFacility:       false,
		flightsql.SqlInfoOuterJoinsSupportLevel:                     int32(6), // limited and full, as bits: so do the JDBC driver and arrow-go read it
		flightsql.SqlInfoSchemaTerm:                                 "database",
		flightsql.SqlInfoProcedureTerm:                              "procedure",
		flightsql.SqlInfoCatalogTerm:                                "catalog",
		flightsql.SqlInfoCatalogAtStart:                             yes,
		flightsql.SqlInfoSchemasSupportedActions:                    int32(4), // GRANT: there are neither procedures nor indexes
		flightsql.SqlInfoCatalogsSupportedActions:                   int32(4),
		flightsql.SqlInfoSupportedPositionedCommands:                none,
		flightsql.SqlInfoSelectForUpdateSupported:                   false,
		flightsql.SqlInfoStoredProceduresSupported:                  false,
		flightsql.SqlInfoSupportedSubqueries:                        int32(7), // in comparisons, EXISTS and IN; not with ANY and ALL
		flightsql.SqlInfoCorrelatedSubqueriesSupported:              yes,
		flightsql.SqlInfoSupportedUnions:                            int32(3),
		flightsql.SqlInfoMaxRowSizeIncludesBlobs:                    yes,
		flightsql.SqlInfoDefaultTransactionIsolation:                int64(0), // none; the JDBC driver fails on 32 bits
		flightsql.SqlInfoTransactionsSupported:                      false,
		flightsql.SqlInfoSupportedTransactionsIsolationlevels:       int32(1), // none
		flightsql.SqlInfoDataDefinitionCausesTransactionCommit:      yes,
		flightsql.SqlInfoDataDefinitionsInTransactionsIgnored:       false,
		flightsql.SqlInfoSupportedResultSetTypes:                    int32(2), // forward only

		flightsql.SqlInfoSupportedConcurrenciesForResultSetUnspecified:       none,
		flightsql.SqlInfoSupportedConcurrenciesForResultSetForwardOnly:       int32(2), // read only
		flightsql.SqlInfoSupportedConcurrenciesForResultSetScrollSensitive:   none,
		flightsql.SqlInfoSupportedConcurrenciesForResultSetScrollInsensitive: none,

		flightsql.SqlInfoBatchUpdatesSupported:                   yes,
		flightsql.SqlInfoSavePointsSupported:                     false,
		flightsql.SqlInfoNamedParametersSupported:                yes,
		flightsql.SqlInfoLocatorsUpdateCopy:                      false,
		flightsql.SqlInfoStoredFunctionsUsingCallSyntaxSupported: false,
	}
	info[flightsql.SqlInfoMaxStatementLen] = int64(maxMessage)
	// Limits: 0 is none known.
	for _, id := range []flightsql.SqlInfo{
		flightsql.SqlInfoMaxBinaryLiteralLen, flightsql.SqlInfoMaxCharLiteralLen, flightsql.SqlInfoMaxColumnNameLen, flightsql.SqlInfoMaxColumnsInGroupBy,
		flightsql.SqlInfoMaxColumnsInIndex, flightsql.SqlInfoMaxColumnsInOrderBy, flightsql.SqlInfoMaxColumnsInSelect, flightsql.SqlInfoMaxColumnsInTable,
		flightsql.SqlInfoMaxConnections, flightsql.SqlInfoMaxCursorNameLen, flightsql.SqlInfoMaxIndexLen, flightsql.SqlInfoDBSchemaNameLen,
		flightsql.SqlInfoMaxProcedureNameLen, flightsql.SqlInfoMaxCatalogNameLen, flightsql.SqlInfoMaxRowSize,
		flightsql.SqlInfoMaxStatements, flightsql.SqlInfoMaxTableNameLen, flightsql.SqlInfoMaxTablesInSelect, flightsql.SqlInfoMaxUsernameLen,
	} {
		info[id] = int64(0)
	}
	for id, value := range info {
		if err := s.RegisterSqlInfo(id, value); err != nil {
			return fmt.Errorf("sql info: %w", err)
		}
	}
	return nil
}
