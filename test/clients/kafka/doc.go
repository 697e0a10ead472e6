// Package kafka holds the checks of read_kafka against a real broker; the file run beside it starts one.
package kafka
