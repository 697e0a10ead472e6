// Package stream keeps tables up to date: it reads sources from position to position and has each piece made into one commit.
//
// In: flows, which are queries whose sources (Kafka topics, Delta tables, folders of files) answer how far they reach and give
// the rows between two positions as a table. Out: micro-batches, each with a number and with the positions it ends at, handed to
// the flow's host, which plans the query over them, runs it, and commits rows and positions together. The table's log is the
// only memory of how far a flow has come; so a process that dies at any point loses and doubles nothing.
//
// A refresh and a stream that runs for ever are the same code (Runner) with and without an end. A Supervisor runs the flows of a
// warehouse: it starts and stops them, holds the lock that lets one process run them, and keeps the schedules.
package stream
