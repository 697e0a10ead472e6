package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// plainTypes are the types without parameters.
var plainTypes = map[string]*types.Type{
	"BOOLEAN": types.BooleanType, "TINYINT": types.ByteType, "BYTE": types.ByteType, "SMALLINT": types.ShortType, "SHORT": types.ShortType,
	"INT": types.IntType, "INTEGER": types.IntType, "BIGINT": types.LongType, "LONG": types.LongType, "FLOAT": types.FloatType,
	"REAL": types.FloatType, "DOUBLE": types.DoubleType, "DATE": types.DateType, "TIMESTAMP": types.TimestampType,
	"TIMESTAMP_NTZ": types.TimestampNTZType, "TIMESTAMP_LTZ": types.TimestampType, "STRING": types.StringType, "BINARY": types.BinaryType,
	"VOID": types.NullType, "VARIANT": types.VariantType,
}

// sizedTypes are the types with parameters in parentheses.
var sizedTypes = map[string]func(p *parser, first token.Token, size []int64) *types.Type{
	"DECIMAL": (*parser).decimalType, "DEC": (*parser).decimalType, "NUMERIC": (*parser).decimalType,
	"CHAR": (*parser).charType, "CHARACTER": (*parser).charType, "VARCHAR": (*parser).charType,
}

// dataType reads a type.
func (p *parser) dataType() *types.Type {
	p.nest()
	defer func() { p.nesting-- }()
	first := p.at()
	if !p.isIdent(first) {
		p.unexpected("a type")
	}
	p.pos++
	word := strings.ToUpper(p.textOf(first))
	switch word {
	case "ARRAY":
		return p.arrayType(first)
	case "MAP":
		return p.mapType(first)
	case "STRUCT":
		return p.structType(first)
	case "INTERVAL":
		return p.intervalType()
	}
	var size []int64
	if p.isSymbol("(") && p.peek(1).Kind == token.Integer {
		size = parenList(p, p.integer)
	}
	if read := sizedTypes[word]; read != nil {
		return read(p, first, size)
	}
	t := plainTypes[word]
	if t == nil || len(size) > 0 {
		name := p.text[first.Start:p.previous().Stop]
		e := sqlerr.New("UNSUPPORTED_DATATYPE", "typeName", `"`+strings.ToUpper(name)+`"`).At(p.span(first).Position)
		if near := nearest(word, typeWords); near != "" {
			e.Hint = "Did you mean " + near + "?"
		}
		p.raise(e)
	}
	if p.TimestampNTZ && word == "TIMESTAMP" {
		return types.TimestampNTZType
	}
	return t
}

// typeWords are the names of types, for hints.
var typeWords = func() (words []string) {
	for w := range plainTypes {
		words = append(words, w)
	}
	for w := range sizedTypes {
		words = append(words, w)
	}
	return words
}()

func (p *parser) decimalType(first token.Token, size []int64) *types.Type {
	precision, scale := int64(10), int64(0)
	switch len(size) {
	case 0:
	case 1:
		precision = size[0]
	case 2:
		precision, scale = size[0], size[1]
	default:
		p.fail(first, "UNSUPPORTED_DATATYPE", "typeName", `"`+strings.ToUpper(string(p.source(first)))+`"`)
	}
	if precision > types.MaxPrecision {
		p.fail(first, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "precision", itoa(int(precision)), "maxPrecision", itoa(types.MaxPrecision))
	}
	if scale > precision {
		p.fail(first, "_LEGACY_ERROR_TEMP_1228", "scale", itoa(int(scale)), "precision", itoa(int(precision)))
	}
	return types.NewDecimal(int(precision), int(scale))
}

func (p *parser) charType(first token.Token, size []int64) *types.Type {
	word := strings.ToUpper(p.textOf(first))
	if len(size) != 1 {
		p.fail(first, "DATATYPE_MISSING_SIZE", "type", `"`+word+`"`)
	}
	if size[0] < 1 || size[0] > 1<<31-1 {
		p.fail(first, "UNSUPPORTED_DATATYPE", "typeName", `"`+strings.ToUpper(string(p.source(first)))+`"`)
	}
	if word == "VARCHAR" {
		return types.NewVarchar(int(size[0]))
	}
	return types.NewChar(int(size[0]))
}

// angle reads <, or says that the type is not complete.
func (p *parser) angle(first token.Token) {
	if !p.acceptSymbol("<") {
		p.fail(first, "INCOMPLETE_TYPE_DEFINITION."+strings.ToUpper(p.textOf(first)))
	}
}

func (p *parser) arrayType(first token.Token) *types.Type {
	p.angle(first)
	elem := p.dataType()
	p.expectSymbol(">")
	return types.NewArray(elem, true)
}

func (p *parser) mapType(first token.Token) *types.Type {
	p.angle(first)
	key := p.dataType()
	p.expectSymbol(",")
	value := p.dataType()
	p.expectSymbol(">")
	return types.NewMap(key, value, true)
}

func (p *parser) structType(first token.Token) *types.Type {
	if p.acceptSymbol("<>") {
		return types.NewStruct()
	}
	p.angle(first)
	if p.acceptSymbol(">") {
		return types.NewStruct()
	}
	fields := p.structFields()
	p.expectSymbol(">")
	return types.NewStruct(fields...)
}

// structFields reads name [:] type [NOT NULL] [COMMENT '...'], separated by commas.
func (p *parser) structFields() []types.Field {
	return list(p, func() types.Field {
		f := types.Field{Name: p.ident().Text, Nullable: true}
		p.acceptSymbol(":")
		f.Type = p.dataType()
		if p.accept("NOT", "NULL") {
			f.Nullable = false
		}
		if c := p.optionalStr("COMMENT"); c != nil {
			f.Metadata = map[string]any{"comment": *c}
		}
		return f
	})
}

// intervalType reads INTERVAL, INTERVAL YEAR, INTERVAL DAY TO SECOND and the like.
func (p *parser) intervalType() *types.Type {
	from, ok := intervalTypeUnits[p.at().Keyword()]
	if !ok {
		return types.CalendarType
	}
	p.pos++
	to := from
	if p.accept("TO") {
		word := p.at()
		if to, ok = intervalTypeUnits[word.Keyword()]; !ok {
			p.unexpected("MONTH", "HOUR", "MINUTE", "SECOND")
		}
		p.pos++
		if to <= from || (from <= types.UnitMonth) != (to <= types.UnitMonth) {
			p.fail(word, "_LEGACY_ERROR_TEMP_0028", "from", from.String(), "to", to.String())
		}
	}
	if from <= types.UnitMonth {
		return types.NewYearMonth(from, to)
	}
	return types.NewDayTime(from, to)
}

var intervalTypeUnits = map[string]types.IntervalUnit{
	"YEAR": types.UnitYear, "MONTH": types.UnitMonth, "DAY": types.UnitDay,
	"HOUR": types.UnitHour, "MINUTE": types.UnitMinute, "SECOND": types.UnitSecond,
	"YEARS": types.UnitYear, "MONTHS": types.UnitMonth, "DAYS": types.UnitDay, "HOURS": types.UnitHour, "MINUTES": types.UnitMinute, "SECONDS": types.UnitSecond,
}
