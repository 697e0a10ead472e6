package engine

import (
	"context"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream/kafka"
	"github.com/argan-sql/argan/types"
)

func init() { tableFunctions["read_kafka"] = readKafka }

// kafkaArguments are the arguments of read_kafka as options.
func (p *planner) kafkaArguments(args []analyzer.Argument) (map[string]string, error) {
	options := map[string]string{}
	for i, a := range args {
		if a.Name == "" {
			return nil, sqlerr.New("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "functionName", "`read_kafka`", "expectedNum", "0", "actualNum", itoa(int64(i+1)), "docroot", "https://spark.apache.org/docs/latest").
				WithHint("Options are named: read_kafka(bootstrapServers => 'localhost:9092', subscribe => 'topic').")
		}
		text, ok := textOf(a, p)
		if !ok {
			return nil, sqlerr.New("INVALID_PARAMETER_VALUE.NULL", "functionName", "`read_kafka`", "parameter", types.Quote(a.Name))
		}
		options[a.Name] = text
	}
	return options, nil
}

// readKafka is read_kafka(bootstrapServers => …, subscribe => …, …): the records of topics as a table.
func readKafka(p *planner, _ context.Context, args []analyzer.Argument) (*analyzer.Relation, error) {
	options, err := p.kafkaArguments(args)
	if err != nil {
		return nil, err
	}
	name := []string{"read_kafka"}
	t, err := kafkaTable(name, options, nil)
	if err != nil {
		return nil, err
	}
	return &analyzer.Relation{Name: name, Table: t}, nil
}

// kafkaTable is a table of topics that is read in batches.
func kafkaTable(name []string, options, properties map[string]string) (*kafka.Table, error) {
	o, err := kafka.ParseOptions(options, false)
	if err != nil {
		return nil, err
	}
	return kafka.NewTable(name, o, properties), nil
}

// kafkaView is a temporary view USING kafka.
func kafkaView(name string, schema *types.Type, options map[string]string) (*kafka.Table, error) {
	if schema != nil {
		return nil, kafkaColumns()
	}
	return kafkaTable([]string{name}, options, nil)
}

func kafkaColumns() error {
	return sqlerr.Unsupported("Columns declared for a kafka table").WithHint("Its columns are key, value, topic, partition, offset, timestamp, timestampType and with includeHeaders headers.")
}

// kafka checks a CREATE TABLE … USING kafka.
func (c *creation) kafka() error {
	t := c.tree
	switch {
	case c.name.path:
		return sqlerr.New("DATA_SOURCE_NOT_FOUND", "provider", "kafka")
	case len(t.Columns) > 0 || len(t.PartitionBy) > 0 || len(t.ClusterBy) > 0:
		return kafkaColumns()
	case t.As != nil:
		return sqlerr.Unsupported("Writing to Kafka (CREATE TABLE … USING kafka AS SELECT)")
	case text(t.Location) != "":
		return sqlerr.Unsupported("LOCATION of a kafka table")
	case len(t.Constraints) > 0:
		return sqlerr.Unsupported("Constraints of a kafka table")
	case t.Mode != ast.Create:
		return sqlerr.Unsupported("%s TABLE of a kafka table", t.Mode).WithHint("DROP TABLE first.")
	}
	o, err := kafka.ParseOptions(c.options, false)
	if err != nil {
		return err
	}
	c.external, c.schema = true, o.Schema()
	return nil
}

// createKafka enters the table; brokers are asked when it is read.
func (c *creation) createKafka(ctx context.Context) error {
	e := &metastore.Table{
		Database: c.name.database, Name: c.name.name, Kind: metastore.ExternalTable, Provider: c.provider, Comment: text(c.comment),
		Owner: c.p.session.User(), Properties: c.properties, Options: c.options, Schema: c.schema,
	}
	return at(c.p.engine.meta.CreateTable(ctx, e, false), c.tree.Table)
}
