// Control: what operators do, through a command or the API: declare targets, read their tools, make tenants and keys.
//
//   Depends on   Store (all state), AWS and HTTPClient or Curl (invoking functions), Contracts, MCP (checking
//                definitions), Config
//   Used by      AdminCLI's verbs; Server, for file targets at start, refreshes and the admin routes
//   Start at     CatalogRefresh, FileTargetSync, TargetDraft
//
//   Target/      making a TargetSpec of a declaration
//   Key/         making a key of a request for one
//   Refresh/     asking targets for their tools, and storing the answers
//   Upstream/    reaching functions

/// The version of the program, as `version`, `server/discover` and User-Agent show it.
package let gatewayVersion = "0.1.0"
