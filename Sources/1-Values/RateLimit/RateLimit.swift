// RateLimit: may one more call go now? Atomic counters and integer arithmetic: no lock on a call's path, no clock,
// no I/O. Time comes in as an argument.
//
//   Depends on   Calendar, Locks
//   Used by      Gateway, which keeps the cells of every limit by the limit's id
//   Start at     LimitSet.take(from:at:), RateCell, QuotaCell
