// Control: what an operator does, whoever asks: declares targets, reads their tools, makes tenants and keys.
//
//   Depends on   Store (all state), AWS and HTTPClient or Curl (asking functions), Contracts, MCP (what is fit to list),
//                Config
//   Used by      AdminCLI's verbs; Server, for file targets at start, refreshes and the admin routes
//   Start at     CatalogRefresh, FileTargetSync, TargetDraft
//
//   Target/      from what was declared to a TargetSpec
//   Key/         from what was asked to a key
//   Refresh/     asking targets for their tools, and storing those
//   Upstream/    how functions are reached

/// The version of the program, as `version`, `server/discover` and User-Agent show it.
package let gatewayVersion = "0.1.0"
