package import Bytes
package import Records

/// The port to recorded calls, which are in the files of records.
package protocol CallSource: Sendable {
    /// - Throws: `.place` for an `after` that isn't from a list in this order, `.busy` when too many queries wait.
    func calls(_ query: CallQuery) async throws(RecordError) -> RecordedCalls

    /// The calls that have this id, given by the gateway, by Lambda or by a trace, the newest first, with what is kept
    /// of their arguments and results.
    /// - Parameter tenantID: the only tenant whose calls are found; nil for all.
    func calls(identifiedBy id: ID128, tenantID: Int64?, limit: Int) async throws(RecordError)
        -> RecordedCalls

    /// The place after everything stored so far, for following.
    /// - Parameter tenantID: the tenant that asks; nil for an operator.
    func end(tenantID: Int64?) async throws(RecordError) -> String

    /// The arguments that a tool was called with, by shape and tenant.
    func argumentShapes(of query: ShapeQuery) async throws(RecordError) -> RecordedShapes
}

extension RecordReader: CallSource {}

extension ID128 {
    /// Reads an id of a call: a UUID, or the 32 hexadecimal digits of a trace's id; nil for any other text.
    package init?(ofCall text: String) {
        guard let id = ID128(uuid: text.utf8.span) ?? ID128(hex: text.utf8.span), !id.isNone else {
            return nil
        }
        self = id
    }
}
