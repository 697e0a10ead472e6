package parser

import (
	"errors"
	"strings"
	"unicode"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/interval"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// intervalUnits are the words that can be units, with their singular.
var intervalUnits = func() map[string]string {
	m := map[string]string{}
	for _, u := range []string{"YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND"} {
		m[u], m[u+"S"] = u, u
	}
	return m
}()

// unitAt says whether an amount with a unit begins n tokens ahead, and how many tokens they are.
func (p *parser) unitAt(n int) int {
	k := 0
	if s := p.peek(n).Symbol(); s == "-" || s == "+" {
		k++
	}
	t := p.peek(n + k)
	if t.Kind != token.Integer && t.Kind != token.Decimal && !p.isString(t) {
		return 0
	}
	if intervalUnits[p.peek(n+k+1).Keyword()] == "" {
		return 0
	}
	return k + 2
}

// startsInterval says whether the next token is INTERVAL with an interval after it, not a name.
func (p *parser) startsInterval() bool {
	if !p.is("INTERVAL") {
		return false
	}
	if p.isString(p.peek(1)) || p.unitAt(1) > 0 {
		return true
	}
	// An amount with a word that is no unit is a mistake in an interval, not a name with something after it.
	return isNumber(p.peek(1)) && p.peek(1).Kind <= token.Decimal
}

// interval reads INTERVAL with all that follows.
func (p *parser) interval() ast.Expr {
	if p.isString(p.peek(1)) && p.unitAt(1) == 0 {
		return p.typedLiteral()
	}
	return p.intervalUnits(p.advance())
}

// intervalText reads the form INTERVAL 'text'; the word is read already.
func (p *parser) intervalText(first token.Token) ast.Expr {
	text := p.str()
	node := &ast.Interval{At: p.span(first), Text: text}
	v, err := interval.Parse(text)
	if err != nil {
		p.raise(sqlerr.New("INVALID_TYPED_LITERAL", "valueType", `"INTERVAL"`, "value", "'"+text+"'").At(node.Position).Wrap(err))
	}
	var names []string
	for _, w := range strings.Fields(strings.ToLower(text)) {
		if w = strings.TrimSuffix(w, "s"); w != "interval" && interval.KnownUnit(w) {
			names = append(names, w)
		}
	}
	p.typeInterval(node, v, names)
	return node
}

// intervalUnits reads amounts with units, or text with a range of units; INTERVAL is read already.
func (p *parser) intervalUnits(first token.Token) ast.Expr {
	node := &ast.Interval{}
	var names []string
	for p.unitAt(0) > 0 {
		value := p.intervalValue()
		unit := intervalUnits[p.advance().Keyword()]
		if p.accept("TO") {
			p.intervalRange(first, node, value, unit)
			return node
		}
		node.Parts = append(node.Parts, ast.IntervalPart{Value: value.text, Unit: unit})
		names = append(names, unit)
	}
	if len(node.Parts) == 0 {
		p.advance()
		p.syntaxError(p.at(), []string{"YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"})
	}
	node.At = p.span(first)
	var text strings.Builder
	for _, part := range node.Parts {
		if strings.IndexFunc(part.Value, unicode.IsLetter) >= 0 {
			p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0026", "value", part.Value).At(node.Position))
		}
		text.WriteString(" " + part.Value + " " + part.Unit)
	}
	v, err := interval.Parse(text.String())
	if err != nil {
		p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0062", "msg", "Error parsing '"+text.String()+"' to interval, "+err.Error()).At(node.Position))
	}
	p.typeInterval(node, v, names)
	return node
}

type intervalValue struct {
	text   string
	quoted bool
}

// intervalValue reads one amount with its sign.
func (p *parser) intervalValue() intervalValue {
	negative := p.isSymbol("-")
	if negative || p.isSymbol("+") {
		p.pos++
	}
	t := p.advance()
	v := intervalValue{text: p.textOf(t)}
	if p.isString(t) {
		v = intervalValue{text: unescape(v.text), quoted: true}
	}
	if negative {
		if rest, ok := strings.CutPrefix(v.text, "-"); ok {
			v.text = rest
		} else {
			v.text = "-" + v.text
		}
	}
	return v
}

// intervalRange ends the form '1-2' YEAR TO MONTH; TO is read already.
func (p *parser) intervalRange(first token.Token, node *ast.Interval, value intervalValue, from string) {
	to := intervalUnits[p.at().Keyword()]
	if to == "" {
		p.unexpected("MONTH", "HOUR", "MINUTE", "SECOND")
	}
	p.pos++
	node.At = p.span(first)
	if len(node.Parts) > 0 || p.unitAt(0) > 0 {
		p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0024").At(node.Position))
	}
	if !value.quoted {
		p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0027").At(node.Position))
	}
	v, err := interval.ParseRange(value.text, from, to)
	if errors.Is(err, interval.ErrUnits) {
		p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0028", "from", strings.ToLower(from), "to", strings.ToLower(to)).At(node.Position))
	}
	if err != nil {
		p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0063", "msg", err.Error()).At(node.Position))
	}
	node.Text, node.From, node.To = value.text, from, to
	p.typeInterval(node, v, []string{from, to})
}

// typeInterval gives an interval the type its units tell.
func (p *parser) typeInterval(node *ast.Interval, v types.Interval, names []string) {
	node.Type = interval.TypeOf(names)
	if node.Type == nil {
		p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0029", "literal", p.text[node.Position.Start:node.Position.Stop]).At(node.Position))
	}
	if node.Type.Kind == types.DayTime {
		d, err := interval.Duration(v)
		if err != nil {
			p.raise(sqlerr.New("INTERVAL_ARITHMETIC_OVERFLOW", "message", "Integer overflow while operating with intervals", "alternative", "").At(node.Position))
		}
		v = d
	}
	node.Value = v
}
