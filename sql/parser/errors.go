package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
)

// raise ends the reading with an error.
func (p *parser) raise(e *sqlerr.Error) { panic(e) }

// fail raises an error of a class at a token.
func (p *parser) fail(t token.Token, class string, params ...string) {
	p.raise(sqlerr.New(class, params...).At(t.Position()))
}

// notAllowed raises Spark's "Operation not allowed" at a token.
func (p *parser) notAllowed(t token.Token, message string) {
	p.fail(t, "_LEGACY_ERROR_TEMP_0035", "message", message)
}

// unexpected raises a syntax error at the next token. wanted are keywords or symbols one of which would have been right.
func (p *parser) unexpected(wanted ...string) { p.syntaxError(p.at(), wanted) }

// unexpectedName raises a syntax error where a name must stand.
func (p *parser) unexpectedName() { p.syntaxError(p.at(), []string{"a name"}) }

func (p *parser) syntaxError(t token.Token, wanted []string) {
	if t.Kind == token.UnclosedComment {
		p.fail(t, "UNCLOSED_BRACKETED_COMMENT")
	}
	hint := p.hint(t, wanted)
	if p.alias >= 0 && p.alias == p.pos-1 && hint == "" || p.alias == p.pos-1 && t.Kind == token.EOF {
		// What was read as an alias may be a misspelled keyword: SELECT a FORM t.
		word := p.tokens[p.alias]
		if near := nearest(p.textOf(word), clauseWords); near != "" {
			t, hint = word, "Did you mean "+near+"?"
		}
	}
	if hint == "" {
		hint = p.missing(t, wanted)
	}
	if hint == "" {
		hint = p.misplaced(t)
	}
	near := "end of input"
	if t.Kind != token.EOF {
		near = "'" + shorten(p.textOf(t)) + "'"
	}
	e := sqlerr.New("PARSE_SYNTAX_ERROR", "error", near, "hint", "").At(t.Position())
	if hint != "" {
		e.Hint = hint
	}
	p.raise(e)
}

const longestFragment = 60

func shorten(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	if utf8.RuneCountInString(s) > longestFragment {
		s = string([]rune(s)[:longestFragment]) + "..."
	}
	return s
}

// clauseWords are the words people misspell after an expression or a relation.
var clauseWords = []string{
	"FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "FULL", "UNION",
	"INTERSECT", "EXCEPT", "WINDOW", "QUALIFY", "LATERAL", "PIVOT", "UNPIVOT", "USING", "MATCHED", "VALUES", "WHEN",
}

// strictWords cannot name a table's alias without backticks.
var strictWords = []string{
	"ANTI", "CROSS", "EXCEPT", "FULL", "INNER", "INTERSECT", "JOIN", "LATERAL", "LEFT", "NATURAL", "ON", "RIGHT", "SEMI",
	"SETMINUS", "MINUS", "UNION", "USING",
}

// hint says what the token tells about what was meant, or "".
func (p *parser) hint(t token.Token, wanted []string) string {
	text := p.textOf(t)
	switch t.Kind {
	case token.UnclosedString:
		return "The string that begins here has no closing " + quoteName(text) + "."
	case token.UnclosedIdent:
		return "The name that begins here has no closing backtick."
	case token.Illegal:
		return "This character cannot stand outside quotes."
	case token.Hint:
		return "A hint stands directly after SELECT."
	case token.Word:
		if t.Keyword() == "" {
			if near := nearest(text, wanted); near != "" {
				return "Did you mean " + near + "?"
			}
		} else if contains(wanted, "a name") || contains(strictWords, t.Keyword()) && len(wanted) == 0 {
			return "To use " + text + " as a name, put it in backticks: `" + text + "`."
		}
	}
	return ""
}

func quoteName(text string) string {
	if strings.HasSuffix(text[:min(2, len(text))], `"`) || strings.HasPrefix(text, `"`) {
		return "double quote"
	}
	return "quote"
}

