// Policy: who may see and call which tool, decided from an immutable snapshot of the store. No clock, no I/O, no lock.
//
//   Depends on   Bytes, Contracts (the word for how a target is spoken to), MCP (kinds of what targets list, URIs)
//   Used by      Store, which loads snapshots; Gateway, which decides with them; OAuth, which judges tokens in their words;
//                Server, Control, for what they show
//   Start at     Snapshot, then Snapshot.authorize(_:tool:nowMs:), the one decision that lists and calls share; PolicyCompiler
//                works it out beforehand, Explanation says why. Refusal has every reason not to serve a request
