package ast

import "github.com/argan-sql/argan/types"

// Identity is GENERATED ALWAYS|BY DEFAULT AS IDENTITY.
type Identity struct {
	At
	Always      bool
	Start, Step int64
}

// ColumnDef is a column of CREATE TABLE or of ADD COLUMNS.
type ColumnDef struct {
	At
	Name          Name        // of one part, save in ADD COLUMNS, which may add to a struct
	Type          *types.Type // nil where a materialized view or a streaming table leaves it out
	NotNull       bool
	Default       Expr
	DefaultText   Source // as written, as Delta and Spark store it
	Generated     Expr   // GENERATED ALWAYS AS (...)
	GeneratedText Source
	Identity      *Identity
	Comment       *string
	Place         *ColumnPlace // ADD COLUMNS alone
	Keys          []Constraint // PRIMARY KEY and REFERENCES written at the column; they name no columns
}

// ColumnPlace is FIRST, or AFTER a column.
type ColumnPlace struct {
	At
	First bool
	After Ident
}

// Constraint is CONSTRAINT name CHECK (...), or PRIMARY KEY and FOREIGN KEY, which inform and are not enforced.
type Constraint struct {
	At
	Name       Ident // zero where not given
	Kind       ConstraintKind
	Check      Expr
	CheckText  Source
	Columns    []Ident // of a key
	References Name    // of a foreign key
	RefColumns []Ident
	Rely       bool // RELY: optimizers may trust it
}

// ConstraintKind is the kind of a constraint.
type ConstraintKind string

// The kinds of constraints.
const (
	CheckConstraint ConstraintKind = "CHECK"
	PrimaryKey      ConstraintKind = "PRIMARY KEY"
	ForeignKey      ConstraintKind = "FOREIGN KEY"
)

// PartitionField is one entry of PARTITIONED BY: a column's name, a transform (years(ts), bucket(4, a)), or a column with its type.
type PartitionField struct {
	At
	Name      Name
	Transform *Call
	Column    *ColumnDef
}

// Buckets is CLUSTERED BY (a) SORTED BY (b) INTO n BUCKETS.
type Buckets struct {
	At
	Columns []Ident
	SortBy  []SortItem
	Count   int64
}

// CreateMode tells CREATE, CREATE OR REPLACE and REPLACE apart.
type CreateMode string

// The modes.
const (
	Create          CreateMode = "CREATE"
	CreateOrReplace CreateMode = "CREATE OR REPLACE"
	Replace         CreateMode = "REPLACE"
)

// TableSpec is what CREATE TABLE and its kin say about a table besides its columns.
type TableSpec struct {
	Using       string // as written, or ""
	Options     []Property
	PartitionBy []PartitionField
	ClusterBy   []Name // CLUSTER BY (a, b.c)
	Buckets     *Buckets
	Location    *string
	Comment     *string
	Properties  []Property
	RowFormat   string // ROW FORMAT and STORED AS as written, upper case, for refusing by name
	StoredAs    string
}

// CreateTable is CREATE [OR REPLACE] TABLE, with columns, AS a query, or both (which Spark refuses).
type CreateTable struct {
	At
	Mode        CreateMode
	External    bool
	IfNotExists bool
	Table       Name
	Columns     []ColumnDef
	Constraints []Constraint
	TableSpec
	As     *Query // nil for none
	AsText Source
}

// CreateTableLike is CREATE TABLE t LIKE s.
type CreateTableLike struct {
	At
	IfNotExists bool
	Table       Name
	Like        Name
	TableSpec
}

// CloneTable is CREATE TABLE t SHALLOW|DEEP CLONE s.
type CloneTable struct {
	At
	Mode        CreateMode
	IfNotExists bool
	Table       Name
	Shallow     bool
	Source      Name
	TimeTravel  *TimeTravel
	Properties  []Property
	Location    *string
}

// DropTable is DROP TABLE.
type DropTable struct {
	At
	IfExists bool
	Table    Name
	Purge    bool
}

// ViewColumn is a column of CREATE VIEW.
type ViewColumn struct {
	At
	Name    Ident
	Comment *string
}

// CreateView is CREATE [OR REPLACE] [GLOBAL] [TEMPORARY] VIEW v AS query.
type CreateView struct {
	At
	OrReplace   bool
	Temporary   bool
	Global      bool
	IfNotExists bool
	View        Name
	Columns     []ViewColumn
	Comment     *string
	Properties  []Property
	Query       *Query
	Text        Source // of the query
}

// CreateViewUsing is CREATE TEMPORARY VIEW v USING format OPTIONS (...).
type CreateViewUsing struct {
	At
	OrReplace bool
	Global    bool
	View      Name
	Columns   []ColumnDef
	Using     string
	Options   []Property
}

// DropView is DROP VIEW.
type DropView struct {
	At
	IfExists bool
	View     Name
}

// CreateDatabase is CREATE DATABASE|SCHEMA.
type CreateDatabase struct {
	At
	IfNotExists bool
	Database    Name
	Comment     *string
	Location    *string
	Properties  []Property
}

// AlterDatabase is ALTER DATABASE ... SET DBPROPERTIES, UNSET DBPROPERTIES or SET LOCATION: one of the three.
type AlterDatabase struct {
	At
	Database   Name
	Properties []Property
	Unset      bool // Properties are keys to take away
	IfExists   bool // of UNSET
	Location   *string
}

// DropDatabase is DROP DATABASE.
type DropDatabase struct {
	At
	IfExists bool
	Database Name
	Cascade  bool
}

// FunctionParam is a parameter of a SQL function.
type FunctionParam struct {
	At
	Name    Ident
	Type    *types.Type
	Default Expr
	Comment *string
}

// CreateFunction is CREATE FUNCTION: of a class (Class, Resources), or in SQL (Params, Returns, Body or Query).
type CreateFunction struct {
	At
	OrReplace    bool
	Temporary    bool
	IfNotExists  bool
	Function     Name
	Class        string
	Resources    []Property // kind (JAR, FILE, ARCHIVE) and path
	Params       []FunctionParam
	Returns      *types.Type // nil where not given
	ReturnsTable []ColumnDef
	Comment      *string
	Body         Expr
	Query        *Query // RETURN of a table function
	BodyText     Source
}

// DropFunction is DROP [TEMPORARY] FUNCTION.
type DropFunction struct {
	At
	Temporary bool
	IfExists  bool
	Function  Name
}

func (*CreateTable) statement()     {}
func (*CreateTableLike) statement() {}
func (*CloneTable) statement()      {}
func (*DropTable) statement()       {}
func (*CreateView) statement()      {}
func (*CreateViewUsing) statement() {}
func (*DropView) statement()        {}
func (*CreateDatabase) statement()  {}
func (*AlterDatabase) statement()   {}
func (*DropDatabase) statement()    {}
func (*CreateFunction) statement()  {}
func (*DropFunction) statement()    {}
