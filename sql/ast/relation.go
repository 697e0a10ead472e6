package ast

// TableAlias is AS name(columns).
type TableAlias struct {
	At
	Name    Ident
	Columns []Ident
}

// TimeTravel is VERSION AS OF or TIMESTAMP AS OF; t@v3 is read as VERSION AS OF 3 and t@yyyyMMddHHmmssSSS as TIMESTAMP AS OF.
type TimeTravel struct {
	At
	Timestamp bool
	Value     Expr // a version: integer or string literal; a timestamp: any expression
}

// SampleKind tells what a TABLESAMPLE counts.
type SampleKind uint8

// The kinds of samples.
const (
	SamplePercent SampleKind = iota
	SampleRows
	SampleBucket // BUCKET x OUT OF y
	SampleBytes
)

// Sample is TABLESAMPLE (...).
type Sample struct {
	At
	Kind       SampleKind
	Value      Expr   // percent or rows
	Bucket     int64  // BUCKET x
	OutOf      int64  // OUT OF y
	Size       string // of SampleBytes: 10M
	Repeatable *int64
}

// Table is a table or view by name: a.b, delta.`/path`, t VERSION AS OF 3.
type Table struct {
	At
	Name       Name
	TimeTravel *TimeTravel
	Sample     *Sample
	Alias      *TableAlias
}

// Derived is a query in FROM.
type Derived struct {
	At
	Query   *Query
	Lateral bool
	Sample  *Sample
	Alias   *TableAlias
}

// Nested is a relation in parentheses.
type Nested struct {
	At
	Relation Relation
	Sample   *Sample
	Alias    *TableAlias
}

// TableFunction is a table-valued function in FROM: range(10), explode(a), table_changes('t', 0), read_files('/path').
type TableFunction struct {
	At
	Call    *Call
	Lateral bool
	Sample  *Sample
	Alias   *TableAlias
}

// JoinKind is the kind of a join.
type JoinKind string

// The kinds of joins. JoinComma is the comma of FROM a, b; JoinInner without condition is a cross join too.
const (
	JoinInner JoinKind = "INNER"
	JoinCross JoinKind = "CROSS"
	JoinComma JoinKind = ","
	JoinLeft  JoinKind = "LEFT"
	JoinRight JoinKind = "RIGHT"
	JoinFull  JoinKind = "FULL"
	JoinSemi  JoinKind = "LEFT SEMI"
	JoinAnti  JoinKind = "LEFT ANTI"
)

// Join joins two relations.
type Join struct {
	At
	Kind        JoinKind
	Natural     bool
	Left, Right Relation
	On          Expr    // nil for none
	Using       []Ident // nil for none
}

// LateralView is input LATERAL VIEW [OUTER] f(x) t AS a, b.
type LateralView struct {
	At
	Input   Relation // nil is an error of the analyzer's
	Outer   bool
	Call    *Call
	Table   Ident // zero where not given
	Columns []Ident
}

// PivotValue is one value of PIVOT's IN, a *Row for several columns, with its alias.
type PivotValue struct {
	At
	Value Expr
	Alias Ident
}

// Pivot is input PIVOT (aggregates FOR columns IN (values)).
type Pivot struct {
	At
	Input      Relation
	Aggregates []Expr // with *Alias
	Columns    []Ident
	Values     []PivotValue
	Alias      *TableAlias
}

// UnpivotSet is one entry of UNPIVOT's IN: a column, or as many columns as there are value columns, with its alias.
type UnpivotSet struct {
	At
	Columns []Name
	Alias   Ident
}

// Unpivot is input UNPIVOT [INCLUDE|EXCLUDE NULLS] (values FOR name IN (sets)).
type Unpivot struct {
	At
	Input        Relation
	IncludeNulls bool
	Values       []Ident
	Name         Ident
	Sets         []UnpivotSet
	Multi        bool // value columns and sets stand in parentheses
	Alias        *TableAlias
}

func (*Table) relation()         {}
func (*Derived) relation()       {}
func (*Nested) relation()        {}
func (*TableFunction) relation() {}
func (*Join) relation()          {}
func (*LateralView) relation()   {}
func (*Pivot) relation()         {}
func (*Unpivot) relation()       {}
