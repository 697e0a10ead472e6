package engine

import (
	"strings"
	"sync"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// tempView is a temporary view: a query, or files with a format.
type tempView struct {
	name     string
	columns  []ast.ViewColumn
	comment  string
	query    *ast.Query // parsed text; nil for a view over files
	text     string
	database string // the current one when it was made
	schema   *types.Type
	// queryColumns are the names of the query's columns; nil where they are not different from one another.
	queryColumns []string
	table        catalog.Table // CREATE TEMPORARY VIEW … USING
	kept         *keptResult   // the rows of a temporary load
	global       bool
	props        map[string]string
}

// forget gives back what the view holds, once nobody finds it any more.
func (v *tempView) forget() {
	if v != nil && v.kept != nil {
		v.kept.drop()
	}
}

// globalViews are shared by all sessions of an engine.
type globalViews struct {
	mu    sync.RWMutex
	views map[string]*tempView
}

func (s *Session) temporaryViews() map[string]*tempView {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make(map[string]*tempView, len(s.views))
	for k, v := range s.views {
		out[k] = v
	}
	return out
}

func (s *Session) temporaryView(name string) *tempView {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.views[strings.ToLower(name)]
}

func (e *Engine) globalView(name string) *tempView {
	e.globals.mu.RLock()
	defer e.globals.mu.RUnlock()
	return e.globals.views[strings.ToLower(name)]
}

func (e *Engine) globalViewList() []*tempView {
	e.globals.mu.RLock()
	defer e.globals.mu.RUnlock()
	var out []*tempView
	for _, v := range e.globals.views {
		out = append(out, v)
	}
	return out
}

// addView enters a temporary view; TEMP_TABLE_OR_VIEW_ALREADY_EXISTS unless it may replace one.
func (s *Session) addView(v *tempView, replace bool) error {
	views, mu, name := s.views, &s.mu, quoted(v.name)
	if v.global {
		views, mu, name = s.engine.globals.views, &s.engine.globals.mu, quoted(globalTemp, v.name)
	}
	mu.Lock()
	defer mu.Unlock()
	key := strings.ToLower(v.name)
	before, there := views[key]
	if there && !replace {
		return sqlerr.New("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", "relationName", name)
	}
	views[key] = v
	before.forget()
	return nil
}

// dropView removes a temporary view and says whether there was one.
func (s *Session) dropView(name string, global bool) bool {
	views, mu := s.views, &s.mu
	if global {
		views, mu = s.engine.globals.views, &s.engine.globals.mu
	}
	mu.Lock()
	defer mu.Unlock()
	key := strings.ToLower(name)
	v, there := views[key]
	delete(views, key)
	v.forget()
	return there
}

// dropViews drops the temporary views of a session that has ended.
func (s *Session) dropViews() {
	for _, v := range s.temporaryViews() {
		s.dropView(v.name, false)
	}
}