// missing says what seems to be left out before the token, or "".
func (p *parser) missing(t token.Token, wanted []string) string {
	open, closed := p.brackets()
	switch {
	case closed && t.Symbol() == ")":
		return "This ) has no ( before it."
	case open.Symbol() != "" && (t.Kind == token.EOF || t.Symbol() == ";" || contains(clauseWords[:6], t.Keyword())):
		at := open.Position()
		end := map[string]string{"(": ")", "[": "]"}[open.Symbol()]
		return "A " + end + " is missing for the " + open.Symbol() + " at line " + itoa(at.Line) + ", column " + itoa(at.Column) + "."
	case t.Symbol() == "," || p.previous().Symbol() == ",":
		if t.Kind == token.EOF || t.Keyword() != "" || t.Symbol() != "" {
			return "There is a comma too many, or something is missing beside it."
		}
	case startsOperand(t) && startsOperand(p.previous()) && (len(wanted) == 0 || contains(wanted, ")")) && p.pos > p.first:
		return "Is a comma or an operator missing before " + shorten(p.textOf(t)) + "?"
	case t.Kind == token.Word && t.Keyword() == "" && contains(wanted, ")"):
		return "Is a comma or a ) missing before " + shorten(p.textOf(t)) + "?"
	case len(wanted) > 0 && len(wanted) <= 6:
		return "Expected " + oneOf(wanted) + "."
	}
	return ""
}

// clauseOrder is the order of a query's clauses.
var clauseOrder = []string{"FROM", "WHERE", "GROUP", "HAVING", "QUALIFY", "WINDOW", "ORDER", "LIMIT", "OFFSET"}

// misplaced says what is wrong about a clause that is in the wrong place, or lacks its BY, or "".
func (p *parser) misplaced(t token.Token) string {
	if before := p.previous().Keyword(); contains([]string{"GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "PARTITION"}, before) {
		return "Expected BY after " + before + "."
	}
	if contains(clauseOrder, t.Keyword()) {
		return "A query's clauses come in the order " + strings.Join(clauseOrder[:len(clauseOrder)-1], ", ") + ", OFFSET, each once."
	}
	return ""
}

// startsOperand says whether a token is a plain name or a literal.
func startsOperand(t token.Token) bool {
	return t.Kind >= token.Word && t.Kind <= token.BigDecimal && t.Keyword() == ""
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// brackets finds the innermost bracket still open before the next token; closed says whether none is.
func (p *parser) brackets() (open token.Token, closed bool) {
	var stack []token.Token
	for _, t := range p.tokens[p.first:p.pos] {
		switch t.Symbol() {
		case "(", "[":
			stack = append(stack, t)
		case ")", "]":
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		}
	}
	if len(stack) == 0 {
		return token.Token{}, true
	}
	return stack[len(stack)-1], false
}

// nearest is the word of words that a misspelled one most likely means, or "".
func nearest(word string, words []string) string {
	word = strings.ToUpper(word)
	if len(word) < 3 || len(word) > 20 {
		return ""
	}
	best, least := "", 1+len(word)/4
	for _, w := range words {
		if w == word || strings.ToUpper(w) != w {
			continue
		}
		if d := distance(word, w); d <= least && (best == "" || d < least) {
			best, least = w, d
		}
	}
	return best
}

// distance counts the edits (insert, delete, replace, swap of neighbours) between two words.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// checkHyphen tells a name like my-table from a subtraction, where only a name can stand.
func (p *parser) checkHyphen(first token.Token) {
	minus, next := p.at(), p.peek(1)
	if minus.Symbol() != "-" || minus.Start != p.previous().Stop || next.Start != minus.Stop || next.Kind != token.Word && next.Kind != token.Integer {
		return
	}
	p.pos += 2
	for p.isSymbol("-") && p.at().Start == p.previous().Stop && p.peek(1).Kind == token.Word {
		p.pos += 2
	}
	text := p.text[first.Start:p.previous().Stop]
	p.raise(sqlerr.New("INVALID_IDENTIFIER", "ident", text).At(p.span(first).Position).WithHint("Put the name in backticks: `%s`.", text))
}

// invalidText says where a text stops being UTF-8.
func invalidText(text string) error {
	line, column, start := 1, 1, 0
	for start < len(text) {
		r, size := utf8.DecodeRuneInString(text[start:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		start += size
	}
	e := sqlerr.New("PARSE_SYNTAX_ERROR", "error", "a byte that is not UTF-8", "hint", "")
	e.Query = text
	return e.At(sqlerr.Position{Line: line, Column: column, Start: start, Stop: start + 1}).WithHint("Send the statement in UTF-8.")
}

// syntaxAt is an error of a class at a node.
func syntaxAt(class string, n ast.Node, params ...string) *sqlerr.Error {
	return sqlerr.New(class, params...).At(n.Pos())
}
