package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/argan-sql/argan/internal/config"
	"github.com/argan-sql/argan/internal/live"
	"github.com/argan-sql/argan/internal/shell"
)

const (
	// onceLasts is how long messages are sent by --stream --once.
	onceLasts = 15 * time.Second
	// finishWithin bounds how long the demo waits for its streams at the end.
	finishWithin = 2 * time.Minute
)

// demoStream serves a warehouse, has TechMart's messages flow through it, and shows how that goes.
func demoStream(ctx context.Context, s *config.Serve, o live.Options, once bool) error {
	r, err := start(s, logger(s))
	if err != nil {
		return err
	}
	defer func() {
		grace, cancel := context.WithTimeout(context.Background(), s.ShutdownGrace)
		defer cancel()
		r.stop(grace)
	}()
	fmt.Printf("TechMart live in %s\n", r.engine.Warehouse())
	shop, err := live.Open(ctx, r.engine, o)
	if err != nil {
		return err
	}
	defer shop.Close()
	board := &live.Board{Out: os.Stdout, Terminal: shell.IsTerminal(os.Stdout), Connect: streamConnections(r, s, shop)}
	for _, line := range board.Connect {
		fmt.Println(line)
	}
	fmt.Fprintln(os.Stderr, r.ready())
	lasts := time.Duration(0)
	if once {
		lasts = onceLasts
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		select {
		case <-ctx.Done():
		case err := <-r.failed:
			end(err)
		}
	}()
	if err := shop.Run(ctx, board, lasts); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	interrupted := ctx.Err() != nil
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer cancel()
	fmt.Println("\nWaiting for the streams.")
	if err := shop.Finish(finish); err != nil {
		return err
	}
	if err := shop.Summary(finish, os.Stdout); err != nil {
		return err
	}
	if missing := shop.Missing(); len(missing) > 0 && !interrupted {
		return fmt.Errorf("%d of the planted frauds were not alerted, the first is %s at payment %s", len(missing), missing[0].Rule, missing[0].Transaction)
	}
	return nil
}

// streamConnections tell how to get at the tables.
func streamConnections(r *running, s *config.Serve, shop *live.Shop) []string {
	out := []string{"Connect (Ctrl-C ends):"}
	if a := r.address("flight"); a != "" {
		out = append(out, fmt.Sprintf("  shell      argan sql --url grpc://%s -e 'SELECT * FROM fraud.alerts ORDER BY raised DESC LIMIT 10'", a))
	}
	if a := r.address("http"); a != "" {
		out = append(out, fmt.Sprintf("  curl       curl 'http://%s/v1/sql?format=table' -d 'SHOW STREAMS'", a))
	}
	return append(out,
		"  Kafka      "+shop.Brokers()+", topics techmart.transactions and techmart.web_events",
		"  Delta      any Delta reader: "+filepath.Join(s.Warehouse, "fraud.db", "alerts"),
		"  report     "+filepath.Join(s.Warehouse, "reports")+", at the end and when gold.daily_report is refreshed")
}
