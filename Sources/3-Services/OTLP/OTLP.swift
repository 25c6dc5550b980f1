// OTLP: spans of calls, and their way to a collector, over HTTP and in protobuf.
//
//   Depends on   Telemetry, HTTPClient, HTTP, EventLoop, Calendar, Locks, Bytes, Text
//   Used by      Server, which starts the exporter and hands it the calls
//   Start at     SpanExporter (any thread), SpanSender (its loop), CallSpans
//
// Nothing here runs while a call is under way: spans are made of the calls' records afterwards, as many as the collector
// takes, and what it doesn't take is dropped and counted.
