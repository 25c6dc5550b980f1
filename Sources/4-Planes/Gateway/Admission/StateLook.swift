/// Looks at the store for a newer state than the one in force. Any thread.
///
/// Shared by all loops and bounded: strangers with wrong keys can't drive it.
package protocol StateLook: Sendable {
    /// Returns when every change that was made before this was called is in force on the calling loop; at once when
    /// too many requests wait already.
    func look() async
}
