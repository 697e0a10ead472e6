package slt

import (
	"fmt"
	"strings"
)

// record is one piece of a script: what to do, and what it should answer.
type record struct {
	line    int
	notes   []string // the comments and the nospark line before it, as they stand
	verb    string   // "" while it is not known (-complete finds out), statement, query, session, set, file
	args    []string // the words after the verb
	params  []string // param lines
	sql     string   // for file: its content
	answer  []string // what stands below ----: the schema, then the rows
	hasRows bool     // there was a ---- line
}

// parse reads a script. Records are separated by empty lines.
func parse(text string) ([]*record, error) {
	var out []*record
	r := &record{}
	var body []string
	flush := func() {
		if r.verb != "" || len(body) > 0 || len(r.notes) > 0 {
			r.sql = strings.Join(body, "\n")
			out = append(out, r)
		}
		r, body = &record{}, nil
	}
	for i, line := range strings.Split(text, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		started := r.verb != "" || len(body) > 0
		if r.line == 0 && line != "" && line[0] != '#' {
			r.line = i + 1
		}
		switch {
		case line == "" && !(r.verb == "file" && !r.hasRows):
			flush()
		case r.hasRows && r.verb == "file":
			return nil, fmt.Errorf("line %d: a file ends with its line ----", i+1)
		case r.hasRows:
			r.answer = append(r.answer, line)
		case line == "----":
			r.hasRows = true
		case !started && (line[0] == '#' || word == "nospark"):
			r.notes = append(r.notes, line)
		case word == "param" && len(body) == 0:
			r.params = append(r.params, rest)
		case !started && (word == "statement" || word == "query" || word == "session" || word == "set" || word == "file"):
			r.verb, r.args = word, strings.Fields(rest)
		default:
			body = append(body, line)
		}
	}
	flush()
	return out, nil
}

// print writes a script as parse reads it.
func print(records []*record) string {
	var parts []string
	for _, r := range records {
		lines := append([]string(nil), r.notes...)
		if r.verb != "" {
			lines = append(lines, strings.Join(append([]string{r.verb}, r.args...), " "))
		}
		for _, p := range r.params {
			lines = append(lines, "param "+p)
		}
		if r.sql != "" || r.verb == "file" {
			lines = append(lines, r.sql)
		}
		if r.hasRows {
			lines = append(append(lines, "----"), r.answer...)
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	return strings.Join(parts, "\n\n") + "\n"
}

// flag says whether a word stands behind the verb; value gives what follows name=.
func (r *record) flag(name string) bool {
	for _, a := range r.args {
		if a == name {
			return true
		}
	}
	return false
}

func (r *record) value(name string) string {
	for _, a := range r.args {
		if v, ok := strings.CutPrefix(a, name+"="); ok {
			return v
		}
	}
	return ""
}

// ordered says whether a query ends with an ORDER BY of its own, outside of parentheses.
func ordered(sql string) bool {
	i := strings.LastIndex(strings.ToUpper(sql), "ORDER BY")
	return i >= 0 && strings.Count(sql[i:], ")") == strings.Count(sql[i:], "(")
}
