package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// streamWarehouse names the warehouse whose streams a child process runs until it is killed.
const streamWarehouse = "ARGAN_TEST_STREAM_WAREHOUSE"

// TestStreamCrashChild is the child.
func TestStreamCrashChild(t *testing.T) {
	warehouse := os.Getenv(streamWarehouse)
	if warehouse == "" {
		t.Skip("runs only as the child of TestKilledStreamsWriteEachMessageOnce")
	}
	e, err := Open(Config{Warehouse: warehouse, Threads: 2, MemoryLimit: 128 << 20})
	if err != nil {
		t.Fatal(err)
	}
	e.StartStreams()
	<-t.Context().Done()
}

// A process that is killed at any moment, again and again, writes each message to the table once, and each bad one to
// quarantine once; and so does a stream behind it.
func TestKilledStreamsWriteEachMessageOnce(t *testing.T) {
	rounds := 6
	if os.Getenv("ARGAN_NIGHTLY") != "" {
		rounds = 150
	}
	servers, send := topic(t, "t")
	warehouse := t.TempDir()
	setup := openTest(t, warehouse)
	s := sessionOf(t, setup)
	run(t, s, "SET spark.sql.ansi.enabled = true",
		"CREATE STREAMING TABLE bronze TBLPROPERTIES ('argan.trigger.interval' = '5 milliseconds', 'argan.batch.rows' = '37', 'delta.checkpointInterval' = '5') AS SELECT CAST(CAST(value AS STRING) AS INT) AS n, partition AS p, offset AS o FROM STREAM read_kafka(bootstrapServers => '"+servers+"', subscribe => 't', startingOffsets => 'earliest')",
		"CREATE STREAMING TABLE silver TBLPROPERTIES ('argan.trigger.interval' = '5 milliseconds') AS SELECT n FROM STREAM bronze WHERE n % 3 = 0")
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 2))
	n, bad := 0, 0
	for range rounds {
		child := exec.Command(os.Args[0], "-test.run=^TestStreamCrashChild$", "-test.v")
		child.Env = append(os.Environ(), streamWarehouse+"="+warehouse)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			var values []string
			for range 40 {
				if random.IntN(50) == 0 {
					values = append(values, "bad "+strconv.Itoa(bad))
					bad++
					continue
				}
				values = append(values, strconv.Itoa(n))
				n++
			}
			send(values...)
			time.Sleep(time.Duration(random.IntN(120_000)) * time.Microsecond)
		}
		_ = child.Process.Kill()
		_ = child.Wait() // it was killed
	}
	run(t, s, "REFRESH STREAMING TABLE bronze", "REFRESH STREAMING TABLE silver")
	if got, want := one(t, s, "SELECT count(*), count(DISTINCT n), count(DISTINCT struct(p, o)), max(n) FROM bronze"), fmt.Sprintf("%d|%d|%d|%d", n, n, n, n-1); got != want {
		t.Errorf("seed %d: bronze %s, expected %s", seed, got, want)
	}
	if got, want := one(t, s, "SELECT count(*), count(DISTINCT n) FROM silver"), fmt.Sprintf("%d|%d", (n+2)/3, (n+2)/3); got != want {
		t.Errorf("seed %d: silver %s, expected %s", seed, got, want)
	}
	if bad > 0 {
		if got, want := one(t, s, "SELECT count(*), count(DISTINCT CAST(value AS STRING)) FROM bronze_quarantine"), fmt.Sprintf("%d|%d", bad, bad); got != want {
			t.Errorf("seed %d: quarantine %s, expected %s", seed, got, want)
		}
	}
}
