/// Whether a function ran for a call, so that AWS bills it.
package enum Execution: Sendable {
    /// It didn't: the call was refused before.
    case none
    /// It ran and was waited for.
    case ended
    /// It may have run, and may go on: nobody waits for it any more, or the connection broke.
    case unknown
}
