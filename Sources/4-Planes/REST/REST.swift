// REST: the building blocks of the JSON APIs: operations as typed values, requests and replies, problems, pages.
//
//   Depends on   JSON, HTTP, Crypto (Base64 of cursors), Bytes
//   Used by      AdminAPI and PortalAPI (their operations), Server (bytes to requests and replies to bytes), AdminCLI
//   Start at     Operation/Operation.swift, then Arguments, Form and Verb beside it; Router.answer(_:as:) runs a request
//
//   Operation/   the input and output of operations, each value declared once, and their commands
//
// An operation declares once its input, its output and who may ask for it. Its route checks requests by this
// declaration, and the OpenAPI document and the command are made from it, so documentation and checks always agree.
// No I/O and no clock here.

/// Bounds of every request, whichever API it is for.
package enum APIBounds {
    /// The most bytes of the path after the API's root, still percent-encoded.
    package static let pathBytesMax = 2_048
    package static let segmentsMax = 8
    /// The most bytes of the query, still percent-encoded.
    package static let queryBytesMax = 8_192
    package static let parametersMax = 32
    package static let bodyBytesMax = 4 << 20
    /// The deepest nesting of arrays and objects.
    package static let bodyDepthMax = 64
    /// The most faults that one answer names.
    package static let faultsMax = 20
}
