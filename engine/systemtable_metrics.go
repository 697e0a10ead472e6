package engine

import (
	"context"

	dto "github.com/prometheus/client_model/go"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	systemTables["metrics"] = &systemTable{
		comment: "What /metrics tells, one row a series; of histograms the number and the sum",
		columns: []types.Field{
			documented("name", types.StringType, "Name of the metric"),
			documented("labels", types.NewMap(types.StringType, types.StringType, false), "Labels of the series"),
			documented("value", types.DoubleType, "Value now"),
			documented("help", types.StringType, "What it counts"),
		},
		rows: func(_ context.Context, s *Session) ([][]any, error) {
			if who := s.Identity(); who != nil && !who.Administrator {
				return nil, nil // it tells of everybody
			}
			families, err := s.engine.metrics.registry.Gather()
			if err != nil {
				return nil, err
			}
			var out [][]any
			for _, family := range families {
				for _, m := range family.GetMetric() {
					for _, v := range seriesOf(family, m) {
						out = append(out, []any{v.name, labelsOf(m), v.value, family.GetHelp()})
					}
				}
			}
			return out, nil
		},
	}
}

type series struct {
	name  string
	value float64
}

func seriesOf(family *dto.MetricFamily, m *dto.Metric) []series {
	name := family.GetName()
	switch {
	case m.Counter != nil:
		return []series{{name, m.Counter.GetValue()}}
	case m.Gauge != nil:
		return []series{{name, m.Gauge.GetValue()}}
	case m.Histogram != nil:
		return []series{{name + "_count", float64(m.Histogram.GetSampleCount())}, {name + "_sum", m.Histogram.GetSampleSum()}}
	case m.Summary != nil:
		return []series{{name + "_count", float64(m.Summary.GetSampleCount())}, {name + "_sum", m.Summary.GetSampleSum()}}
	case m.Untyped != nil:
		return []series{{name, m.Untyped.GetValue()}}
	}
	return nil
}

func labelsOf(m *dto.Metric) []vector.Pair {
	out := make([]vector.Pair, 0, len(m.GetLabel()))
	for _, l := range m.GetLabel() {
		out = append(out, vector.Pair{Key: l.GetName(), Value: l.GetValue()})
	}
	return out
}
