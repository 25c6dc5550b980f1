import Bytes
package import HTTP

/// One whole response. The body is contiguous and no longer chunked.
package struct ClientResponse: Sendable {
    package let status: Int
    package var bytes: [UInt8]
    package let fields: HeaderFields
    /// Where the body lies in `bytes`.
    package let body: Range<Int>

    package init(status: Int, bytes: [UInt8], fields: HeaderFields, body: Range<Int>) {
        self.status = status
        self.bytes = bytes
        self.fields = fields
        self.body = body
    }

    /// The value of the first field of that name.
    /// - Parameter name: lower-case ASCII.
    package func header(_ name: StaticString) -> String? {
        fields.first(name, in: bytes.span).map { bytes.span.text($0) }
    }
}
