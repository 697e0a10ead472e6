package engine

import (
	"context"
	"slices"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

func init() {
	alters((*alteration).addPartitions)
	alters((*alteration).dropPartitions)
	alters((*alteration).renamePartition)
	alters((*alteration).recoverPartitions)
	alters((*alteration).setSerde)
	alters((*alteration).dropFeature)
}

// unmanaged is the error for statements about partitions of a Delta table: rows make them, and nothing else.
func (a *alteration) unmanaged() error {
	return sqlerr.New("INVALID_PARTITION_OPERATION.PARTITION_MANAGEMENT_IS_UNSUPPORTED", "name", a.table.display()).
		WithHint("Rows make the partitions of a Delta table; DELETE FROM … WHERE takes one away.")
}

func (a *alteration) addPartitions(context.Context, *ast.AddPartitions) (string, map[string]any, error) {
	return "", nil, a.unmanaged()
}

func (a *alteration) dropPartitions(context.Context, *ast.DropPartitions) (string, map[string]any, error) {
	return "", nil, a.unmanaged()
}

func (a *alteration) renamePartition(context.Context, *ast.RenamePartition) (string, map[string]any, error) {
	return "", nil, a.unmanaged()
}

func (a *alteration) recoverPartitions(context.Context, *ast.RecoverPartitions) (string, map[string]any, error) {
	return "", nil, sqlerr.New("NOT_SUPPORTED_COMMAND_FOR_V2_TABLE", "cmd", "ALTER TABLE ... RECOVER PARTITIONS")
}

func (a *alteration) setSerde(context.Context, *ast.SetSerde) (string, map[string]any, error) {
	return "", nil, sqlerr.New("NOT_SUPPORTED_COMMAND_FOR_V2_TABLE", "cmd", "ALTER TABLE ... SET [SERDE|SERDEPROPERTIES]")
}

// dropFeature takes no feature away: that would mean to rewrite what uses it and to wait until history has none of it. What
// is wrong with the name is told first.
func (a *alteration) dropFeature(_ context.Context, s *ast.DropFeature) (string, map[string]any, error) {
	if !delta.KnownFeature(s.Feature) {
		return "", nil, sqlerr.New("DELTA_FEATURE_DROP_UNSUPPORTED_CLIENT_FEATURE", "feature", s.Feature)
	}
	protocol := a.tx.Protocol()
	if !protocol.Has(s.Feature) {
		return "", nil, sqlerr.New("DELTA_FEATURE_DROP_FEATURE_NOT_PRESENT", "feature", s.Feature)
	}
	if s.TruncateHistory && !slices.Contains(protocol.ReaderFeatures, s.Feature) {
		return "", nil, sqlerr.New("DELTA_FEATURE_DROP_HISTORY_TRUNCATION_NOT_ALLOWED")
	}
	return "", nil, sqlerr.Unsupported("ALTER TABLE … DROP FEATURE %s", s.Feature)
}
