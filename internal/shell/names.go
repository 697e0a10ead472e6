package shell

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// namesTimeout is how long a person waits at most for names to complete with.
const namesTimeout = 2 * time.Second

// names are what completion knows of the warehouse: asked for when they are first wanted, kept until a statement may
// have changed them.
type names struct {
	backend Backend
	mu      sync.Mutex
	lists   map[string][]string
}

func newNames(b Backend) *names { return &names{backend: b, lists: map[string][]string{}} }

func (n *names) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	functions := n.lists[showFunctions]
	n.lists = map[string][]string{}
	if functions != nil {
		n.lists[showFunctions] = functions
	}
}

const showFunctions = "SHOW FUNCTIONS"

// list gives one column of a statement's result, "" for the first; nothing where it fails.
func (n *names) list(sql, named string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if list, ok := n.lists[sql]; ok {
		return list
	}
	ctx, cancel := context.WithTimeout(context.Background(), namesTimeout)
	defer cancel()
	list, err := column(ctx, n.backend, sql, named)
	if err == nil || ctx.Err() == nil { // a table that is not there is not asked for again
		n.lists[sql] = list
	}
	return list
}

func (n *names) databases() []string { return n.list("SHOW DATABASES", "") }
func (n *names) functions() []string { return n.list(showFunctions, "") }

// tables lists tables and views of a database, "" for the current one.
func (n *names) tables(database string) []string {
	sql := "SHOW TABLES"
	if database != "" {
		sql += " IN " + quote(database)
	}
	return n.list(sql, "tableName")
}

// columns lists the columns of a table that is written as in a statement.
func (n *names) columns(table string) []string { return n.list("SHOW COLUMNS IN "+table, "") }

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// column runs a statement and gives one column of its result as text: the one of a name, or the first.
func column(ctx context.Context, b Backend, sql, named string) ([]string, error) {
	st, err := b.Prepare(ctx, sql)
	if err != nil {
		return nil, err
	}
	rows, err := st.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := 0
	if named != "" {
		if at = rows.Schema().FieldIndex(named); at < 0 {
			return nil, fmt.Errorf("%s gives no column %s", sql, named)
		}
	}
	var out []string
	for {
		batch, err := rows.Next(ctx)
		if err != nil {
			return nil, err
		}
		if batch == nil {
			return out, nil
		}
		c := batch.Column(at)
		for i := range batch.Len() {
			if !c.IsNull(i) {
				out = append(out, fmt.Sprint(c.Value(i)))
			}
		}
	}
}

// firstWord is the word that a statement begins with.
func firstWord(sql string) string {
	end := strings.IndexFunc(sql, func(r rune) bool { return !isWord(r) })
	if end < 0 {
		end = len(sql)
	}
	return sql[:end]
}

// changesNames says whether a statement may make or drop names, as far as its first word tells.
func changesNames(sql string) bool {
	switch strings.ToUpper(firstWord(sql)) {
	case "SELECT", "WITH", "VALUES", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "SET":
		return false
	}
	return true
}
