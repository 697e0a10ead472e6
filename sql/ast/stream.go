package ast

// Stream is STREAM source in FROM: what is new in a source since the last time, once each. Source is a Table or a TableFunction
// without alias.
type Stream struct {
	At
	Source    Relation
	Options   []Property // WITH (...)
	Watermark *Watermark
	Alias     *TableAlias
}

// Watermark is WATERMARK time [AS name] DELAY OF interval.
type Watermark struct {
	At
	Time  Expr
	Name  Ident // zero where not given
	Delay Expr
}

// Violation says what happens to a row that fails an expectation.
type Violation string

// What happens to such rows.
const (
	KeepRow    Violation = ""
	DropRow    Violation = "DROP ROW"
	FailUpdate Violation = "FAIL UPDATE"
)

// Expectation is CONSTRAINT name EXPECT (condition) [ON VIOLATION DROP ROW | FAIL UPDATE].
type Expectation struct {
	At
	Name          Ident
	Condition     Expr
	ConditionText Source
	OnViolation   Violation
}

// Schedule is EVERY n unit, or CRON 'text' [AT TIME ZONE 'zone'].
type Schedule struct {
	At
	Every int64  // 0 with Cron
	Unit  string // SECOND, MINUTE, HOUR, DAY or WEEK
	Cron  string
	Zone  *string
}

// KeptQuery is what streaming tables and materialized views have in common: a table that a query keeps up to date.
type KeptQuery struct {
	IfNotExists  bool
	Table        Name
	Columns      []ColumnDef // Type is nil where not given
	Constraints  []Constraint
	Expectations []Expectation
	TableSpec
	Schedule *Schedule
	Query    *Query // nil for none
	Text     Source
}

// CreateStreamingTable is CREATE [OR REFRESH] STREAMING TABLE, with a query, a flow of changes, or neither: flows may come later.
type CreateStreamingTable struct {
	At
	OrRefresh bool
	KeptQuery
	Changes *ChangeFlow // FLOW AUTO CDC
}

// CreateMaterializedView is CREATE [OR REPLACE] MATERIALIZED VIEW.
type CreateMaterializedView struct {
	At
	OrReplace bool
	KeptQuery
}

// ChangeFlow is what AUTO CDC says: how changes of rows by key become the rows of a table.
type ChangeFlow struct {
	At
	Source            Relation
	Keys              []Name
	IgnoreNullUpdates bool
	DeleteWhen        Expr // nil for none
	DeleteText        Source
	TruncateWhen      Expr
	TruncateText      Source
	SequenceBy        Expr
	SequenceText      Source
	Columns           []Name // nil: all, but Except
	Except            []Name
	Type              int64  // of slowly changing dimension: 1, 2; 0 where not given, which is 1
	Track             []Name // TRACK HISTORY ON columns; nil: all, but TrackExcept
	TrackExcept       []Name
}

// CreateFlow is CREATE FLOW f AS INSERT INTO t BY NAME query, or AS AUTO CDC INTO t …; APPLY CHANGES INTO t … has no name.
type CreateFlow struct {
	At
	IfNotExists bool
	Flow        Name
	Comment     *string
	Once        bool // INSERT INTO ONCE
	Target      Name
	Query       *Query // of INSERT INTO
	Text        Source
	Changes     *ChangeFlow // of AUTO CDC
}

// DropFlow is DROP FLOW.
type DropFlow struct {
	At
	IfExists bool
	Flow     Name
}

// KeptKind tells the tables that are kept up to date apart.
type KeptKind string

// The kinds.
const (
	StreamingTable   KeptKind = "STREAMING TABLE"
	MaterializedView KeptKind = "MATERIALIZED VIEW"
)

// DropKept is DROP STREAMING TABLE or DROP MATERIALIZED VIEW.
type DropKept struct {
	At
	Kind     KeptKind
	IfExists bool
	Table    Name
}

// RefreshKept is REFRESH STREAMING TABLE or MATERIALIZED VIEW t [FULL] [SYNC|ASYNC]; Kind is "" for REFRESH TABLE with one of the words.
type RefreshKept struct {
	At
	Kind  KeptKind
	Table Name
	Full  bool
	Mode  string // SYNC, ASYNC or ""
}

// KeptAction is what ALTER STREAMING TABLE or ALTER MATERIALIZED VIEW does beside what ALTER TABLE can.
type KeptAction interface {
	Node
	keptAction()
}

// PauseStream is PAUSE, ResumeStream RESUME.
type (
	PauseStream  struct{ At }
	ResumeStream struct{ At }
)

// SetOffsets is SET OFFSETS 'json'.
type SetOffsets struct {
	At
	Offsets string
}

// SetSchedule is ADD SCHEDULE or ALTER SCHEDULE.
type SetSchedule struct {
	At
	Add      bool
	Schedule Schedule
}

// DropSchedule is DROP SCHEDULE.
type DropSchedule struct{ At }

// ReplayQuarantine is REPLAY QUARANTINE [WHERE condition].
type ReplayQuarantine struct {
	At
	Where     Expr
	WhereText Source
}

func (*PauseStream) keptAction()      {}
func (*ResumeStream) keptAction()     {}
func (*SetOffsets) keptAction()       {}
func (*SetSchedule) keptAction()      {}
func (*DropSchedule) keptAction()     {}
func (*ReplayQuarantine) keptAction() {}

// AlterKept is ALTER STREAMING TABLE|MATERIALIZED VIEW t action.
type AlterKept struct {
	At
	Kind   KeptKind
	Table  Name
	Action KeptAction
}

// ShowStreams is SHOW STREAMS [IN database] [LIKE 'pattern'].
type ShowStreams struct {
	At
	In   Name
	Like *string
}

// DescribeStream is DESCRIBE STREAM t.
type DescribeStream struct {
	At
	Table Name
}

func (*Stream) relation() {}

func (*CreateStreamingTable) statement()   {}
func (*CreateMaterializedView) statement() {}
func (*CreateFlow) statement()             {}
func (*DropFlow) statement()               {}
func (*DropKept) statement()               {}
func (*RefreshKept) statement()            {}
func (*AlterKept) statement()              {}
func (*ShowStreams) statement()            {}
func (*DescribeStream) statement()         {}
