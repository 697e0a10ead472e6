package ast

// ExplainMode is the kind of an EXPLAIN.
type ExplainMode string

// The kinds of EXPLAIN.
const (
	ExplainSimple    ExplainMode = ""
	ExplainExtended  ExplainMode = "EXTENDED"
	ExplainFormatted ExplainMode = "FORMATTED"
	ExplainCost      ExplainMode = "COST"
	ExplainCodegen   ExplainMode = "CODEGEN"
	ExplainLogical   ExplainMode = "LOGICAL"
	ExplainAnalyze   ExplainMode = "ANALYZE"
)

// Explain is EXPLAIN [mode] statement.
type Explain struct {
	At
	Mode      ExplainMode
	Statement Statement
}

// Use is USE name, USE DATABASE name, USE CATALOG name.
type Use struct {
	At
	Catalog bool // USE CATALOG, SET CATALOG
	Name    Name
}

// Set is SET, SET -v, SET key, or SET key = value.
type Set struct {
	At
	Key     string // "" for all
	Value   *string
	Verbose bool
}

// SetTimeZone is SET TIME ZONE LOCAL, 'zone' or an interval.
type SetTimeZone struct {
	At
	Local    bool
	Zone     string
	Interval *Interval
}

// Kill is KILL QUERY id or KILL SESSION id.
type Kill struct {
	At
	Session bool // a session and all that runs in it
	ID      string
}

// SetVariable is SET VARIABLE a = 1, b = 2 or SET VARIABLE (a, b) = (query).
type SetVariable struct {
	At
	Set   []Assignment
	Names []Name // of the form with a query
	Query *Query
}

// Reset is RESET or RESET key.
type Reset struct {
	At
	Key string // "" for all
}

// DescribeTable is DESCRIBE [TABLE] [EXTENDED|FORMATTED] t [PARTITION (...)] [column].
type DescribeTable struct {
	At
	Extended  bool // FORMATTED too
	Table     Name
	Partition []PartitionValue
	Column    Name
	AsJSON    bool
}

// DescribeQuery is DESCRIBE [QUERY] query.
type DescribeQuery struct {
	At
	Query *Query
}

// DescribeDatabase is DESCRIBE DATABASE|SCHEMA [EXTENDED] d.
type DescribeDatabase struct {
	At
	Extended bool
	Database Name
}

// DescribeFunction is DESCRIBE FUNCTION [EXTENDED] f; operators are names too.
type DescribeFunction struct {
	At
	Extended bool
	Function Name
}

// DescribeHistory is DESCRIBE HISTORY t [LIMIT n].
type DescribeHistory struct {
	At
	Table Name
	Limit Expr
}

// DescribeDetail is DESCRIBE DETAIL t.
type DescribeDetail struct {
	At
	Table Name
}

// ShowDatabases is SHOW DATABASES|SCHEMAS [IN catalog] [LIKE 'p'].
type ShowDatabases struct {
	At
	In   Name
	Like *string
}

// ShowTables is SHOW TABLES [IN d] [LIKE 'p'].
type ShowTables struct {
	At
	In   Name
	Like *string
}

// ShowTableExtended is SHOW TABLE EXTENDED [IN d] LIKE 'p' [PARTITION (...)].
type ShowTableExtended struct {
	At
	In        Name
	Like      string
	Partition []PartitionValue
}

// ShowViews is SHOW VIEWS [IN d] [LIKE 'p'].
type ShowViews struct {
	At
	In   Name
	Like *string
}

// ShowColumns is SHOW COLUMNS IN t [IN d].
type ShowColumns struct {
	At
	Table Name
	In    Name
}

// ShowCreateTable is SHOW CREATE TABLE t [AS SERDE].
type ShowCreateTable struct {
	At
	Table   Name
	AsSerde bool
}

// ShowPartitions is SHOW PARTITIONS t [PARTITION (...)].
type ShowPartitions struct {
	At
	Table     Name
	Partition []PartitionValue
}

// ShowProperties is SHOW TBLPROPERTIES t [('key')].
type ShowProperties struct {
	At
	Table Name
	Key   *string
}

// ShowFunctions is SHOW [USER|SYSTEM|ALL] FUNCTIONS [IN d] [LIKE 'p' | name].
type ShowFunctions struct {
	At
	Scope string // USER, SYSTEM, ALL, or "" where not given
	In    Name
	Like  *string
	Name  Name
}

// ShowCatalogs is SHOW CATALOGS [LIKE 'p'].
type ShowCatalogs struct {
	At
	Like *string
}

// ShowCurrent is SHOW CURRENT DATABASE|SCHEMA|NAMESPACE.
type ShowCurrent struct{ At }

func (*Explain) statement()           {}
func (*Use) statement()               {}
func (*Set) statement()               {}
func (*SetTimeZone) statement()       {}
func (*SetVariable) statement()       {}
func (*Reset) statement()             {}
func (*DescribeTable) statement()     {}
func (*DescribeQuery) statement()     {}
func (*DescribeDatabase) statement()  {}
func (*DescribeFunction) statement()  {}
func (*DescribeHistory) statement()   {}
func (*DescribeDetail) statement()    {}
func (*ShowDatabases) statement()     {}
func (*ShowTables) statement()        {}
func (*ShowTableExtended) statement() {}
func (*ShowViews) statement()         {}
func (*ShowColumns) statement()       {}
func (*ShowCreateTable) statement()   {}
func (*ShowPartitions) statement()    {}
func (*ShowProperties) statement()    {}
func (*ShowFunctions) statement()     {}
func (*ShowCatalogs) statement()      {}
func (*Kill) statement()              {}
func (*ShowCurrent) statement()       {}
