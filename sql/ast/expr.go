package ast

import "github.com/argan-sql/argan/types"

// LiteralKind tells what a literal is.
type LiteralKind uint8

// The kinds of literals, with the Go type of Literal.Value.
const (
	LitNull         LiteralKind = iota // nil
	LitBool                            // bool
	LitTinyInt                         // int8
	LitSmallInt                        // int16
	LitInt                             // int32
	LitBigInt                          // int64
	LitFloat                           // float32
	LitDouble                          // float64
	LitDecimal                         // Decimal
	LitString                          // string
	LitBinary                          // []byte
	LitDate                            // string: the text of DATE '...'
	LitTimestamp                       // string: the text of TIMESTAMP '...', with or without zone
	LitTimestampNTZ                    // string: the text of TIMESTAMP_NTZ '...'
	LitTimestampLTZ                    // string: the text of TIMESTAMP_LTZ '...'
)

// Decimal is the value of a decimal literal as text: sign, digits, point, maybe an exponent; never a suffix.
type Decimal string

// Literal is a constant. A minus directly before a number belongs to the literal.
type Literal struct {
	At
	Kind  LiteralKind
	Raw   Source // as written
	Value any
}

// IntervalPart is one value and unit of an interval: 3 and HOUR.
type IntervalPart struct {
	Value string // a number, maybe signed, or the text of a string literal
	Unit  string // upper case, singular: YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, NANOSECOND
}

// Interval is an interval literal in one of three forms: Parts (INTERVAL 1 DAY 2 HOURS), Text alone (INTERVAL '1 day'),
// or Text with From and To (INTERVAL '1-2' YEAR TO MONTH). The parser has already worked out its type and value.
type Interval struct {
	At
	Parts    []IntervalPart
	Text     string
	From, To string // upper case, or ""
	Type     *types.Type
	Value    types.Interval // of the whole literal; day-time intervals have all of it in Micros
}

// Column is a name in an expression: a column, a struct field of one, or (CURRENT_DATE, DEFAULT, a lambda's variable)
// whatever the analyzer makes of it.
type Column struct {
	At
	Name Name
}

// Star is * or qualifier.*, with the columns that EXCEPT takes out.
type Star struct {
	At
	Qualifier []Ident
	Except    []Name
}

// Param is a parameter: :name, or ? with its number from 0.
type Param struct {
	At
	Name  string // "" for ?
	Index int
}

// Op is an operator as it is printed.
type Op string

// The operators of Binary and Unary. Other spellings (==, !=, !, <>) are turned into these.
const (
	OpOr       Op = "OR"
	OpAnd      Op = "AND"
	OpNot      Op = "NOT"
	OpEq       Op = "="
	OpNullSafe Op = "<=>"
	OpNe       Op = "<>"
	OpLt       Op = "<"
	OpLe       Op = "<="
	OpGt       Op = ">"
	OpGe       Op = ">="
	OpConcat   Op = "||"
	OpBitOr    Op = "|"
	OpBitXor   Op = "^"
	OpBitAnd   Op = "&"
	OpAdd      Op = "+"
	OpSub      Op = "-"
	OpMul      Op = "*"
	OpDiv      Op = "/"
	OpMod      Op = "%"
	OpIntDiv   Op = "DIV"
	OpBitNot   Op = "~"
)

// Unary is -x, +x, ~x or NOT x.
type Unary struct {
	At
	Op   Op
	Expr Expr
}

// Binary is an operator with two operands. Chains of AND and of OR are balanced trees, other chains lean to the left.
type Binary struct {
	At
	Op          Op
	Left, Right Expr
}

// Between is x [NOT] BETWEEN low AND high.
type Between struct {
	At
	Expr, Low, High Expr
	Not             bool
}

// In is x [NOT] IN (list).
type In struct {
	At
	Expr Expr
	List []Expr
	Not  bool
}

// InQuery is x [NOT] IN (query); x is a *Row for several columns.
type InQuery struct {
	At
	Expr  Expr
	Query *Query
	Not   bool
}

// LikeOp is the kind of a pattern match.
type LikeOp string

// The kinds of pattern matches; REGEXP is RLIKE.
const (
	Like  LikeOp = "LIKE"
	ILike LikeOp = "ILIKE"
	RLike LikeOp = "RLIKE"
)

// Match is x [NOT] LIKE|ILIKE|RLIKE pattern [ESCAPE 'c'].
type Match struct {
	At
	Op      LikeOp
	Expr    Expr
	Pattern Expr
	Escape  string // one character, or "" for none given
	Not     bool
}

// MatchList is x [NOT] LIKE|ILIKE ANY|ALL (patterns); SOME is ANY.
type MatchList struct {
	At
	Op       LikeOp
	Expr     Expr
	All      bool
	Patterns []Expr
	Not      bool
}

// IsNull is x IS [NOT] NULL.
type IsNull struct {
	At
	Expr Expr
	Not  bool
}

// Truth is what IS asks for.
type Truth string

// The truths of IS.
const (
	True    Truth = "TRUE"
	False   Truth = "FALSE"
	Unknown Truth = "UNKNOWN"
)

// IsTruth is x IS [NOT] TRUE|FALSE|UNKNOWN.
type IsTruth struct {
	At
	Expr  Expr
	Truth Truth
	Not   bool
}

