package import Bytes
package import Records

/// Where recorded calls are found: the files of records.
package protocol CallSource: Sendable {
    /// - Throws: `.place` for an `after` that isn't of a list in this order, `.busy` when too many questions wait.
    func calls(_ query: CallQuery) async throws(RecordError) -> RecordedCalls

    /// The calls that have this id of the gateway's, of Lambda's or of a trace, the newest first, with what is kept of their
    /// arguments and results.
    /// - Parameter tenantID: whose calls alone; nil for all.
    func calls(identifiedBy id: ID128, tenantID: Int64?, limit: Int) async throws(RecordError)
        -> RecordedCalls

    /// The place after all that is stored by now, for following.
    /// - Parameter tenantID: who asks; nil for an operator.
    func end(tenantID: Int64?) async throws(RecordError) -> String

    /// The arguments that a tool was called with, by shape and tenant.
    func argumentShapes(of query: ShapeQuery) async throws(RecordError) -> RecordedShapes
}

extension RecordReader: CallSource {}

extension ID128 {
    /// Reads what stands for a call: a UUID, or the 32 hexadecimal digits of a trace's id; nil for any other text.
    package init?(ofCall text: String) {
        guard let id = ID128(uuid: text.utf8.span) ?? ID128(hex: text.utf8.span), !id.isNone else {
            return nil
        }
        self = id
    }
}
