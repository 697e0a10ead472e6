package ast

import "github.com/argan-sql/argan/types"

// AlterTable is ALTER TABLE t, or ALTER VIEW v for the actions that views have too, with one action.
type AlterTable struct {
	At
	View   bool
	Table  Name
	Action AlterAction
}

// AlterView is ALTER VIEW v AS query.
type AlterView struct {
	At
	View  Name
	Query *Query
	Text  Source
}

// AlterAction is what an ALTER TABLE does.
type AlterAction interface {
	Node
	alterAction()
}

// RenameTable is RENAME TO.
type RenameTable struct {
	At
	To Name
}

// AddColumns is ADD COLUMNS.
type AddColumns struct {
	At
	Columns []ColumnDef
}

// DropColumns is DROP COLUMNS.
type DropColumns struct {
	At
	IfExists bool
	Columns  []Name
}

// RenameColumn is RENAME COLUMN a TO b.
type RenameColumn struct {
	At
	From Name
	To   Ident
}

// ReplaceColumns is REPLACE COLUMNS.
type ReplaceColumns struct {
	At
	Columns []ColumnDef
}

// AlterColumn is ALTER COLUMN, or CHANGE COLUMN: all that is set changes.
type AlterColumn struct {
	At
	Column      Name
	NewName     Ident // of CHANGE a b INT, zero where not given
	Type        *types.Type
	SetNotNull  bool
	DropNotNull bool
	Comment     *string
	Place       *ColumnPlace
	Default     Expr // SET DEFAULT
	DefaultText Source
	DropDefault bool
	Sync        bool // SYNC IDENTITY
}

// SetProperties is SET TBLPROPERTIES.
type SetProperties struct {
	At
	Properties []Property
}

// UnsetProperties is UNSET TBLPROPERTIES.
type UnsetProperties struct {
	At
	IfExists bool
	Keys     []string
}

// SetLocation is SET LOCATION, of a table or of a partition.
type SetLocation struct {
	At
	Partition []PartitionValue
	Location  string
}

// AddConstraint is ADD CONSTRAINT.
type AddConstraint struct {
	At
	Constraint Constraint
}

// DropConstraint is DROP CONSTRAINT name, DROP PRIMARY KEY or DROP FOREIGN KEY (columns).
type DropConstraint struct {
	At
	IfExists bool
	Kind     ConstraintKind // "" where it is named
	Name     Ident
	Columns  []Ident // of a foreign key
	Cascade  bool    // the foreign keys that refer to a primary key go too
}

// PartitionLocation is one partition of ADD PARTITION, maybe with its folder.
type PartitionLocation struct {
	At
	Partition []PartitionValue
	Location  *string
}

// AddPartitions is ADD PARTITION.
type AddPartitions struct {
	At
	IfNotExists bool
	Partitions  []PartitionLocation
}

// DropPartitions is DROP PARTITION.
type DropPartitions struct {
	At
	IfExists   bool
	Partitions [][]PartitionValue
	Purge      bool
}

// RenamePartition is PARTITION (...) RENAME TO PARTITION (...).
type RenamePartition struct {
	At
	From, To []PartitionValue
}

// RecoverPartitions is RECOVER PARTITIONS.
type RecoverPartitions struct{ At }

// AlterClusterBy is CLUSTER BY (columns); no columns is CLUSTER BY NONE.
type AlterClusterBy struct {
	At
	Columns []Name
}

// DropFeature is DROP FEATURE name [TRUNCATE HISTORY].
type DropFeature struct {
	At
	Feature         string
	TruncateHistory bool
}

// SetSerde is SET SERDE or SET SERDEPROPERTIES, of a table or of a partition.
type SetSerde struct {
	At
	Partition  []PartitionValue
	Serde      *string // nil where not given
	Properties []Property
}

func (*AlterTable) statement() {}
func (*AlterView) statement()  {}

func (*RenameTable) alterAction()       {}
func (*AddColumns) alterAction()        {}
func (*DropColumns) alterAction()       {}
func (*RenameColumn) alterAction()      {}
func (*ReplaceColumns) alterAction()    {}
func (*AlterColumn) alterAction()       {}
func (*SetProperties) alterAction()     {}
func (*UnsetProperties) alterAction()   {}
func (*SetLocation) alterAction()       {}
func (*AddConstraint) alterAction()     {}
func (*DropConstraint) alterAction()    {}
func (*AddPartitions) alterAction()     {}
func (*DropPartitions) alterAction()    {}
func (*RenamePartition) alterAction()   {}
func (*RecoverPartitions) alterAction() {}
func (*AlterClusterBy) alterAction()    {}
func (*DropFeature) alterAction()       {}
func (*SetSerde) alterAction()          {}
