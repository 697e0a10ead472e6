package text

import (
	"net/url"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "url_encode", MinArgs: 1, MaxArgs: 1, Since: "3.4.0",
			Doc:     "str as it stands in a form or a query of a URL.",
			Usage:   "url_encode(str)",
			Example: "> SELECT url_encode('https://spark.apache.org');\n https%3A%2F%2Fspark.apache.org",
			Bind: bind.Simple("url_encode", types.StringType, false, bind.Append1(types.StringType, func(_ *function.Context, dst, s []byte) ([]byte, error) {
				return urlEncode(dst, s), nil
			}), types.StringFamily),
		},
		&function.Scalar{
			Name: "url_decode", MinArgs: 1, MaxArgs: 1, Since: "3.4.0",
			Doc:     "The text of a URL-encoded str.",
			Usage:   "url_decode(str)",
			Example: "> SELECT url_decode('https%3A%2F%2Fspark.apache.org');\n https://spark.apache.org",
			Bind: bind.Simple("url_decode", types.StringType, false, bind.Append1(types.StringType, func(_ *function.Context, dst, s []byte) ([]byte, error) {
				out, err := url.QueryUnescape(string(s))
				if err != nil {
					return dst, sqlerr.New("CANNOT_DECODE_URL", "url", string(s))
				}
				return append(dst, out...), nil
			}), types.StringFamily),
		},
		&function.Scalar{
			Name: "parse_url", MinArgs: 2, MaxArgs: 3, Since: "2.0.0",
			Doc:     "A part of a URL: HOST, PATH, QUERY (with key one parameter of it), REF, PROTOCOL, FILE, AUTHORITY or USERINFO.",
			Usage:   "parse_url(url, partToExtract[, key])",
			Example: "> SELECT parse_url('http://spark.apache.org/path?query=1', 'HOST');\n spark.apache.org",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("parse_url", args, ansi, types.StringFamily)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: in, Return: types.StringType, Nullable: true, Eval: parseURL(ansi)}, nil
			},
		},
	)
}

// urlEncode is Java's URLEncoder: letters, digits and .-*_ stay, a space becomes +.
func urlEncode(dst, s []byte) []byte {
	const hexDigits = "0123456789ABCDEF"
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '*' || c == '_':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

func parseURL(ansi bool) function.Eval {
	return bind.Rows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		return func(i int, out *vector.Builder) error {
			u, ok := cutURL(string(args[0].Bytes(i)))
			if !ok {
				if ansi {
					return sqlerr.New("INVALID_URL", "url", string(args[0].Bytes(i)), "ansiConfig", `"spark.sql.ansi.enabled"`)
				}
				return bind.ErrNull
			}
			what := string(args[1].Bytes(i))
			part := u.part(what)
			if len(args) > 2 {
				if what != "QUERY" || part == nil {
					return bind.ErrNull
				}
				key := string(args[2].Bytes(i))
				for _, kv := range strings.Split(*part, "&") {
					if k, v, has := strings.Cut(kv, "="); has && k == key {
						out.AppendString(v)
						return nil
					}
				}
				return bind.ErrNull
			}
			if part == nil {
				return bind.ErrNull
			}
			out.AppendString(*part)
			return nil
		}, nil
	})
}

// uri holds the raw parts of a URI; nil where there is none.
type uri struct{ scheme, authority, userInfo, host, path, query, fragment *string }

// cutURL cuts a URI as java.net.URI does; ok is false for characters that may not stand in one.
func cutURL(s string) (u uri, ok bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}' || c == 127 {
			return u, false
		}
		if c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			return u, false
		}
	}
	if before, after, has := strings.Cut(s, "#"); has {
		s, u.fragment = before, &after
	}
	if i := strings.IndexAny(s, ":/?"); i > 0 && s[i] == ':' {
		scheme := s[:i]
		u.scheme, s = &scheme, s[i+1:]
		if s == "" {
			return u, false
		}
		if s[0] != '/' {
			return u, true // opaque: mailto:x
		}
	}
	if before, after, has := strings.Cut(s, "?"); has {
		s, u.query = before, &after
	}
	if rest, has := strings.CutPrefix(s, "//"); has {
		auth := rest
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			auth, s = rest[:i], rest[i:]
		} else {
			s = ""
		}
		if auth != "" {
			u.authority = &auth
			host := auth
			if i := strings.LastIndexByte(host, '@'); i >= 0 {
				info := host[:i]
				u.userInfo, host = &info, host[i+1:]
			}
			if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Trim(host[i+1:], "0123456789") == "" {
				host = host[:i]
			}
			if validHost(host) {
				u.host = &host
			} else {
				u.userInfo = nil
			}
		}
	}
	u.path = &s
	return u, true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func validHost(h string) bool {
	if strings.HasPrefix(h, "[") {
		return strings.HasSuffix(h, "]")
	}
	for i := 0; i < len(h); i++ {
		c := h[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.') {
			return false
		}
	}
	return h != "" && h[0] != '-' && h[len(h)-1] != '-'
}

func (u *uri) part(name string) *string {
	switch name {
	case "HOST":
		return u.host
	case "PATH":
		return u.path
	case "QUERY":
		return u.query
	case "REF":
		return u.fragment
	case "PROTOCOL":
		return u.scheme
	case "AUTHORITY":
		return u.authority
	case "USERINFO":
		return u.userInfo
	case "FILE":
		if u.path != nil && u.query != nil {
			f := *u.path + "?" + *u.query
			return &f
		}
		return u.path
	}
	return nil
}
