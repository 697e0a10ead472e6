package analyzer

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

// How calls print in generated column names. Most print as they are called, in lower case; the tables hold the others.

func itoa(n int) string { return strconv.Itoa(n) }

// shouted are the functions that print in upper case, and those whose aliases print as them.
var shouted = map[string]string{
	"acos": "ACOS", "acosh": "ACOSH", "asin": "ASIN", "asinh": "ASINH", "atan": "ATAN", "atanh": "ATANH",
	"atan2": "ATAN2", "cbrt": "CBRT", "ceil": "CEIL", "cos": "COS", "cosh": "COSH", "cot": "COT", "csc": "CSC", "degrees": "DEGREES",
	"e": "E", "exp": "EXP", "expm1": "EXPM1", "floor": "FLOOR", "hypot": "HYPOT", "log": "LOG", "log10": "LOG10", "log1p": "LOG1P",
	"log2": "LOG2", "pi": "PI", "power": "POWER", "radians": "RADIANS", "sec": "SEC", "signum": "SIGNUM", "sin": "SIN", "sinh": "SINH",
	"sqrt": "SQRT", "tan": "TAN", "tanh": "TANH",
}

// identityLambda is the last step of aggregate where none is given, defaultOrder the comparator of array_sort.
const (
	identityLambda = "lambdafunction(namedlambdavariable(), namedlambdavariable())"
	defaultOrder   = "lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() IS NULL), 1, " +
		"(IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, 0)))))))))), " +
		"namedlambdavariable(), namedlambdavariable())"
)

// filledIn are the arguments that print though they were left out: f(a, b) with the third default prints it.
var filledIn = map[string][]string{
	"round":              {"", "0"},
	"bround":             {"", "0"},
	"substring":          {"", "", "2147483647"},
	"substr":             {"", "", "2147483647"},
	"split":              {"", "", "-1"},
	"regexp_replace":     {"", "", "", "1"},
	"regexp_extract":     {"", "", "1"},
	"regexp_extract_all": {"", "", "1"},
	"regexp_instr":       {"", "", "0"},
	"locate":             {"", "", "1"},
	"position":           {"", "", "1"},
	"unix_timestamp":     {"current_timestamp()", "yyyy-MM-dd HH:mm:ss"},
	"to_unix_timestamp":  {"", "yyyy-MM-dd HH:mm:ss"},
	"from_unixtime":      {"", "yyyy-MM-dd HH:mm:ss"},
	"months_between":     {"", "", "true"},
	"sort_array":         {"", "true"},
	"str_to_map":         {"", ",", ":"},
	"sentences":          {"", "", ""},
	"percentile":         {"", "", "1"},
	"percentile_approx":  {"", "", "10000"},
	"approx_percentile":  {"", "", "10000"},
	"lag":                {"", "1", "NULL"},
	"lead":               {"", "1", "NULL"},
	"mask":               {"", "X", "x", "n", "NULL"},
	"replace":            {"", "", ""},
	"aggregate":          {"", "", "", identityLambda},
	"reduce":             {"", "", "", identityLambda},
	"array_sort":         {"", defaultOrder},
	"make_interval":      {"0", "0", "0", "0", "0", "0", "0.000000"},
	"make_dt_interval":   {"0", "0", "0", "0.000000"},
	"make_ym_interval":   {"0", "0"},
}

// shortened are the functions that print some of their arguments only.
var shortened = map[string]int{
	"from_json": 1, "from_csv": 1, "to_json": 1, "to_csv": 1, "schema_of_json": 1, "schema_of_csv": 1, "first": 1, "last": 1,
	"first_value": 1, "last_value": 1, "any_value": 1, "approx_count_distinct": 1,
}

// callText is how a call of a scalar function prints, "" where it prints by default.
func callText(used, name string, args []expr.Expr) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.String()
	}
	switch used {
	case "isnull", "isnotnull":
		word := " IS NULL)"
		if used == "isnotnull" {
			word = " IS NOT NULL)"
		}
		return "(" + texts[0] + word
	case "div":
		return "(" + strings.Join(texts, " div ") + ")"
	case "to_varchar":
		used = "to_char"
	case "like":
		return texts[0] + " LIKE " + texts[1]
	case "rlike", "regexp", "regexp_like":
		return strings.ToUpper(used) + "(" + strings.Join(texts, ", ") + ")"
	case "positive":
		return "(+ " + texts[0] + ")"
	case "not":
		return "(NOT " + texts[0] + ")"
	case "ltrim", "rtrim", "trim":
		if len(texts) == 2 {
			side := map[string]string{"ltrim": "LEADING", "rtrim": "TRAILING", "trim": "BOTH"}[used]
			return "TRIM(" + side + " " + texts[0] + " FROM " + texts[1] + ")"
		}
	case "lpad", "rpad":
		if len(texts) == 2 {
			fill := " "
			if args[0].Type().Kind == types.Binary {
				fill = "X'00'"
			}
			texts = append(texts, fill)
		}
	case "log":
		if len(texts) == 1 {
			texts = append([]string{"E()"}, texts...)
		}
	}
	printed := used
	if s, ok := shouted[used]; ok {
		printed = s
	}
	texts = arrange(used, texts)
	if printed == name && len(texts) == len(args) {
		return ""
	}
	return printed + "(" + strings.Join(texts, ", ") + ")"
}

// arrange adds the defaults that print and takes away the arguments that do not.
func arrange(name string, texts []string) []string {
	if fill := filledIn[name]; len(texts) < len(fill) {
		texts = append(append([]string{}, texts...), fill[len(texts):]...)
	}
	if n, ok := shortened[name]; ok && len(texts) > n {
		texts = texts[:n]
	}
	return texts
}

// aggregateText is how an aggregate function prints.
func aggregateText(used, name string, args []expr.Expr, distinct bool) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.String()
	}
	texts = arrange(used, texts)
	word := ""
	if distinct {
		word = "DISTINCT "
	}
	if used == "" {
		used = name
	}
	return used + "(" + word + strings.Join(texts, ", ") + ")"
}
