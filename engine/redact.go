package engine

import (
	"regexp"
	"strings"
)

// hidden stands where a secret stood, as Spark writes it.
const hidden = "*********(redacted)"

// secretWords in the name of a setting, an option or a function's argument make its value a secret.
var secretWords = []string{
	"password", "passwd", "secret", "token", "credential", "access.key", "access_key", "accesskey", "api.key", "api_key", "apikey", "account.key", "private.key", "private_key",
	"jaas", "keystore.key", "truststore.key", "userinfo", "user.info",
}

// shown is the value of a setting, an option or a property as it may be shown.
func shown(key, value string) string {
	key = strings.ToLower(key)
	for _, w := range secretWords {
		if strings.Contains(key, w) {
			return hidden
		}
	}
	return value
}

// Parts of the expressions below: a name that is a secret's, what may stand between it and its value, and literals, also such as
// are not closed; of several beside each other SQL makes one.
const (
	gapPattern     = `(?:\s|/\*(?s:.*?)\*/|--[^\n]*\n)`
	literalPattern = `(?:[rR]?'(?:[^'\\]|\\(?s:.))*(?:'|$)|[rR]?"(?:[^"\\]|\\(?s:.))*(?:"|$))`
	valuePattern   = literalPattern + `(?:` + gapPattern + `*` + literalPattern + `)*`
)

var (
	secretName = func() string {
		words := make([]string, len(secretWords))
		for i, w := range secretWords {
			words[i] = regexp.QuoteMeta(w)
		}
		return `[\w.\-]*(?:` + strings.Join(words, "|") + `)[\w.\-]*['"\x60]?`
	}()

	// What follows the name of a secret; PASSWORD HASH too.
	namedSecret = regexp.MustCompile(`(?i)(` + secretName + gapPattern + `*(?:=>|==?|:|,|\)` + gapPattern + `*,)?` + gapPattern + `*(?:HASH\b` + gapPattern + `*)?)(` + valuePattern + `)`)
	// SET takes its value without quotes, up to the end.
	setSecret = regexp.MustCompile(`(?is)(^|;)(` + gapPattern + `*SET` + gapPattern + `+\x60?` + secretName + gapPattern + `*=` + gapPattern + `*)([^;]+)`)
	// Passwords inside of a Java login configuration or a URL.
	insideSecret = []*regexp.Regexp{
		regexp.MustCompile(`(?i)(\bpassword\s*=\s*)(\\?"[^"\\]*\\?"|[^\s;&'"\\*]+)`),
		regexp.MustCompile(`(?i)(\b[a-z][a-z0-9+.\-]*://[^\s:/@'"]*:)([^\s/@'"]+)@`),
	}
	// What is a secret, or a hash of one, wherever it stands.
	tokenSecret = regexp.MustCompile(`\bargan_[A-Za-z0-9_\-]{16,}|\$argon2id\$[^\s'"\x60]+|\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]*`)
)

// redacted is a statement's text without secrets, for the history, the logs and what is shown of others' statements.
func redacted(sql string) string {
	sql = setSecret.ReplaceAllString(sql, "${1}${2}'"+hidden+"'")
	sql = namedSecret.ReplaceAllString(sql, "${1}'"+hidden+"'")
	sql = insideSecret[0].ReplaceAllString(sql, "${1}'"+hidden+"'")
	sql = insideSecret[1].ReplaceAllString(sql, "${1}"+hidden+"@")
	return tokenSecret.ReplaceAllString(sql, hidden)
}

// shortSecret is from what length a secret is looked for without its quotes: a shorter one would be found in any text.
const shortSecret = 4

// withoutSecretsOf is a text about a statement, such as its error, without the statement's secrets: there they may stand without
// the names that tell what they are.
func withoutSecretsOf(sql, text string) string {
	text = redacted(text)
	for _, r := range []*regexp.Regexp{setSecret, namedSecret} {
		for _, m := range r.FindAllStringSubmatch(sql, -1) {
			value := m[len(m)-1]
			if strings.Contains(value, hidden) {
				continue
			}
			for _, literal := range append(literals.FindAllString(value, -1), strings.TrimSpace(value)) {
				if plain := strings.Trim(literal, `'"`); len(plain) >= shortSecret {
					text = strings.ReplaceAll(text, plain, hidden)
				} else if plain != literal && plain != "" {
					text = strings.ReplaceAll(text, literal, "'"+hidden+"'")
				}
			}
		}
	}
	return text
}

var literals = regexp.MustCompile(literalPattern)
