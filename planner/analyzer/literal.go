package analyzer

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// constantOf is a literal of a Go value.
func constantOf(t *types.Type, value any) *expr.Literal {
	return &expr.Literal{Value: vector.ConstOf(t, value, 1)}
}

func intLiteral(n int) *expr.Literal       { return constantOf(types.IntType, int32(n)) }
func stringLiteral(s string) *expr.Literal { return constantOf(types.StringType, s) }
func nullLiteral(t *types.Type) expr.Expr  { return &expr.Literal{Value: vector.NullConst(t, 1)} }
func booleanLiteral(b bool) *expr.Literal  { return constantOf(types.BooleanType, b) }
func longLiteral(n int64) *expr.Literal    { return constantOf(types.LongType, n) }
func literalValue(e expr.Expr) (any, bool) {
	l, ok := e.(*expr.Literal)
	if !ok {
		return nil, false
	}
	return l.Value.Value(0), true
}

func (a *Analyzer) literal(x *ast.Literal) (expr.Expr, error) {
	switch x.Kind {
	case ast.LitNull:
		return nullLiteral(types.NullType), nil
	case ast.LitBool:
		return constantOf(types.BooleanType, x.Value), nil
	case ast.LitTinyInt:
		return constantOf(types.ByteType, x.Value), nil
	case ast.LitSmallInt:
		return constantOf(types.ShortType, x.Value), nil
	case ast.LitInt:
		return constantOf(types.IntType, x.Value), nil
	case ast.LitBigInt:
		return constantOf(types.LongType, x.Value), nil
	case ast.LitFloat:
		return constantOf(types.FloatType, x.Value), nil
	case ast.LitDouble:
		return constantOf(types.DoubleType, x.Value), nil
	case ast.LitString:
		return constantOf(types.StringType, x.Value), nil
	case ast.LitBinary:
		return constantOf(types.BinaryType, x.Value), nil
	case ast.LitDecimal:
		return decimalLiteral(string(x.Value.(ast.Decimal)))
	case ast.LitDate:
		return a.typedLiteral(x, "DATE", types.DateType)
	case ast.LitTimestamp:
		if a.setting("spark.sql.timestampType") == "TIMESTAMP_NTZ" && !a.hasZone(x.Value.(string)) {
			return a.typedLiteral(x, "TIMESTAMP", types.TimestampNTZType)
		}
		return a.typedLiteral(x, "TIMESTAMP", types.TimestampType)
	case ast.LitTimestampNTZ:
		return a.typedLiteral(x, "TIMESTAMP_NTZ", types.TimestampNTZType)
	case ast.LitTimestampLTZ:
		return a.typedLiteral(x, "TIMESTAMP_LTZ", types.TimestampType)
	}
	return nil, sqlerr.Unsupported("the literal %s", x.Raw)
}

// hasZone says whether the text of a timestamp names a zone: what follows the time of day is not a digit, point or colon.
func (a *Analyzer) hasZone(text string) bool {
	i := strings.IndexByte(text, ':')
	return i >= 0 && strings.ContainsAny(text[i:], "+-ZzUGuga/")
}

// typedLiteral parses the text of DATE '…' and its kin as a cast does, and fails where the cast gives NULL.
func (a *Analyzer) typedLiteral(x *ast.Literal, name string, t *types.Type) (expr.Expr, error) {
	text := x.Value.(string)
	f, err := cast.Bind(types.StringType, t, cast.Try)
	if err != nil {
		return nil, err
	}
	if l := a.special(text, t); l != nil {
		return l, nil
	}
	v, err := f(a.fn, vector.ConstOf(types.StringType, text, 1))
	if err != nil || v.IsNull(0) {
		return nil, sqlerr.New("INVALID_TYPED_LITERAL", "valueType", `"`+name+`"`, "value", "'"+text+"'")
	}
	return a.zoned(&expr.Literal{Value: v}), nil
}

