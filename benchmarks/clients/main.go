// Command clients measures a Flight SQL server under many clients at once: each has a connection of its own and sends small
// queries one after the other. It prints the times that the queries took, as JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// result is what is printed; times are in milliseconds.
type result struct {
	Clients int     `json:"clients"`
	Queries int     `json:"queries"`
	Rate    float64 `json:"queries_per_second"`
	P50     float64 `json:"p50_ms"`
	P90     float64 `json:"p90_ms"`
	P99     float64 `json:"p99_ms"`
	Max     float64 `json:"max_ms"`
	Ratio   float64 `json:"p99_to_p50"`
}

// one sends a query and reads all of its rows.
func one(ctx context.Context, c *flightsql.Client, sql string) (int64, error) {
	info, err := c.Execute(ctx, sql)
	if err != nil {
		return 0, err
	}
	rows := int64(0)
	for _, e := range info.Endpoint {
		r, err := c.DoGet(ctx, e.Ticket)
		if err != nil {
			return rows, err
		}
		for r.Next() {
			rows += r.RecordBatch().NumRows()
		}
		err = r.Err()
		r.Release()
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func main() {
	address := flag.String("address", "127.0.0.1:32010", "the server")
	clients := flag.Int("clients", 50, "clients at once")
	queries := flag.Int("queries", 20, "queries of each")
	sql := flag.String("sql", "SELECT id, id * 2 AS d FROM range(10)", "a query; {n} in it is a number that differs from one to the next")
	flag.Parse()
	ctx := context.Background()
	var mu sync.Mutex
	var times []time.Duration
	var wait, ready sync.WaitGroup
	start := make(chan struct{})
	for i := range *clients {
		ready.Add(1)
		wait.Go(func() {
			c, err := flightsql.NewClient(*address, nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				log.Fatal(err)
			}
			defer c.Close()
			text := func(n int) string { return strings.ReplaceAll(*sql, "{n}", strconv.Itoa(n)) }
			if _, err := one(ctx, c, text(i)); err != nil { // connects
				log.Fatal(err)
			}
			ready.Done()
			<-start
			for n := range *queries {
				began := time.Now()
				if _, err := one(ctx, c, text(i**queries+n)); err != nil {
					log.Fatal(err)
				}
				took := time.Since(began)
				mu.Lock()
				times = append(times, took)
				mu.Unlock()
			}
		})
	}
	ready.Wait()
	began := time.Now()
	close(start)
	wait.Wait()
	took := time.Since(began)
	slices.Sort(times)
	at := func(part float64) float64 {
		return float64(times[min(len(times)-1, int(part*float64(len(times))))].Microseconds()) / 1000
	}
	out := result{Clients: *clients, Queries: len(times), Rate: float64(len(times)) / took.Seconds(), P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: at(1)}
	out.Ratio = out.P99 / out.P50
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}
