package engine

import (
	"regexp"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
)

// reference is ${name} or ${prefix:name}, as Spark finds them: anywhere in the text, in literals too.
var reference = regexp.MustCompile(`\$\{(?:(\w+?):)?(\S+?)\}`)

// maxSubstitutions bounds how many references a statement may have, with those in the values of its variables: values
// that name each other twice would double at each step.
const maxSubstitutions = 10_000

// substitute replaces ${name} by the value of the setting of that name, as Spark does before it parses
// (spark.sql.variable.substitute): what is not set becomes nothing, values are substituted in turn. ${env:…} and
// ${system:…} are left alone: clients have no business in the server's environment.
func (s *Session) substitute(st *Statement, text string) (string, error) {
	if !strings.Contains(text, "${") || strings.EqualFold(s.setting(st, "spark.sql.variable.substitute"), "false") {
		return text, nil
	}
	left := maxSubstitutions
	return replaceReferences(text, func(name string) string { return s.setting(st, name) }, &left, nil)
}

// replaceReferences works on the text of a statement, or on the value of the variable named last in within.
func replaceReferences(text string, value func(string) string, left *int, within []string) (string, error) {
	var failure error
	out := reference.ReplaceAllStringFunc(text, func(found string) string {
		parts := reference.FindStringSubmatch(found)
		switch parts[1] {
		case "", "spark", "sparkconf", "hivevar", "hiveconf":
		default:
			return found
		}
		name := parts[2]
		if *left--; *left < 0 {
			failure = sqlerr.New("INVALID_SETTING", "key", name, "value", value(name), "reason", "there are too many references in it")
		}
		for _, outer := range within {
			if outer == name {
				failure = sqlerr.New("INVALID_SETTING", "key", name, "value", value(name), "reason", "it refers to itself")
			}
		}
		if failure != nil {
			return found
		}
		v, err := replaceReferences(value(name), value, left, append(within[:len(within):len(within)], name))
		if err != nil {
			failure = err
		}
		return v
	})
	return out, failure
}
