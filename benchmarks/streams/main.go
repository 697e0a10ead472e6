// Command streams measures TechMart live: how long it takes from a producer to the commit of bronze.transactions_live that holds a
// payment, and to an alert that a client reads, at a steady rate; and what the server needs for it.
//
// The server is a process of its own (`argan serve`), its processor time and memory are measured; producer, broker and the client that reads
// alerts are in this one. -brokers takes a Kafka instead of the broker in this process. Result: JSON on stdout.
package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/argan-sql/argan/engine"
	scripts "github.com/argan-sql/argan/examples/techmart"
	"github.com/argan-sql/argan/internal/techmart"
)

// result is what is printed; times are in milliseconds.
type result struct {
	Rate         float64  `json:"messages_per_second"`
	Broken       float64  `json:"broken_share"`
	Seconds      float64  `json:"seconds"`
	Messages     int      `json:"messages"`
	Visible      spread   `json:"produce_to_commit"`
	Alert        spread   `json:"produce_to_alert"`
	Planted      int      `json:"planted"`
	CPU          float64  `json:"server_cpu_seconds"`
	CPUPerSecond float64  `json:"server_cpu_per_second"`
	RSS          int64    `json:"server_peak_rss_mb"`
	Load         string   `json:"load_average"`
	CPUs         int      `json:"cpus"`
	Date         string   `json:"date"`
	Late         []string `json:"not_alerted,omitempty"`
}

// spread is how long things took.
type spread struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

func spreadOf(all []time.Duration) spread {
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	at := func(p float64) float64 {
		return float64(all[min(int(p*float64(len(all))), len(all)-1)].Microseconds()) / 1000
	}
	return spread{len(all), at(0.5), at(0.99), at(1)}
}

// sent is when messages were handed to the producer, by partition and offset, and frauds by transaction.
type sent struct {
	sync.Mutex
	payments map[int32]map[int64]time.Time
	cases    map[string]time.Time
	failed   error
}

func main() {
	argan := flag.String("argan", "bin/argan", "the program")
	brokers := flag.String("brokers", "", "Kafka's addresses; default a broker in this process")
	rate := flag.Float64("rate", 1000, "messages a second")
	seconds := flag.Int("seconds", 30, "how long to send")
	warm := flag.Int("warm", 5, "how long to send before it counts")
	broken := flag.Float64("broken", 0.001, "the share of messages that cannot be read")
	port := flag.Int("http-port", 18080, "the server's port")
	flag.Parse()
	r, err := measure(*argan, *brokers, techmart.LiveOptions{Rate: *rate, Broken: *broken, CaseEvery: int64(max(20, *rate/20))}, time.Duration(*seconds)*time.Second, time.Duration(*warm)*time.Second, *port)
	if err != nil {
		log.Fatal(err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(r); err != nil {
		log.Fatal(err)
	}
}

func measure(argan, brokers string, o techmart.LiveOptions, lasts, warm time.Duration, port int) (*result, error) {
	if brokers == "" {
		broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, techmart.PaymentsTopic, techmart.WebEventsTopic))
		if err != nil {
			return nil, err
		}
		defer broker.Close()
		brokers = strings.Join(broker.ListenAddrs(), ",")
	}
	warehouse, err := os.MkdirTemp("", "argan-streams-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(warehouse) }() // of the system's temporary files anyway
	server := exec.Command(argan, "serve", "--warehouse", warehouse, "--http-port", strconv.Itoa(port), "--flight-port", "off", "--hive-port", "off")
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return nil, err
	}
	defer func() {
		_ = server.Process.Signal(os.Interrupt) // it may have ended
		_ = server.Wait()
	}()
	c := client{fmt.Sprintf("http://127.0.0.1:%d/v1/sql?format=csv", port)}
	if err := c.ready(); err != nil {
		return nil, err
	}
	for _, piece := range engine.Split(strings.ReplaceAll(scripts.Streams().SQL, "${brokers}", brokers)) {
		if _, err := c.query(piece.Text); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, piece.Text)
		}
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s := &sent{payments: map[int32]map[int64]time.Time{}, cases: map[string]time.Time{}}
	visible := make(chan []time.Duration, 1)
	from := time.Now().Add(warm)
	until := from.Add(lasts)
	go func() {
		visible <- commits(ctx, filepath.Join(warehouse, "bronze.db", "transactions_live", "_delta_log"), s, from)
	}()
	alerted := make(chan map[string]time.Time, 1)
	go func() { alerted <- alerts(ctx, c) }()
	before := make(chan float64, 1)
	go func() {
		time.Sleep(time.Until(from))
		cpu, _ := processorTime(server.Process.Pid) // 0 where the system does not tell
		before <- cpu
	}()
	messages, planted, err := produce(brokers, o, s, until)
	if err != nil {
		return nil, err
	}
	used, _ := processorTime(server.Process.Pid)
	used -= <-before
	load, _ := os.ReadFile("/proc/loadavg") // only where there is one
	time.Sleep(5 * time.Second)             // the last ones arrive
	stop()
	out := &result{
		Rate: o.Rate, Broken: o.Broken, Seconds: lasts.Seconds(), Messages: messages, Planted: len(planted), Visible: spreadOf(<-visible), CPU: used, CPUPerSecond: used / lasts.Seconds(),
		RSS: peak(server.Process.Pid), Load: strings.TrimSpace(string(load)), CPUs: runtime.NumCPU(), Date: time.Now().UTC().Format(time.DateOnly),
	}
	var took []time.Duration
	seen := <-alerted
	for _, p := range planted {
		at, ok := seen[p.Transaction]
		switch {
		case !ok:
			out.Late = append(out.Late, p.Rule+" "+p.Transaction)
		case s.cases[p.Transaction].After(from):
			took = append(took, at.Sub(s.cases[p.Transaction]))
		}
	}
	out.Alert = spreadOf(took)
	return out, s.failed
}

