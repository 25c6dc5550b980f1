// Tracing: the place of a call in a trace, as W3C Trace Context has it, and which calls' spans are exported.
//
//   Depends on   Bytes
//   Used by      Gateway (each call's trace), Contracts and AWS (what functions are told of it), OTLP (spans)
//   Start at     TraceContext, CallTracer
