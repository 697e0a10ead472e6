package engine

import (
	"context"
	"sync"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// tableCache keeps one delta.Table per folder: it knows the newest snapshot and needs only the commits since.
type tableCache struct {
	mu     sync.Mutex
	tables map[string]*delta.Table
}

func newTableCache() *tableCache { return &tableCache{tables: map[string]*delta.Table{}} }

// keepTables bounds how many tables are remembered.
const keepTables = 4096

// open gives the table at a folder, whether or not there is one yet.
func (c *tableCache) open(files storage.Store, folder string) (*delta.Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.tables[folder]; ok {
		return t, nil
	}
	t, err := delta.Open(files, folder)
	if err != nil {
		return nil, err
	}
	if len(c.tables) >= keepTables {
		c.tables = map[string]*delta.Table{}
	}
	c.tables[folder] = t
	return t, nil
}

// delta gives the Delta table at a folder; DELTA_TABLE_NOT_FOUND or DELTA_MISSING_DELTA_TABLE when there is none.
func (c *tableCache) delta(ctx context.Context, files storage.Store, folder string, name []string) (catalog.Table, error) {
	t, err := c.open(files, folder)
	if err != nil {
		return nil, err
	}
	there, err := t.Exists(ctx)
	if err != nil {
		return nil, err
	}
	if !there {
		if len(name) == 2 {
			return nil, sqlerr.New("DELTA_MISSING_DELTA_TABLE", "tableName", "delta.`"+folder+"`")
		}
		return nil, sqlerr.New("DELTA_TABLE_NOT_FOUND", "tableName", quoted(name...)).WithHint("The catalog has the table, but there is no Delta log in %s.", folder)
	}
	return relation.Delta(name, t), nil
}

// forget drops what is known of a folder: its table is gone.
func (c *tableCache) forget(folder string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tables, folder)
}
