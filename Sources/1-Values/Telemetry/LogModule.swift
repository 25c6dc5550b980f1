/// The subject of a line of the log. docs/operations.md describes each.
package enum LogModule: String, Sendable, CaseIterable {
    /// A line for each call.
    case access
    case admission
    case api
    case aws
    case calls
    case config
    case discovery
    /// The output of functions that run on this machine.
    case functions
    case metrics
    case oauth
    case records
    case refresh
    case server
    case store
    case targets
    case traces
}
