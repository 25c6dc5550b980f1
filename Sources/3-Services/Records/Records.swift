// Records: what is kept of calls, one file for each day, and how it is found again.
//
//   Depends on   Database (the port that SQL goes through), Telemetry (what a record is), Threads, System
//   Used by      AdminAPI and PortalAPI, which ask; Server, which writes
//   Start at     RecordWriter, RecordReader
//
// Records are no part of the store: a file that is damaged, foreign, full or gone costs the calls in it and nothing else.
