package shell

import (
	"slices"
	"sort"
	"strings"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/sql/token"
)

// candidate is a word that what is typed may become.
type candidate struct {
	value string
	kind  string // databases, tables, columns, functions, keywords, commands, formats
}

// source is where completion finds names.
type source interface {
	databases() []string
	tables(database string) []string
	columns(table string) []string
	functions() []string
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80
}

// words cuts a text into names with their dots and quotes; everything else parts them.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) && r != '.' && r != '`' })
}

// complete finds what the word before the cursor may become. text is the whole entry, cursor a byte offset in it.
func complete(text string, cursor int, from source) (prefix string, out []candidate) {
	before := text[:cursor]
	at := strings.LastIndexFunc(before, func(r rune) bool { return !isWord(r) && r != '.' && r != '`' }) + 1
	prefix = before[at:]
	if strings.HasPrefix(strings.TrimSpace(text), `\`) {
		return completeCommand(before, prefix)
	}
	pieces := engine.Split(before)
	if n := len(pieces); n > 0 && pieces[n-1].Open && !strings.Contains(prefix, "`") {
		return prefix, nil // within a string or a comment
	}
	statement, back := text, 0 // of the entry, the statement that the cursor is in
	for _, p := range engine.Split(text) {
		if p.Start <= cursor {
			statement, back = text[p.Start:p.Stop], p.Start
		}
	}
	previous := ""
	if back <= at {
		if w := words(text[back:at]); len(w) > 0 {
			previous = strings.ToUpper(w[len(w)-1])
		}
	}
	add := func(kind string, list []string, form func(string) string) {
		for _, name := range list {
			if value := form(name); len(value) >= len(prefix) && strings.EqualFold(value[:len(prefix)], prefix) {
				out = append(out, candidate{value, kind})
			}
		}
	}
	plain := func(name string) string { return quoteOdd(name) }
	if dot := strings.LastIndexByte(prefix, '.'); dot >= 0 {
		qualifier := prefix[:dot]
		under := func(name string) string { return qualifier + "." + quoteOdd(name) }
		table := qualifier
		for alias, name := range tablesIn(statement) {
			if strings.EqualFold(alias, qualifier) {
				table = name
			}
		}
		add("columns", from.columns(table), under)
		if !strings.Contains(qualifier, ".") && slices.ContainsFunc(from.databases(), func(d string) bool { return strings.EqualFold(d, strings.Trim(qualifier, "`")) }) {
			add("tables", from.tables(strings.Trim(qualifier, "`")), under)
		}
		return prefix, distinct(out)
	}
	switch previous {
	case "USE", "DATABASE", "SCHEMA", "NAMESPACE":
		add("databases", from.databases(), plain)
		return prefix, distinct(out)
	case "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "OVERWRITE", "DESCRIBE", "DESC", "HISTORY", "DETAIL", "OPTIMIZE", "VACUUM", "TRUNCATE", "REFRESH", "IN", "USING", "VIEW":
		add("tables", from.tables(""), plain)
		add("databases", from.databases(), func(name string) string { return quoteOdd(name) + "." })
		if len(out) > 0 && previous != "IN" && previous != "DESCRIBE" && previous != "DESC" {
			return prefix, distinct(out)
		}
	}
	tables := tablesIn(statement)
	for _, alias := range sortedKeys(tables) {
		add("columns", from.columns(tables[alias]), plain)
		if alias != tables[alias] {
			add("tables", []string{alias}, func(name string) string { return name + "." })
		}
	}
	lower := prefix != "" && prefix == strings.ToLower(prefix)
	if prefix != "" {
		add("functions", from.functions(), func(name string) string {
			if isWord(rune(name[0])) {
				return name + "("
			}
			return ""
		})
	}
	add("keywords", token.Keywords(), func(name string) string {
		if lower {
			return strings.ToLower(name)
		}
		return name
	})
	return prefix, distinct(out)
}

// completeCommand completes the shell's own commands.
func completeCommand(before, prefix string) (string, []candidate) {
	list, kind := []string{"format", "timing", "q"}, "commands"
	if strings.Contains(strings.TrimSpace(before), " ") || strings.HasSuffix(before, " ") {
		if list = nil; strings.HasPrefix(strings.TrimSpace(before), `\format`) {
			list, kind = Formats, "formats"
		}
	}
	var out []candidate
	for _, name := range list {
		if strings.HasPrefix(name, prefix) {
			out = append(out, candidate{name, kind})
		}
	}
	return prefix, out
}

// clauseWords are the words that may stand where a table or its alias could, and are none. Other keywords are names too.
var clauseWords = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(`AS SELECT VALUES WITH LATERAL WHERE JOIN INNER LEFT RIGHT FULL OUTER CROSS SEMI ANTI NATURAL ON USING GROUP ORDER HAVING
		LIMIT OFFSET UNION EXCEPT INTERSECT MINUS QUALIFY WINDOW PIVOT UNPIVOT TABLESAMPLE SORT CLUSTER DISTRIBUTE SET WHEN VERSION TIMESTAMP FOR
		PARTITION IF TABLE FROM INTO`) {
		out[w] = true
	}
	return out
}()

// tablesIn finds the tables that a statement names, by the alias or the name that its columns may be written with.
func tablesIn(statement string) map[string]string {
	out := map[string]string{}
	list := words(statement)
	for i := 0; i+1 < len(list); i++ {
		switch strings.ToUpper(list[i]) {
		case "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "USING":
		default:
			continue
		}
		name := list[i+1]
		if clauseWords[strings.ToUpper(name)] || strings.HasSuffix(name, ".") {
			continue
		}
		alias := name
		if j := i + 2; j < len(list) {
			if strings.EqualFold(list[j], "AS") {
				j++
			}
			if j < len(list) && !clauseWords[strings.ToUpper(list[j])] && !strings.Contains(list[j], ".") {
				alias = list[j]
			}
		}
		out[alias] = name
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// quoteOdd quotes a name that is not plain.
func quoteOdd(name string) string {
	if name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !isWord(r) }) {
		return name
	}
	return quote(name)
}

// distinct leaves out candidates that are there already: a column that two tables have, a function that is a keyword too.
func distinct(list []candidate) []candidate {
	seen := map[string]bool{}
	out := list[:0]
	for _, c := range list {
		if c.value != "" && !seen[strings.ToLower(c.value)] {
			seen[strings.ToLower(c.value)] = true
			out = append(out, c)
		}
	}
	return out
}
