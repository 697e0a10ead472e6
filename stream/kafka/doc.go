// Package kafka reads Kafka topics as tables: between two positions, exactly what was committed there, once.
//
// In: Spark's options of its Kafka source (brokers, topics, where to start and end, kafka.* for the client). Out: batches with
// Spark's columns (key, value, topic, partition, offset, timestamp, timestampType, headers), and positions (Offsets) that a
// stream keeps beside its rows. The package speaks the protocol through franz-go, but fetches by itself: a read ends at a
// position even where the log has gaps (control records, aborted transactions, compaction), takes no more memory than a few
// fetches, and waiting for news is one long poll per broker whose answer the next read already has.
package kafka
