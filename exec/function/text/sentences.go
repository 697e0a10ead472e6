package text

import (
	"unicode"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	ret := types.NewArray(types.NewArray(types.StringType, false), false)
	bind.Scalars(&function.Scalar{
		Name: "sentences", MinArgs: 1, MaxArgs: 3, Since: "2.0.0", Nulls: function.NullByFunction,
		Doc:     "The words of each sentence of a text.",
		Usage:   "sentences(str[, lang, country])",
		Example: "> SELECT sentences('Hi there! Good morning.');\n [[\"Hi\",\"there\"],[\"Good\",\"morning\"]]",
		Bind: bind.Simple("sentences", ret, true, bind.AllRows(ret, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
			return func(i int, out *vector.Builder) error {
				if args[0].IsNull(i) {
					return bind.ErrNull
				}
				all := sentences(string(args[0].Bytes(i)))
				for _, words := range all {
					for _, w := range words {
						out.Child(0).Child(0).AppendString(w)
					}
					out.Child(0).AppendList(len(words))
				}
				out.AppendList(len(all))
				return nil
			}, nil
		}), types.StringFamily),
	})
}

// sentences cuts a text into sentences, which end at . ! or ? before white space (and, after a point, no small letter),
// or at an empty line, and those into words of letters, digits and the marks that may stand within them.
func sentences(s string) [][]string {
	var out [][]string
	words := []string{}
	r := []rune(s)
	isPart := func(i int) bool {
		return unicode.IsLetter(r[i]) || unicode.IsDigit(r[i]) || unicode.IsMark(r[i]) || r[i] == '_'
	}
	any := false
	end := func() {
		if any {
			out = append(out, words)
		}
		words, any = []string{}, false
	}
	for i := 0; i < len(r); {
		if isPart(i) {
			from := i
			for i++; i < len(r); i++ {
				inner := (r[i] == '\'' || r[i] == '’' || r[i] == '.' || r[i] == ',') && i+1 < len(r) && isPart(i+1)
				if r[i] == ',' && inner {
					inner = unicode.IsDigit(r[i-1]) && unicode.IsDigit(r[i+1])
				}
				if !isPart(i) && !inner {
					break
				}
			}
			if unicode.IsLetter(r[from]) || unicode.IsDigit(r[from]) {
				words = append(words, string(r[from:i]))
			}
			any = true
			continue
		}
		c := r[i]
		i++
		if !unicode.IsSpace(c) {
			any = true
		}
		switch c {
		case '!', '?', '.', '…', '。', '！', '？':
			next := i
			for next < len(r) && unicode.IsSpace(r[next]) {
				next++
			}
			wide := c == '。' || c == '！' || c == '？'
			if next > i && !(c == '.' && next < len(r) && unicode.IsLower(r[next])) || wide || next == len(r) {
				end()
			}
		case '\n':
			if i < len(r) && r[i] == '\n' {
				end()
			}
		}
	}
	end()
	return out
}
