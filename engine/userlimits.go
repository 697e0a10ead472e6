package engine

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// userLimit is a limit by the name that SET LIMIT and the users' file give it: how a value is read, and where it goes.
var userLimit = map[string]func(l *Limits, value string) error{
	"memory": func(l *Limits, v string) (err error) { l.Memory, err = ParseSize(v); return err },
	"rows":   func(l *Limits, v string) (err error) { l.Rows, err = strconv.ParseInt(v, 10, 64); return err },
	"scanned-bytes": func(l *Limits, v string) (err error) {
		l.ScannedBytes, err = ParseSize(v)
		return err
	},
	"time":    func(l *Limits, v string) (err error) { l.Time, err = time.ParseDuration(v); return err },
	"running": func(l *Limits, v string) (err error) { l.Running, err = strconv.Atoi(v); return err },
	"queued":  func(l *Limits, v string) (err error) { l.Queued, err = strconv.Atoi(v); return err },
}

// negative says whether any limit is below none.
func (l Limits) negative() bool {
	return l.Memory < 0 || l.Rows < 0 || l.ScannedBytes < 0 || l.Time < 0 || l.Running < 0 || l.Queued < 0
}

// LimitsText is limits by name as users and groups keep them, checked.
func LimitsText(limits map[string]string) (string, error) {
	for _, name := range sortedKeys(limits) {
		var l Limits
		read, ok := userLimit[name]
		if !ok {
			return "", fmt.Errorf("there is no limit %q; there are %s", name, strings.Join(sortedKeys(userLimit), ", "))
		}
		if err := read(&l, limits[name]); err != nil || l.negative() {
			return "", fmt.Errorf("the limit %s cannot be %q", name, limits[name])
		}
	}
	if len(limits) == 0 {
		return "", nil
	}
	raw, err := json.Marshal(limits)
	return string(raw), err
}

// limitsByName reads what users and groups keep.
func limitsByName(text string) map[string]string {
	out := map[string]string{}
	if text != "" {
		_ = json.Unmarshal([]byte(text), &out) // what is kept was checked
	}
	return out
}

// changedLimits are the limits of a user or group after SET LIMIT or UNSET LIMIT.
func changedLimits(text, word string, list []ast.Property) (string, error) {
	limits := limitsByName(text)
	for _, l := range list {
		name := strings.ToLower(strings.ReplaceAll(l.Key, "_", "-"))
		if _, ok := userLimit[name]; !ok {
			return "", sqlerr.New("INVALID_PRINCIPAL", "value", types.Quote(l.Key), "reason", "there is no such limit; there are "+strings.Join(sortedKeys(userLimit), ", "))
		}
		if strings.HasPrefix(word, "UNSET") {
			delete(limits, name)
		} else {
			limits[name] = l.Value
		}
	}
	out, err := LimitsText(limits)
	if err != nil {
		return "", sqlerr.New("INVALID_PRINCIPAL", "value", "The limit", "reason", err.Error())
	}
	return out, nil
}

func limitsOfText(text string) (l Limits) {
	for name, value := range limitsByName(text) {
		if read, ok := userLimit[name]; ok {
			_ = read(&l, value)
		}
	}
	return l
}

// principalLimits are the limits of a session's user: their own, else the first that one of their groups has.
func (e *Engine) principalLimits(s *Session) Limits {
	w, ok := s.who()
	if !ok || s.options.Local {
		return Limits{}
	}
	policy := e.policy()
	var l Limits
	if u := policy.User(w.User); u != nil {
		l = limitsOfText(u.Limits)
	}
	for _, name := range w.Groups {
		if g := policy.Group(name); g != nil {
			l = l.Or(limitsOfText(g.Limits))
		}
	}
	return l
}
