// Tracing: the place of a call in a trace, as W3C Trace Context defines it, and which calls' spans are exported.
//
//   Depends on   Bytes
//   Used by      Gateway (each call's trace), Contracts and AWS (what functions get of it), OTLP (spans)
//   Start at     TraceContext, CallTracer
