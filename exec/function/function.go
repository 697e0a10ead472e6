// Package function is the one registry of SQL functions: scalar, aggregate, window and table-generating.
//
// A function is one table entry: names, documentation, how its argument types are checked and coerced (Bind), and how
// it is computed, a batch at a time. In: argument types from the analyzer, vectors from the executor. Out: a result
// type and vectors. The entries live in the packages below, one family each; exec/function/all brings them all in.
// The planner sees only this package; operators (+, =, AND …) are entries too.
package function

import (
	"math/rand/v2"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Context is what a statement gives to every evaluation of a function: settings fixed at its start.
type Context struct {
	// ANSI is spark.sql.ansi.enabled.
	ANSI bool
	// Zone is the session's time zone.
	Zone *time.Location
	// Now is the statement's current_timestamp().
	Now time.Time
	// User, Database and Catalog are the session's.
	User, Database, Catalog string
	// Groups are those the user is in; nil where there are no users.
	Groups func() []string
	// Version is the product's version.
	Version string
	// CaseSensitive, LegacyTimeParser … settings a function may ask for by Spark's key ("" if unset).
	Setting func(key string) string
	// Rand seeds non-deterministic functions; one per worker.
	Rand *rand.Rand
	// Partition is the worker's partition number, Row the number of rows this worker has produced before this batch
	// (monotonically_increasing_id, spark_partition_id).
	Partition int
	Row       int64
	// Interrupted gives the error of a statement that is to end; nil where that cannot be.
	Interrupted func() error
}

// Arg is an argument as the analyzer knows it.
type Arg struct {
	Type     *types.Type
	Nullable bool
	// Const is the argument's value (one row) when it is a literal or folds to one; else nil.
	Const *vector.Vector
	// Lambda is set when the argument is a lambda: Type is then its result type. See Lambda.
	Lambda *LambdaArg
	// SQL is the argument as Spark prints it in messages, e.g. "a".
	SQL string
	// KeepScale says that decimal arithmetic keeps the scale where a result needs more than 38 digits, and gives NULL
	// sooner: spark.sql.decimalOperations.allowPrecisionLoss is false.
	KeepScale bool
	// Calendar says that the difference of two dates or timestamps is a calendar interval (spark.sql.legacy.interval.enabled).
	Calendar bool
}

// LambdaArg is a lambda argument: the function's Bind is called once with Types nil, to learn from LambdaTypes what the
// parameters are, then again with the body's type.
type LambdaArg struct {
	// Parameters is the number of names the user wrote: 2 for (x, i) -> …
	Parameters int
}

// LambdaFunc evaluates a lambda body: params are vectors of n rows, one per parameter; parent[i] is the row of the
// outer batch from which row i of params comes (for captured columns).
type LambdaFunc func(params []*vector.Vector, parent []uint32, n int) (*vector.Vector, error)

// Eval computes a scalar function for n rows. Arguments are vectors of n rows of exactly the bound types, in any form
// (Const and Dict too). The result has n rows, any form; it may share memory with the arguments, which must not be
// changed. lambdas holds the lambda arguments by argument position, nil where there are none.
type Eval func(ctx *Context, args []*vector.Vector, n int) (*vector.Vector, error)

// LambdaEval is Eval for functions with lambda arguments.
type LambdaEval func(ctx *Context, args []*vector.Vector, lambdas []LambdaFunc, n int) (*vector.Vector, error)

// Bound is a scalar function bound to argument types.
type Bound struct {
	// Function is the entry.
	Function *Scalar
	// Args are the types the arguments must be cast to before Eval, as many as there are arguments (lambdas: their result).
	Args []*types.Type
	// Return is the result's type.
	Return *types.Type
	// Nullable says whether the result may be NULL; left false with NullIfAnyNull the analyzer derives it from the arguments.
	Nullable bool
	// Eval computes it; exactly one of Eval and LambdaEval is set.
	Eval       Eval
	LambdaEval LambdaEval
}

// Nulls says how a scalar function treats NULL arguments.
type Nulls uint8

const (
	// NullIfAnyNull: a NULL argument gives NULL. The caller of Eval takes care: the validity of the result is the
	// intersection of Eval's and the arguments', so Eval may compute nonsense for those rows, but must not fail on them
	// (its arguments' Nulls() tell; value slots of NULL rows hold anything).
	NullIfAnyNull Nulls = iota
	// NullByFunction: Eval treats NULLs itself.
	NullByFunction
)

// Scalar is the entry of a scalar function.
type Scalar struct {
	// Name is the name in lower case (operators: their symbol, such as + or <=>). Aliases are further names.
	Name    string
	Aliases []string
	// Doc is one sentence; Usage the call, as Spark's DESCRIBE FUNCTION shows it; Example a SELECT with its answer; Since Spark's version.
	Doc, Usage, Example, Since string
	Nulls                      Nulls
	// Volatile functions (rand, uuid) are not folded and are evaluated row by row.
	Volatile bool
	// Stable functions (current_date) are constant within a statement.
	Stable bool
	// MinArgs and MaxArgs bound the number of arguments; MaxArgs -1 is any number.
	MinArgs, MaxArgs int
	// Bind checks argument types and binds. It returns an *sqlerr.Error such as DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE.
	// ansi is spark.sql.ansi.enabled.
	Bind func(args []Arg, ansi bool) (*Bound, error)
	// LambdaTypes gives the parameter types of the lambda at position i (as many as asked for, or fewer if the function
	// passes fewer), for functions that take lambdas; args before it are known.
	LambdaTypes func(args []Arg, i int) ([]*types.Type, error)
	// MySQL, SQL text of a macro: not used by Eval entries.
}

// State is the accumulated state of one aggregate for many groups. Group numbers are dense from 0.
type State interface {
	// Resize makes room for groups 0 to n-1; new groups are empty.
	Resize(n int)
	// Update adds row i of args (all of n rows) to group groups[i], for all rows. A nil groups means all rows go to group 0.
	Update(args []*vector.Vector, groups []uint32, n int) error
	// Merge adds the state of other's group i to group groups[i], for all groups of other (same concrete type).
	Merge(other State, groups []uint32) error
	// Result gives the results of groups from to to (exclusive).
	Result(from, to int) (*vector.Vector, error)
	// SizeBytes is the memory the state holds now.
	SizeBytes() int64
	// Save gives the state of the groups as columns (for spilling), Load adds rows of such columns: row i is merged into groups[i].
	Save() ([]*vector.Vector, error)
	Load(cols []*vector.Vector, groups []uint32) error
}

// BoundAggregate is an aggregate bound to argument types.
type BoundAggregate struct {
	Function *Aggregate
	Args     []*types.Type
	Return   *types.Type
	Nullable bool
	// New makes an empty state.
	New func(ctx *Context) State
	// NewSliding, if set, makes a state that can also take rows back, for moving window frames.
	NewSliding func(ctx *Context) SlidingState
}

// SlidingState is a state of one group whose rows can leave again in the order they came.
type SlidingState interface {
	Add(args []*vector.Vector, row int) error
	Remove(args []*vector.Vector, row int) error
	// Append appends the result for the rows that are in now.
	Append(out *vector.Builder) error
}

// Aggregate is the entry of an aggregate function.
type Aggregate struct {
	Name                       string
	Aliases                    []string
	Doc, Usage, Example, Since string
	MinArgs, MaxArgs           int
	// IgnoresDistinct is set where DISTINCT makes no difference (min, max).
	IgnoresDistinct bool
	// OrderSensitive is set where the order of rows matters (collect_list, first).
	OrderSensitive bool
	// TakesNulls says that first/last-like functions accept IGNORE NULLS; ignoreNulls is then passed to Bind.
	TakesNulls bool
	// EmptyValue says that the aggregate of no rows is not NULL (count: 0).
	EmptyValue any
	Bind       func(args []Arg, ignoreNulls, ansi bool) (*BoundAggregate, error)
}

// Frame is what a window function sees of a partition: all its rows, sorted.
type Frame struct {
	// Rows is the number of rows of the partition; Args are the argument columns over the whole partition.
	Rows int
	Args []*vector.Vector
	// Peer[i] is the number of the first row that is a peer of row i (equal ORDER BY keys).
	Peer []int32
	// PeerEnd[i] is one past the last peer of row i.
	PeerEnd []int32
	// Start[i], End[i] bound the frame of row i: [Start, End). Set for functions that look at frames (nth_value …).
	Start, End []int32
}

// BoundWindow is a window function bound to argument types.
type BoundWindow struct {
	Function *Window
	Args     []*types.Type
	Return   *types.Type
	Nullable bool
	Eval     func(ctx *Context, f *Frame) (*vector.Vector, error)
}

// Window is the entry of a pure window function (rank, lag …); aggregates over windows are Aggregate entries.
type Window struct {
	Name                       string
	Aliases                    []string
	Doc, Usage, Example, Since string
	MinArgs, MaxArgs           int
	// NeedsOrder: an ORDER BY must be given. UsesFrame: the frame matters (first_value, nth_value); otherwise the frame must be the default one.
	NeedsOrder, UsesFrame bool
	TakesNulls            bool
	Bind                  func(args []Arg, ignoreNulls, ansi bool) (*BoundWindow, error)
}

// BoundGenerator is a table-generating function bound to argument types.
type BoundGenerator struct {
	Function *Generator
	Args     []*types.Type
	// Columns are the output columns with their default names.
	Columns []types.Field
	// Eval generates rows for n input rows: cols are the output columns, and parent[i] is the input row output row i
	// comes from, ascending. outer asks for one row of NULLs for an input row that gives none.
	Eval func(ctx *Context, args []*vector.Vector, n int, outer bool) (cols []*vector.Vector, parent []uint32, err error)
}

// Generator is the entry of a table-generating function (explode, stack …).
type Generator struct {
	Name                       string
	Aliases                    []string
	Doc, Usage, Example, Since string
	MinArgs, MaxArgs           int
	// Outer: the _outer form.
	Outer bool
	Bind  func(args []Arg, ansi bool) (*BoundGenerator, error)
}
