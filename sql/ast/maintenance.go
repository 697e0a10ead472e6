package ast

import "github.com/argan-sql/argan/types"

// Optimize is OPTIMIZE t [FULL] [WHERE] [ZORDER BY].
type Optimize struct {
	At
	Table     Name
	Full      bool
	Where     Expr
	WhereText Source
	ZOrderBy  []Name
}

// Vacuum is VACUUM t [LITE|FULL] [RETAIN n HOURS] [DRY RUN].
type Vacuum struct {
	At
	Table       Name
	Lite        bool
	RetainHours *float64
	DryRun      bool
}

// Restore is RESTORE TABLE t TO VERSION|TIMESTAMP AS OF.
type Restore struct {
	At
	Table Name
	To    *TimeTravel
}

// ConvertToDelta is CONVERT TO DELTA t [NO STATISTICS] [PARTITIONED BY (...)].
type ConvertToDelta struct {
	At
	Table        Name
	NoStatistics bool
	PartitionBy  []ColumnDef
}

// Reorg is REORG TABLE t [WHERE] APPLY (PURGE | UPGRADE UNIFORM ...).
type Reorg struct {
	At
	Table   Name
	Where   Expr
	Purge   bool
	Upgrade []Property // UPGRADE UNIFORM (ICEBERG_COMPAT_VERSION = n)
}

// Generate is GENERATE mode FOR TABLE t.
type Generate struct {
	At
	Mode  string
	Table Name
}

// Analyze is ANALYZE TABLE t COMPUTE STATISTICS.
type Analyze struct {
	At
	Table      Name
	Partition  []PartitionValue
	NoScan     bool
	Columns    []Ident
	AllColumns bool
}

// AnalyzeTables is ANALYZE TABLES [IN database] COMPUTE STATISTICS.
type AnalyzeTables struct {
	At
	Database Name
	NoScan   bool
}

// RepairMode says what REPAIR TABLE does.
type RepairMode string

// The modes of REPAIR TABLE.
const (
	RepairAdd  RepairMode = "ADD PARTITIONS"
	RepairDrop RepairMode = "DROP PARTITIONS"
	RepairSync RepairMode = "SYNC PARTITIONS"
)

// Repair is [MSCK] REPAIR TABLE t.
type Repair struct {
	At
	Table Name
	Mode  RepairMode // "" where not given, which adds
}

// Cache is CACHE [LAZY] TABLE t [OPTIONS (...)] [AS query].
type Cache struct {
	At
	Lazy    bool
	Table   Name
	Options []Property
	As      *Query
}

// Uncache is UNCACHE TABLE.
type Uncache struct {
	At
	IfExists bool
	Table    Name
}

// ClearCache is CLEAR CACHE.
type ClearCache struct{ At }

// Refresh is REFRESH TABLE t, REFRESH FUNCTION f, or REFRESH 'path'.
type Refresh struct {
	At
	Kind ObjectKind // ObjectTable, ObjectFunction, or "" for a path
	Name Name
	Path string
}

// ObjectKind names a kind of thing in the catalog.
type ObjectKind string

// The kinds.
const (
	ObjectTable    ObjectKind = "TABLE"
	ObjectDatabase ObjectKind = "DATABASE"
	ObjectFunction ObjectKind = "FUNCTION"
)

// CommentOn is COMMENT ON TABLE|DATABASE name IS 'text' or NULL.
type CommentOn struct {
	At
	Kind    ObjectKind
	Name    Name
	Comment *string // nil for NULL
}

// DeclareVariable is DECLARE [OR REPLACE] [VARIABLE] name [type] [DEFAULT expr].
type DeclareVariable struct {
	At
	OrReplace   bool
	Name        Name
	Type        *types.Type
	Default     Expr
	DefaultText Source
}

// DropVariable is DROP TEMPORARY VARIABLE.
type DropVariable struct {
	At
	IfExists bool
	Name     Name
}

func (*Optimize) statement()        {}
func (*Vacuum) statement()          {}
func (*Restore) statement()         {}
func (*ConvertToDelta) statement()  {}
func (*Reorg) statement()           {}
func (*Generate) statement()        {}
func (*Analyze) statement()         {}
func (*AnalyzeTables) statement()   {}
func (*Repair) statement()          {}
func (*Cache) statement()           {}
func (*Uncache) statement()         {}
func (*ClearCache) statement()      {}
func (*Refresh) statement()         {}
func (*CommentOn) statement()       {}
func (*DeclareVariable) statement() {}
func (*DropVariable) statement()    {}
