/// Whether a function ran for a call, and so AWS bills it.
package enum Execution: Sendable {
    /// It didn't run: the call was refused before.
    case none
    /// It ran and was waited for.
    case ended
    /// It may have run, and may still run: nobody waits for it any more, or the connection broke.
    case unknown
}
