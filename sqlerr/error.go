// Package sqlerr holds the one error type a user ever sees and the table of error classes behind it.
//
// In: a class name of the table (Spark's own names where Spark has one) with its parameters, and where
// known the position in the statement. Out: `[CLASS] message SQLSTATE: xxxxx`, followed by the line of
// SQL with a caret when the position is known. Every server maps an Error in one function of its own.
package sqlerr

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Position is a range of a statement's text. Line and Column count from 1 (columns in characters, as a person
// would), Start and Stop are byte offsets from 0, Stop exclusive. The zero Position means unknown.
type Position struct {
	Line, Column int
	Start, Stop  int
}

// Known says whether the position points anywhere.
func (p Position) Known() bool { return p.Line > 0 }

// To returns the range from the start of p to the end of q.
func (p Position) To(q Position) Position {
	if !p.Known() {
		return q
	}
	if q.Stop > p.Stop {
		p.Stop = q.Stop
	}
	return p
}

// Error is an error for a user: a class of the table, its parameters, and where it happened.
type Error struct {
	// Class is the name in the table, such as TABLE_OR_VIEW_NOT_FOUND or DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE.
	Class string
	// SQLSTATE is the five-character code of the class.
	SQLSTATE string
	// Parameters fill the `<name>` places of the class's message.
	Parameters map[string]string
	// Message is the filled text, without class and SQLSTATE.
	Message string
	// Position is where in the statement, if known.
	Position Position
	// Query is the statement's text; with Position it gives the caret. The engine sets it once.
	Query string
	// Hint is one sentence that says what to do, if that can be told.
	Hint string
	// Cause is the inner error, for logs; it is not shown to users.
	Cause error
}

// New makes an error of a class. params are name, value pairs: New("TABLE_OR_VIEW_NOT_FOUND", "relationName", "`t`").
// A class that is not in the table is a bug and shows as INTERNAL_ERROR.
func New(class string, params ...string) *Error {
	m := make(map[string]string, len(params)/2)
	for i := 0; i+1 < len(params); i += 2 {
		m[params[i]] = params[i+1]
	}
	c, ok := lookup(class)
	if !ok {
		return &Error{Class: "INTERNAL_ERROR", SQLSTATE: "XX000", Parameters: m, Message: fmt.Sprintf("Unknown error class %s %v.", class, m)}
	}
	return &Error{Class: class, SQLSTATE: c.state, Parameters: m, Message: fill(c.message, m)}
}

// Unsupported makes an [UNSUPPORTED_FEATURE.ARGAN] error that names the thing that is not supported (yet).
func Unsupported(format string, args ...any) *Error {
	return New("UNSUPPORTED_FEATURE.ARGAN", "feature", fmt.Sprintf(format, args...))
}

// Internal makes an INTERNAL_ERROR: a defect of the program, not of the user's input.
func Internal(format string, args ...any) *Error {
	return New("INTERNAL_ERROR", "message", fmt.Sprintf(format, args...))
}

// At returns the error with a position; a position that is already known is kept.
func (e *Error) At(p Position) *Error {
	if !e.Position.Known() {
		e.Position = p
	}
	return e
}

// WithHint returns the error with a hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Wrap returns the error with its inner cause.
func (e *Error) Wrap(cause error) *Error {
	e.Cause = cause
	return e
}

// Legacy says that the class is one of those that Spark has never named: errors of analysis and of values, to which it gives no
// SQLSTATE. The one they have here tells servers nothing.
func (e *Error) Legacy() bool { return strings.HasPrefix(e.Class, "_LEGACY_ERROR_TEMP_") }

// Unwrap gives the inner cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// Error is the whole text: `[CLASS] message SQLSTATE: xxxxx`, the caret where the position is known, the hint.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s] %s SQLSTATE: %s", e.Class, e.Message, e.SQLSTATE)
	if e.Position.Known() {
		fmt.Fprintf(&b, "; line %d pos %d", e.Position.Line, e.Position.Column)
		if c := e.caret(); c != "" {
			b.WriteString("\n\n")
			b.WriteString(c)
		}
	}
	if e.Hint != "" {
		b.WriteString("\nHint: ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Fragment is the piece of the statement the error points at, or "".
func (e *Error) Fragment() string {
	p := e.Position
	if p.Known() && p.Start >= 0 && p.Stop <= len(e.Query) && p.Start < p.Stop {
		return e.Query[p.Start:p.Stop]
	}
	return ""
}

const caretWidth = 160 // bytes of the line shown around the caret

func (e *Error) caret() string {
	p := e.Position
	if p.Start < 0 || p.Start > len(e.Query) || e.Query == "" {
		return ""
	}
	from := strings.LastIndexByte(e.Query[:p.Start], '\n') + 1
	to := len(e.Query)
	if i := strings.IndexByte(e.Query[p.Start:], '\n'); i >= 0 {
		to = p.Start + i
	}
	if p.Start-from > caretWidth/2 {
		from = p.Start - caretWidth/2
	}
	if to-from > caretWidth {
		to = from + caretWidth
	}
	line := strings.ToValidUTF8(e.Query[from:to], "?")
	line = strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if r < ' ' {
			return '?'
		}
		return r
	}, line)
	pad := utf8.RuneCountInString(strings.ToValidUTF8(e.Query[from:p.Start], "?"))
	width := 1
	if stop := min(p.Stop, to); stop > p.Start {
		width = max(1, utf8.RuneCountInString(strings.ToValidUTF8(e.Query[p.Start:stop], "?")))
	}
	return fmt.Sprintf("== SQL (line %d, position %d) ==\n%s\n%s%s", p.Line, p.Column, line, strings.Repeat(" ", pad), strings.Repeat("^", width))
}

// From returns err as an *Error: itself if it is one, an INTERNAL_ERROR around it otherwise.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Internal("%s", err.Error()).Wrap(err)
}

// Is says whether err is, or wraps, an Error of the class or of one of its subclasses.
func Is(err error, class string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Class == class || strings.HasPrefix(e.Class, class+".")
}

// fill puts parameters in the `<name>` places of a message.
func fill(message string, params map[string]string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(message, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(message[i:], '>')
		if j < 0 {
			break
		}
		name := message[i+1 : i+j]
		b.WriteString(message[:i])
		if v, ok := params[name]; ok {
			b.WriteString(v)
		} else {
			b.WriteString(message[i : i+j+1])
		}
		message = message[i+j+1:]
	}
	b.WriteString(message)
	return b.String()
}
