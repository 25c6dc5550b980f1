// Records: what is kept of calls, one file for each day, and how it is found again.
//
//   Depends on   Database (the port that SQL goes through), Telemetry (what a record is), Threads, System
//   Used by      AdminAPI and PortalAPI, which ask; Server, which writes
//   Start at     RecordWriter, RecordReader
//
// Records aren't part of the store: a damaged, foreign, full or missing file costs the calls in it and nothing else.
