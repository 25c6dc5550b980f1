/// Reads the store for a state newer than the one in force. Any thread.
///
/// Shared by all loops, and bounded: strangers with wrong keys can't make it read more often.
package protocol StateLook: Sendable {
    /// Returns when every change made before the call is in force on the calling loop; at once when too many requests
    /// wait already.
    func look() async
}
