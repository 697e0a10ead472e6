package engine

import "regexp"

// redactions find secrets in the text of statements: what follows a name that is a secret's, and passwords inside of a Java
// login configuration.
var redactions = []*regexp.Regexp{
	regexp.MustCompile(`(?i)([\w.]*(?:password|secret|token|credential|access\.key|jaas\.config|keystore\.key|userinfo)[\w.]*['"\x60]?\s*(?:=>|=|,|\s)\s*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")`),
	regexp.MustCompile(`(?i)(\bpassword\s*=\s*)(?:\\?"[^"\\]*\\?"|[^\s;'"\\]+)`),
}

// redacted is a statement's text without secrets, for the history and the log.
func redacted(sql string) string {
	for _, r := range redactions {
		sql = r.ReplaceAllString(sql, "${1}'*********(redacted)'")
	}
	return sql
}
