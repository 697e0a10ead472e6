package delta

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// clusteringDomain is where the clustering columns of a table are kept, as paths of physical names.
const clusteringDomain = "delta.clustering"

type clusteringConfiguration struct {
	ClusteringColumns [][]string `json:"clusteringColumns"`
	DomainName        string     `json:"domainName"`
}

// ClusteringColumns are the logical names of the columns the table is clustered by.
func (s *Snapshot) ClusteringColumns() ([]string, error) {
	text, ok := s.DomainMetadata(clusteringDomain)
	if !ok {
		return nil, nil
	}
	var c clusteringConfiguration
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, corrupt(s.table.path+"/"+logDir, fmt.Errorf("the clustering columns do not parse: %w", err))
	}
	var out []string
	for _, path := range c.ClusteringColumns {
		out = append(out, strings.Join(s.Metadata.logical(path), "."))
	}
	return out, nil
}

// logical is the reverse of Physical; a name that is not there stays as it is.
func (m *Metadata) logical(physical []string) []string {
	out := append([]string{}, physical...)
	t, mapped := m.Schema, m.MappingMode() != "none"
	for i, p := range physical {
		var next *types.Type
		for _, f := range t.Fields {
			if physicalName(f, mapped) == p {
				out[i], next = f.Name, f.Type
				break
			}
		}
		if next == nil {
			return out
		}
		t = next
	}
	return out
}

// maxClusteringColumns is how many columns a table may be clustered by.
const maxClusteringColumns = 4

// clusteringMetadata makes the domain for CLUSTER BY; columns are paths of logical names.
func clusteringMetadata(m *Metadata, columns [][]string) (DomainMetadata, error) {
	c := clusteringConfiguration{DomainName: clusteringDomain, ClusteringColumns: [][]string{}}
	if len(columns) > maxClusteringColumns {
		return DomainMetadata{}, sqlerr.New("DELTA_CLUSTER_BY_INVALID_NUM_COLUMNS", "numColumnsLimit", fmt.Sprint(maxClusteringColumns),
			"actualNumColumns", fmt.Sprint(len(columns)))
	}
	for _, path := range columns {
		p, _, ok := m.Physical(path...)
		if !ok {
			return DomainMetadata{}, sqlerr.New("DELTA_COLUMN_NOT_FOUND_IN_SCHEMA", "columnName", strings.Join(path, "."), "tableSchema", m.Schema.String())
		}
		c.ClusteringColumns = append(c.ClusteringColumns, p)
	}
	raw, err := json.Marshal(c)
	return DomainMetadata{Domain: clusteringDomain, Configuration: string(raw)}, err
}

// Clustered says whether the table is clustered before this transaction.
func (tx *Transaction) Clustered() bool {
	if tx.snapshot == nil {
		return false
	}
	columns, err := tx.snapshot.ClusteringColumns()
	return err == nil && len(columns) > 0
}
