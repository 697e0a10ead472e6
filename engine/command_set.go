package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(set)
	handle(setTimeZone)
	handle(reset)
}

var keyValue = []types.Field{column("key", types.StringType), column("value", types.StringType)}

// undefined is what SET shows for a key without value.
const undefined = "<undefined>"

func set(p *planner, _ context.Context, t *ast.Set) (*plan, error) {
	s := p.session
	switch {
	case t.Verbose:
		return table("SET", func(context.Context) ([][]any, error) {
			var rows [][]any
			for _, k := range sortedKeys(settings) {
				v, _ := s.lookup(k)
				rows = append(rows, []any{k, shown(k, v), settings[k].doc, "1.0.0"})
			}
			return rows, nil
		}, column("key", types.StringType), column("value", types.StringType), column("meaning", types.StringType), column("Since version", types.StringType)), nil
	case t.Key == "":
		return table("SET", func(context.Context) ([][]any, error) {
			var rows [][]any
			all := s.Settings()
			for _, k := range sortedKeys(all) {
				rows = append(rows, []any{k, shown(k, all[k])})
			}
			return rows, nil
		}, keyValue...), nil
	case t.Value == nil:
		return table("SET", func(context.Context) ([][]any, error) {
			v, known := s.lookup(t.Key)
			if !known {
				v = undefined
			}
			return [][]any{{t.Key, shown(t.Key, v)}}, nil
		}, keyValue...), nil
	}
	// SET hivevar:x = … sets the variable x.
	key := strings.TrimPrefix(t.Key, "hivevar:")
	if err := checkSetting(key, *t.Value); err != nil {
		return nil, at(err, t)
	}
	pl := table("SET", func(context.Context) ([][]any, error) {
		if err := s.Set(key, *t.Value); err != nil {
			return nil, err
		}
		return [][]any{{t.Key, shown(t.Key, *t.Value)}}, nil
	}, keyValue...)
	pl.kind = KindCommand
	return pl, nil
}

func setTimeZone(p *planner, ctx context.Context, t *ast.SetTimeZone) (*plan, error) {
	zone := t.Zone
	if t.Local {
		zone = p.engine.defaultZone()
	}
	if t.Interval != nil {
		micros, err := p.intervalMicros(ctx, t.Interval)
		if err != nil {
			return nil, err
		}
		seconds := micros / 1_000_000
		sign := "+"
		if seconds < 0 {
			sign, seconds = "-", -seconds
		}
		if seconds > 18*3600 || micros%1_000_000 != 0 {
			return nil, sqlerr.New("INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER", "input", fmt.Sprint(micros)).At(t.Pos())
		}
		zone = fmt.Sprintf("%s%02d:%02d", sign, seconds/3600, seconds/60%60)
		if seconds%60 != 0 {
			zone += fmt.Sprintf(":%02d", seconds%60)
		}
	}
	const key = "spark.sql.session.timeZone"
	if err := checkSetting(key, zone); err != nil {
		return nil, at(err, t)
	}
	pl := table("SET TIME ZONE", func(context.Context) ([][]any, error) {
		return [][]any{{key, zone}}, p.session.Set(key, zone)
	}, keyValue...)
	pl.kind = KindCommand
	return pl, nil
}

// defaultZone is the zone of sessions that set none.
func (e *Engine) defaultZone() string {
	if z := e.config.Settings["spark.sql.session.timeZone"]; z != "" {
		return z
	}
	return settings["spark.sql.session.timeZone"].value
}

func reset(p *planner, _ context.Context, t *ast.Reset) (*plan, error) {
	if t.Key != "" {
		if err := checkSetting(t.Key, ""); sqlerr.Is(err, "CANNOT_MODIFY_CONFIG") {
			return nil, at(err, t)
		}
	}
	return command("RESET", func(context.Context, *execution) error {
		p.session.Reset(t.Key)
		return nil
	}), nil
}