// IsDistinct is x IS [NOT] DISTINCT FROM y.
type IsDistinct struct {
	At
	Left, Right Expr
	Not         bool
}

// Exists is EXISTS (query).
type Exists struct {
	At
	Query *Query
}

// Subquery is a query that stands for one value.
type Subquery struct {
	At
	Query *Query
}

// Row is (a, b, ...): a struct with unnamed fields.
type Row struct {
	At
	Exprs []Expr
}

// When is one branch of a CASE.
type When struct {
	At
	Cond, Result Expr
}

// Case is CASE [operand] WHEN ... [ELSE ...] END.
type Case struct {
	At
	Operand Expr // nil for a searched CASE
	Whens   []When
	Else    Expr // nil for none
}

// Cast is CAST(x AS t), TRY_CAST(x AS t) or x::t.
type Cast struct {
	At
	Expr Expr
	Type *types.Type
	Try  bool
}

// Extract is EXTRACT(field FROM source).
type Extract struct {
	At
	Field  Ident
	Source Expr
}

// TrimSide says where TRIM cuts.
type TrimSide string

// The sides of TRIM.
const (
	TrimBoth     TrimSide = "BOTH"
	TrimLeading  TrimSide = "LEADING"
	TrimTrailing TrimSide = "TRAILING"
)

// Trim is TRIM(side [chars] FROM source). TRIM(x) and TRIM(chars, x) are calls.
type Trim struct {
	At
	Side   TrimSide
	Chars  Expr // nil for blanks
	Source Expr
}

// Substring is SUBSTRING(x FROM y [FOR z]). The form with commas is a call.
type Substring struct {
	At
	Expr, From, For Expr // For may be nil
}

// Overlay is OVERLAY(x PLACING y FROM z [FOR n]). The form with commas is a call.
type Overlay struct {
	At
	Expr, Placing, From, For Expr // For may be nil
}

// PositionOf is POSITION(needle IN text). The form with a comma is a call.
type PositionOf struct {
	At
	Needle, Text Expr
}

// UnitCall is a function whose first argument is a bare unit: TIMESTAMPADD(DAY, 1, ts), DATEDIFF(MONTH, a, b).
type UnitCall struct {
	At
	Func string // upper case: TIMESTAMPADD, TIMESTAMPDIFF, DATEADD, DATE_ADD, DATEDIFF, DATE_DIFF
	Unit string // upper case
	Args []Expr
}

// Nulls says what a window function or an aggregate does with NULLs.
type Nulls uint8

// The treatments of NULLs.
const (
	NullsDefault Nulls = iota
	NullsIgnore
	NullsRespect
)

// NamedArg is an argument given by name: f(x => 1).
type NamedArg struct {
	At
	Name  Ident
	Value Expr
}

// Call is a function call of the plain form, with all that may follow it. Array, map and struct constructors are calls too.
type Call struct {
	At
	Name        Name
	Args        []Expr // count(*) has one *Star; struct(a AS b) an *Alias
	NamedArgs   []NamedArg
	Distinct    bool
	Nulls       Nulls
	WithinGroup []SortItem
	Filter      Expr
	Over        *WindowSpec
}

// Lambda is x -> body or (x, y) -> body.
type Lambda struct {
	At
	Params []Ident
	Body   Expr
}

// Subscript is base[index].
type Subscript struct {
	At
	Expr, Index Expr
}

// FieldOf is base.name where base is not itself a name.
type FieldOf struct {
	At
	Expr Expr
	Name Ident
}

// Alias is expr AS name, or expr AS (a, b) for a generator of several columns. It stands in select lists, in PIVOT and in struct().
type Alias struct {
	At
	Expr  Expr
	Names []Ident
	Multi bool // names in parentheses
}

// TableArg is TABLE(t) or TABLE(query), or a bare query, given to a table function.
type TableArg struct {
	At
	Query *Query // a TableStmt for TABLE(t)
}

func (*Literal) expr()    {}
func (*Interval) expr()   {}
func (*Column) expr()     {}
func (*Star) expr()       {}
func (*Param) expr()      {}
func (*Unary) expr()      {}
func (*Binary) expr()     {}
func (*Between) expr()    {}
func (*In) expr()         {}
func (*InQuery) expr()    {}
func (*Match) expr()      {}
func (*MatchList) expr()  {}
func (*IsNull) expr()     {}
func (*IsTruth) expr()    {}
func (*IsDistinct) expr() {}
func (*Exists) expr()     {}
func (*Subquery) expr()   {}
func (*Row) expr()        {}
func (*Case) expr()       {}
func (*Cast) expr()       {}
func (*Extract) expr()    {}
func (*Trim) expr()       {}
func (*Substring) expr()  {}
func (*Overlay) expr()    {}
func (*PositionOf) expr() {}
func (*UnitCall) expr()   {}
func (*Call) expr()       {}
func (*Lambda) expr()     {}
func (*Subscript) expr()  {}
func (*FieldOf) expr()    {}
func (*Alias) expr()      {}
func (*TableArg) expr()   {}

// IsDefault says whether e is the bare word DEFAULT, which in INSERT, UPDATE and MERGE stands for a column's default.
func IsDefault(e Expr) bool {
	c, ok := e.(*Column)
	return ok && len(c.Name.Parts) == 1 && c.Name.Parts[0].Is("DEFAULT")
}