// zoned gives a timestamp literal its text in the session's zone.
func (a *Analyzer) zoned(l *expr.Literal) expr.Expr {
	if l.Value.Type.Kind != types.Timestamp || l.Value.IsNull(0) {
		return l
	}
	if f, err := cast.Bind(types.TimestampType, types.StringType, cast.Legacy); err == nil {
		if s, err := f(a.fn, l.Value); err == nil {
			l.Text = "TIMESTAMP '" + s.Value(0).(string) + "'"
		}
	}
	return l
}

// special is a literal of one of the words epoch, now, today, yesterday and tomorrow; nil for other texts. A zone may follow,
// which must be one and means nothing.
func (a *Analyzer) special(text string, t *types.Type) expr.Expr {
	word, zone, _ := strings.Cut(strings.TrimSpace(text), " ")
	place := a.fn.Zone
	if zone = strings.TrimSpace(zone); zone != "" {
		if _, err := cast.ParseZone(zone); err != nil {
			return nil
		}
	}
	now := a.fn.Now.In(place)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, place)
	switch strings.ToLower(word) {
	case "epoch":
		midnight = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		if t.Kind == types.Timestamp {
			return a.zoned(constantOf(t, int64(0)))
		}
	case "now":
		if t.Kind != types.Date {
			midnight = now
		}
	case "today":
	case "yesterday":
		midnight = midnight.AddDate(0, 0, -1)
	case "tomorrow":
		midnight = midnight.AddDate(0, 0, 1)
	default:
		return nil
	}
	wall := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), midnight.Hour(), midnight.Minute(), midnight.Second(), midnight.Nanosecond(), time.UTC)
	switch t.Kind {
	case types.Date:
		return constantOf(t, int32(wall.Unix()/(24*60*60)))
	case types.TimestampNTZ:
		return constantOf(t, wall.UnixMicro())
	}
	return a.zoned(constantOf(t, midnight.UnixMicro()))
}

// decimalLiteral has the type of its own digits: 1.50 is decimal(3,2).
func decimalLiteral(text string) (expr.Expr, error) {
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		n, err := strconv.Atoi(text[i+1:])
		if err != nil {
			return nil, sqlerr.New("INVALID_NUMERIC_LITERAL_RANGE", "rawStrippedQualifier", text, "minValue", "", "maxValue", "", "typeName", "decimal")
		}
		mantissa, exponent = text[:i], n
	}
	scale := 0
	digits := mantissa
	if i := strings.IndexByte(mantissa, '.'); i >= 0 {
		scale = len(mantissa) - i - 1
		digits = mantissa[:i] + mantissa[i+1:]
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return nil, sqlerr.Internal("decimal literal %s", text)
	}
	if scale -= exponent; scale < 0 {
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-scale)), nil))
		scale = 0
	}
	precision := max(len(new(big.Int).Abs(n).String()), scale)
	if precision > types.MaxPrecision {
		return nil, sqlerr.New("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "precision", strconv.Itoa(precision), "maxPrecision", strconv.Itoa(types.MaxPrecision))
	}
	v, _ := types.Int128FromBig(n)
	l := constantOf(types.NewDecimal(precision, scale), v)
	if count := len(new(big.Int).Abs(n).String()); count-1-scale < -6 {
		l.Text = scientific(n, count, scale)
	}
	return l, nil
}

// scientific is a small decimal as it prints: with an exponent below -6.
func scientific(n *big.Int, count, scale int) string {
	text := new(big.Int).Abs(n).String()
	if count > 1 {
		text = text[:1] + "." + text[1:]
	}
	if n.Sign() < 0 {
		text = "-" + text
	}
	return text + "E" + strconv.Itoa(count-1-scale)
}

