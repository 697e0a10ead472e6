package ast

// PartitionValue is one column of PARTITION (a = 1, b). Value is nil for a dynamic partition.
type PartitionValue struct {
	At
	Name  Ident
	Value Expr
}

// Insert is INSERT INTO|OVERWRITE.
type Insert struct {
	At
	With            *With
	SchemaEvolution bool
	Overwrite       bool
	Table           Name
	Partition       []PartitionValue // nil for none
	IfNotExists     bool             // of PARTITION
	Columns         []Ident          // nil for none
	ByName          bool
	ReplaceWhere    Expr
	Query           *Query
}

// InsertDirectory is INSERT OVERWRITE [LOCAL] DIRECTORY 'path' USING format.
type InsertDirectory struct {
	At
	With    *With
	Path    string
	Using   string
	Options []Property
	Query   *Query
}

// Assignment is column = value of UPDATE SET.
type Assignment struct {
	At
	Column Name
	Value  Expr // may be DEFAULT, see IsDefault
}

// Update is UPDATE t SET ... WHERE.
type Update struct {
	At
	With  *With
	Table Name
	Alias *TableAlias
	Set   []Assignment
	Where Expr
}

// Delete is DELETE FROM t WHERE.
type Delete struct {
	At
	With  *With
	Table Name
	Alias *TableAlias
	Where Expr
}

// MergeMatch says for which rows a clause of MERGE is meant.
type MergeMatch string

// The three kinds of clauses.
const (
	Matched            MergeMatch = "MATCHED"
	NotMatched         MergeMatch = "NOT MATCHED"
	NotMatchedBySource MergeMatch = "NOT MATCHED BY SOURCE"
)

// MergeAction says what a clause of MERGE does.
type MergeAction string

// The actions. The All forms are UPDATE SET * and INSERT *.
const (
	MergeUpdate    MergeAction = "UPDATE"
	MergeUpdateAll MergeAction = "UPDATE SET *"
	MergeDelete    MergeAction = "DELETE"
	MergeInsert    MergeAction = "INSERT"
	MergeInsertAll MergeAction = "INSERT *"
)

// MergeClause is one WHEN of MERGE.
type MergeClause struct {
	At
	Match   MergeMatch
	Cond    Expr // nil for none
	Action  MergeAction
	Set     []Assignment // MergeUpdate
	Columns []Name       // MergeInsert; nil where not given
	Values  []Expr       // MergeInsert
}

// Merge is MERGE INTO target USING source ON condition WHEN ...
type Merge struct {
	At
	With            *With
	SchemaEvolution bool
	Target          Name
	Alias           *TableAlias
	Source          Relation // *Table or *Derived
	On              Expr
	Clauses         []MergeClause
}

// CopyInto is COPY INTO target FROM source.
type CopyInto struct {
	At
	Target        Name
	Columns       []Ident
	Path          string   // FROM 'path'
	Query         *Query   // FROM (SELECT ... FROM 'path'), where the path is a table named by one quoted part
	Format        string   // upper case
	Files         []string // FILES = (...)
	Pattern       string   // PATTERN = '...'
	Validate      bool
	FormatOptions []Property
	CopyOptions   []Property
}

// Truncate is TRUNCATE TABLE t [PARTITION (...)].
type Truncate struct {
	At
	Table     Name
	Partition []PartitionValue
}

func (*Insert) statement()          {}
func (*InsertDirectory) statement() {}
func (*Update) statement()          {}
func (*Delete) statement()          {}
func (*Merge) statement()           {}
func (*CopyInto) statement()        {}
func (*Truncate) statement()        {}
