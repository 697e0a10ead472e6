package stream

import (
	"context"
	"encoding/json"

	"github.com/argan-sql/argan/catalog"
)

// Position is how far a source has been read, in the source's own JSON.
type Position = json.RawMessage

// Positions are those of a flow's sources, by the source's name.
type Positions map[string]Position

// Equal says whether two sets of positions are the same.
func (p Positions) Equal(o Positions) bool {
	if len(p) != len(o) {
		return false
	}
	for k, v := range p {
		if string(o[k]) != string(v) {
			return false
		}
	}
	return true
}

// Limit bounds a batch; 0 is no bound.
type Limit struct {
	Rows, Files, Bytes int64
}

// Span is a piece of a source: what lies after From up to To.
type Span struct {
	From, To Position
	// Rows is how many there are, -1 where the source cannot tell before it reads.
	Rows int64
	// Empty says that there is nothing: To is From, or as good as.
	Empty bool
	// More says that there is more after To already.
	More bool
}

// Source is what a flow reads from. Its methods are called from one goroutine at a time, but for Wait, Lag and Close.
type Source interface {
	// Name tells the source from others of the flow, also after the flow's text has changed.
	Name() string
	// Table is the source with no rows, for its columns.
	Table(ctx context.Context) (catalog.Table, error)
	// Start is where a flow begins that has not read from it yet.
	Start(ctx context.Context) (Position, error)
	// Latest is where the source ends now.
	Latest(ctx context.Context) (Position, error)
	// Next is the next piece from a position on, of at most limit, and not beyond bound where that is not nil.
	Next(ctx context.Context, from, bound Position, limit Limit) (Span, error)
	// Open gives the rows of a piece.
	Open(ctx context.Context, s Span) (catalog.Table, error)
	// Wait returns when there may be something after a position.
	Wait(ctx context.Context, from Position) error
	// Lag is how many rows (or, of files and tables, files) lie after a position; -1 where that is not known.
	Lag(ctx context.Context, from Position) (int64, error)
	// Committed tells the source that everything before a position is safe in the table.
	Committed(ctx context.Context, at Position)
	Close()
}

// Movable is a source that can be told to go on from elsewhere.
type Movable interface {
	// Earliest is the first position there is.
	Earliest(ctx context.Context) (Position, error)
	// Move reads a position that a user gives; what it does not say stays as it is now.
	Move(ctx context.Context, now, given Position) (Position, error)
}

// Message is one message of a topic: what a source that can be taken apart puts aside when it spoils a batch.
type Message struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// Divisible is a source whose pieces can be cut down to single messages.
type Divisible interface {
	Source
	// Halves cuts a piece in two of about the same size; ok is false where it holds one message or none.
	Halves(s Span) (first, second Span, ok bool)
	// Only is the message of a piece that holds just one.
	Only(s Span) (Message, bool)
	// Without gives the rows of a piece but for some messages.
	Without(ctx context.Context, s Span, skip []Message) (catalog.Table, error)
	// Of gives just some messages, for putting them aside or for reading them again.
	Of(ctx context.Context, messages []Message) (catalog.Table, error)
}