// produce sends what is due until a time.
func produce(brokers string, o techmart.LiveOptions, s *sent, until time.Time) (int, []techmart.Case, error) {
	k, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(2*time.Millisecond), kgo.AllowAutoTopicCreation())
	if err != nil {
		return 0, nil, err
	}
	defer k.Close()
	began := time.Now()
	o.First, o.Start = began.Unix()*1000, began
	live := techmart.NewLive(o)
	count, cases := 0, 0
	for time.Now().Before(until) {
		for float64(count) < o.Rate*time.Since(began).Seconds() {
			m := live.Next()
			count++
			at := time.Now()
			if done := live.Planted().Cases; len(done) > cases {
				cases = len(done)
				s.Lock()
				s.cases[done[cases-1].Transaction] = at
				s.Unlock()
			}
			k.Produce(context.Background(), &kgo.Record{Topic: m.Topic, Key: m.Key, Value: m.Value}, func(r *kgo.Record, err error) {
				s.Lock()
				defer s.Unlock()
				if err != nil {
					s.failed = err
				} else if r.Topic == techmart.PaymentsTopic {
					if s.payments[r.Partition] == nil {
						s.payments[r.Partition] = map[int64]time.Time{}
					}
					s.payments[r.Partition][r.Offset] = at
				}
			})
		}
		time.Sleep(2 * time.Millisecond)
	}
	return count, live.Planted().Cases, k.Flush(context.Background())
}

// commits follows a table's log, and tells for each payment sent after a time how long it took to the commit that holds it.
func commits(ctx context.Context, folder string, s *sent, from time.Time) []time.Duration {
	var took []time.Duration
	at := map[int32]int64{}
	for version := 0; ctx.Err() == nil; {
		f, err := os.Open(filepath.Join(folder, fmt.Sprintf("%020d.json", version)))
		if err != nil {
			time.Sleep(3 * time.Millisecond)
			continue
		}
		now := time.Now()
		version++
		positions := positionsOf(f)
		_ = f.Close() // only read
		s.Lock()
		for partition, end := range positions {
			for ; at[partition] < end; at[partition]++ {
				if sent, ok := s.payments[partition][at[partition]]; ok && sent.After(from) {
					took = append(took, now.Sub(sent))
				}
			}
		}
		s.Unlock()
	}
	return took
}

// positionsOf is where the flow of a commit reads on, by partition.
func positionsOf(f io.Reader) map[int32]int64 {
	out := map[int32]int64{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var action struct {
			Domain *struct {
				Name  string `json:"domain"`
				Value string `json:"configuration"`
			} `json:"domainMetadata"`
		}
		if json.Unmarshal(lines.Bytes(), &action) != nil || action.Domain == nil || !strings.HasPrefix(action.Domain.Name, "argan.flow.") {
			continue
		}
		var progress struct {
			Sources map[string]map[string]map[string]int64 `json:"sources"`
		}
		if err := json.Unmarshal([]byte(action.Domain.Value), &progress); err != nil {
			log.Fatalf("the log's %s: %v", action.Domain.Value, err)
		}
		for _, topics := range progress.Sources {
			for partition, offset := range topics[techmart.PaymentsTopic] {
				if n, err := strconv.Atoi(partition); err == nil {
					out[int32(n)] = offset
				}
			}
		}
	}
	return out
}

// alerts reads fraud.alerts again and again as a client does, and tells when each was first seen.
func alerts(ctx context.Context, c client) map[string]time.Time {
	seen := map[string]time.Time{}
	for ctx.Err() == nil {
		rows, err := c.query("SELECT transaction_id FROM fraud.alerts WHERE raised > current_timestamp() - INTERVAL 30 SECONDS")
		if err != nil {
			log.Print(err)
		}
		now := time.Now()
		for _, r := range rows {
			if _, ok := seen[r[0]]; !ok {
				seen[r[0]] = now
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return seen
}

type client struct{ url string }

func (c client) query(sql string) ([][]string, error) {
	answer, err := http.Post(c.url, "text/plain", strings.NewReader(sql))
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // read to its end
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", answer.Status, body)
	}
	rows, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[1:], nil
}

func (c client) ready() error {
	var err error
	for range 200 {
		if _, err = c.query("SELECT 1"); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// processorTime is what a process has used, in seconds; Linux only.
func processorTime(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat of process %d: %s", pid, b)
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100, err
}

// peak is the most memory a process had, in MB; 0 where the system does not tell.
func peak(pid int) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(fields[0], 10, 64)
	return kb / 1024
}
