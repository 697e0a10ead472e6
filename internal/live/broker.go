package live

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kfake"
)

// broker speaks Kafka's protocol from within this process.
type broker struct{ cluster *kfake.Cluster }

// startBroker listens on any free port of loopback. Messages older than ten minutes may go.
func startBroker() (*broker, error) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.BrokerConfigs(map[string]string{"log.retention.ms": "600000"}))
	if err != nil {
		return nil, fmt.Errorf("the demo's broker: %w", err)
	}
	return &broker{c}, nil
}

func (b *broker) address() string { return strings.Join(b.cluster.ListenAddrs(), ",") }

func (b *broker) close() { b.cluster.Close() }
