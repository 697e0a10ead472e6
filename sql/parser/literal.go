package parser

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// unescape gives the value of a string token: Spark's backslash escapes, none in r'...'.
func unescape(text string) string {
	if text[0] == 'r' || text[0] == 'R' {
		return text[2 : len(text)-1]
	}
	s := text[1 : len(text)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			b.WriteByte(c)
			i++
			continue
		}
		if r, n := codePoint(s[i:]); n > 0 {
			if low, m := codePoint(s[i+n:]); m > 0 && utf16.IsSurrogate(r) && utf16.IsSurrogate(low) {
				r, n = utf16.DecodeRune(r, low), n+m
			}
			b.WriteRune(r)
			i += n
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i+1:])
		if e, ok := escapes[s[i+1]]; ok {
			b.WriteString(e)
		} else {
			b.WriteString(s[i+1 : i+1+size])
		}
		i += 1 + size
	}
	return b.String()
}

// escapes are those of one letter that do not stand for themselves. \% and \_ keep the backslash, for LIKE.
var escapes = map[byte]string{'0': "\x00", 'b': "\b", 'n': "\n", 'r': "\r", 't': "\t", 'Z': "\x1a", '%': `\%`, '_': `\_`}

// codePoint reads \uXXXX, \UXXXXXXXX or \ooo at the start of s and says how long it is.
func codePoint(s string) (rune, int) {
	if len(s) < 4 || s[0] != '\\' {
		return 0, 0
	}
	var digits int
	switch s[1] {
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case '0', '1':
		n, err := strconv.ParseUint(s[1:4], 8, 32)
		if err != nil {
			return 0, 0
		}
		return rune(n), 4
	default:
		return 0, 0
	}
	if len(s) < 2+digits {
		return 0, 0
	}
	n, err := strconv.ParseUint(s[2:2+digits], 16, 32)
	if err != nil || s[2] == '+' {
		return 0, 0
	}
	return rune(n), 2 + digits
}

// stringLiteral reads one string, or several beside each other.
func (p *parser) stringLiteral() *ast.Literal {
	first := p.at()
	s := p.str()
	return &ast.Literal{At: p.span(first), Kind: ast.LitString, Raw: p.source(first), Value: s}
}

// isNumber says whether a token is a number.
func isNumber(t token.Token) bool { return t.Kind >= token.Integer && t.Kind <= token.BigDecimal }

// number reads a number, with the minus that stands before it.
func (p *parser) number() *ast.Literal {
	first := p.at()
	sign := ""
	if p.acceptSymbol("-") {
		sign = "-"
	}
	t := p.advance()
	text := sign + p.textOf(t)
	lit := &ast.Literal{At: p.span(first), Raw: p.source(first)}
	switch t.Kind {
	case token.Integer:
		if n, err := strconv.ParseInt(text, 10, 64); err != nil {
			lit.Kind, lit.Value = ast.LitDecimal, p.decimal(lit, text)
		} else if n >= math.MinInt32 && n <= math.MaxInt32 {
			lit.Kind, lit.Value = ast.LitInt, int32(n)
		} else {
			lit.Kind, lit.Value = ast.LitBigInt, n
		}
	case token.TinyInt:
		lit.Kind, lit.Value = ast.LitTinyInt, int8(p.whole(lit, text, 8, "tinyint"))
	case token.SmallInt:
		lit.Kind, lit.Value = ast.LitSmallInt, int16(p.whole(lit, text, 16, "smallint"))
	case token.BigInt:
		lit.Kind, lit.Value = ast.LitBigInt, p.whole(lit, text, 64, "bigint")
	case token.Float:
		f, err := strconv.ParseFloat(text[:len(text)-1], 32)
		if err != nil {
			p.outOfRange(lit, text[:len(text)-1], "float", "-3.4028234663852886E+38", "3.4028234663852886E+38")
		}
		lit.Kind, lit.Value = ast.LitFloat, float32(f)
	case token.Double:
		lit.Kind, lit.Value = ast.LitDouble, p.double(lit, text[:len(text)-1])
	case token.Exponent:
		if p.ExponentAsDecimal {
			lit.Kind, lit.Value = ast.LitDecimal, p.decimal(lit, text)
		} else {
			lit.Kind, lit.Value = ast.LitDouble, p.double(lit, text)
		}
	case token.BigDecimal:
		lit.Kind, lit.Value = ast.LitDecimal, p.decimal(lit, text[:len(text)-2])
	default:
		lit.Kind, lit.Value = ast.LitDecimal, p.decimal(lit, text)
	}
	return lit
}

