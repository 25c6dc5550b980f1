/// What a line of the log is about. docs/operations.md says what each is for.
package enum LogModule: String, Sendable, CaseIterable {
    /// A line for each call.
    case access
    case admission
    case api
    case aws
    case calls
    case config
    case discovery
    /// What functions of this machine print.
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
