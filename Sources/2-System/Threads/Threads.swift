// Threads: starting and naming them, waiting for a value from another one, and a thread that owns a value.
//
//   Depends on   CLinux, Calendar
//   Used by      EventLoop, HTTPClient's resolver, Store
//   Start at     NamedThread, OwnerThread