func (p *parser) whole(lit *ast.Literal, text string, bits int, typeName string) int64 {
	digits := text[:len(text)-1]
	n, err := strconv.ParseInt(digits, 10, bits)
	if err != nil {
		limit := uint64(1) << (bits - 1)
		p.outOfRange(lit, digits, typeName, "-"+strconv.FormatUint(limit, 10), strconv.FormatUint(limit-1, 10))
	}
	return n
}

func (p *parser) double(lit *ast.Literal, text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.outOfRange(lit, text, "double", "-1.7976931348623157E+308", "1.7976931348623157E+308")
	}
	return f
}

func (p *parser) outOfRange(lit *ast.Literal, raw, typeName, low, high string) {
	p.raise(sqlerr.New("INVALID_NUMERIC_LITERAL_RANGE", "rawStrippedQualifier", raw, "typeName", typeName, "minValue", low, "maxValue", high).At(lit.Position))
}

// decimal checks that a decimal has no more digits than a type can have.
func (p *parser) decimal(lit *ast.Literal, text string) ast.Decimal {
	precision, scale, ok := decimalSize(text)
	if !ok || precision > types.MaxPrecision || scale > types.MaxPrecision || scale < -types.MaxPrecision {
		p.raise(sqlerr.New("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "precision", itoa(max(precision, scale)), "maxPrecision", itoa(types.MaxPrecision)).At(lit.Position))
	}
	return ast.Decimal(text)
}

// decimalSize is the precision and scale of a decimal's text; the scale is negative for an exponent beyond its digits.
func decimalSize(text string) (precision, scale int, ok bool) {
	text = strings.TrimPrefix(text, "-")
	exponent := 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		n, err := strconv.Atoi(text[i+1:])
		if err != nil {
			return 0, 0, false
		}
		text, exponent = text[:i], n
	}
	whole, fraction, _ := strings.Cut(text, ".")
	scale = len(fraction) - exponent
	digits := len(strings.TrimLeft(whole+fraction, "0"))
	if scale < 0 {
		digits -= scale
	}
	return max(digits, scale, 1), scale, true
}

// typedLiterals are the words that make a literal of the string after them.
var typedLiterals = map[string]ast.LiteralKind{
	"DATE": ast.LitDate, "TIMESTAMP": ast.LitTimestamp, "TIMESTAMP_NTZ": ast.LitTimestampNTZ,
	"TIMESTAMP_LTZ": ast.LitTimestampLTZ, "X": ast.LitBinary,
}

// typedLiteral reads DATE '...' and its kin; the next token is the word, the one after it a string.
func (p *parser) typedLiteral() ast.Expr {
	first := p.advance()
	kind, ok := typedLiterals[first.Keyword()]
	if first.Keyword() == "INTERVAL" {
		return p.intervalText(first)
	}
	if !ok {
		p.fail(first, "UNSUPPORTED_TYPED_LITERAL", "unsupportedType", `"`+strings.ToUpper(p.textOf(first))+`"`, "supportedTypes",
			`"DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X"`)
	}
	s := p.str()
	lit := &ast.Literal{At: p.span(first), Kind: kind, Raw: p.source(first), Value: s}
	if kind == ast.LitBinary {
		b, ok := unhex(s)
		if !ok {
			p.raise(sqlerr.New("INVALID_TYPED_LITERAL", "valueType", `"X"`, "value", "'"+s+"'").At(lit.Position))
		}
		lit.Value = b
	}
	return lit
}

// unhex reads hexadecimal digits; an odd number of them begins with a zero, as for Spark.
func unhex(s string) ([]byte, bool) {
	if len(s)%2 == 1 {
		s = "0" + s
	}
	out := make([]byte, len(s)/2)
	for i := range out {
		n, err := strconv.ParseUint(s[2*i:2*i+2], 16, 8)
		if err != nil || s[2*i] == '+' {
			return nil, false
		}
		out[i] = byte(n)
	}
	return out, true
}
