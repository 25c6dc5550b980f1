// Model: what is administered, as typed values with their grammar: names, targets, tenants, keys, subscriptions,
// limits, and the reasons for which a request is refused.
//
//   Depends on   Bytes, Calendar, Text, MCP, Contracts, Policy
//   Used by      Store, which keeps it; Control, the APIs and the command line
//   Start at     Names.swift, Target.swift, ModelFault
