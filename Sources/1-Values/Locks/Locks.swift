// Locks: a value that several threads share, behind a mutex.
//
//   Depends on   nothing
//   Used by      every layer
//   Start at     Locked