func (a *Analyzer) interval(x *ast.Interval) (expr.Expr, error) {
	if a.enabled("spark.sql.legacy.interval.enabled", false) {
		if x.From != "" {
			const day = 24 * 60 * 60 * 1000000
			return constantOf(types.CalendarType, types.Interval{Months: x.Value.Months, Days: int32(x.Value.Micros / day), Micros: x.Value.Micros % day}), nil
		}
		text := x.Text
		for _, p := range x.Parts {
			text += p.Value + " " + p.Unit + " "
		}
		if v, err := cast.ParseInterval(strings.TrimSpace(text)); err == nil {
			return constantOf(types.CalendarType, v), nil
		}
	}
	switch x.Type.Kind {
	case types.YearMonth:
		return constantOf(x.Type, x.Value.Months), nil
	case types.DayTime:
		return constantOf(x.Type, x.Value.Micros), nil
	}
	return constantOf(x.Type, x.Value), nil
}

func (a *Analyzer) parameter(x *ast.Param) (expr.Expr, error) {
	v := a.env.Parameter(x.Name, x.Index)
	if v == nil {
		name := x.Name
		if name == "" {
			name = "_" + strconv.Itoa(x.Index)
		}
		return nil, sqlerr.New("UNBOUND_SQL_PARAMETER", "name", name)
	}
	return &expr.Literal{Value: v}, nil
}

// constantString evaluates an expression that must be a constant string, such as the argument of IDENTIFIER.
func (a *Analyzer) constantString(e ast.Expr) (string, error) {
	r := &resolver{a: a, block: &block{}}
	x, err := r.expr(e)
	if err != nil {
		return "", err
	}
	v, err := a.operand(x)
	switch {
	case err != nil:
		return "", at(err, e.Pos())
	case v == nil:
		return "", sqlerr.New("NOT_A_CONSTANT_STRING.NOT_CONSTANT", "name", "IDENTIFIER", "expr", quoted(x)).At(e.Pos())
	case v.IsNull(0):
		return "", sqlerr.New("NOT_A_CONSTANT_STRING.NULL", "name", "IDENTIFIER", "expr", quoted(x)).At(e.Pos())
	}
	s, ok := v.Value(0).(string)
	if !ok {
		return "", sqlerr.New("NOT_A_CONSTANT_STRING.WRONG_TYPE", "name", "IDENTIFIER", "expr", quoted(x), "dataType", quotedType(x.Type())).At(e.Pos())
	}
	return s, nil
}

// dynamicName is the name that IDENTIFIER(expression) gives.
func (a *Analyzer) dynamicName(e ast.Expr) ([]string, error) {
	s, err := a.constantString(e)
	if err != nil {
		return nil, err
	}
	parts, ok := splitName(s)
	if !ok {
		return nil, sqlerr.New("PARSE_SYNTAX_ERROR", "error", "'"+s+"'", "hint", "").At(e.Pos())
	}
	return parts, nil
}

// nameOf gives the parts of a name, evaluating IDENTIFIER.
func (a *Analyzer) nameOf(n ast.Name) ([]string, error) {
	if n.Dynamic != nil {
		return a.dynamicName(n.Dynamic)
	}
	return n.Strings(), nil
}

// splitName splits a.`b.c`.d into its parts.
func splitName(s string) ([]string, bool) {
	var parts []string
	for i := 0; ; {
		var b strings.Builder
		quoted := i < len(s) && s[i] == '`'
		if quoted {
			for i++; ; i++ {
				if i >= len(s) {
					return nil, false
				}
				if s[i] == '`' {
					if i+1 >= len(s) || s[i+1] != '`' {
						break
					}
					i++
				}
				b.WriteByte(s[i])
			}
			i++
		} else {
			for ; i < len(s) && s[i] != '.'; i++ {
				c := s[i]
				if c != '_' && c != '-' && c < 0x80 && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
					return nil, false
				}
				b.WriteByte(c)
			}
		}
		if b.Len() == 0 && !quoted {
			return nil, false
		}
		parts = append(parts, b.String())
		if i == len(s) {
			return parts, true
		}
		if s[i] != '.' {
			return nil, false
		}
		i++
	}
}
