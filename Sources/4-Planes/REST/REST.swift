// REST: what the JSON APIs share: requests and replies as values, routes that describe themselves, problems, pages.
//
//   Depends on   JSON, HTTP, Crypto (Base64 of cursors), Bytes
//   Used by      AdminAPI and PortalAPI (their routes), Server (bytes to requests and replies to bytes), AdminCLI
//   Start at     Router.answer(_:as:), Route, Schema
//
// A route says once what it takes, what it answers and who may call it. The router checks requests by that, and the
// OpenAPI document is written from it, so that what is documented is what is enforced. No I/O and no clock here.

/// Bounds of every request, whichever API it is for.
package enum APIBounds {
    /// Of the path after the API's root, still percent-encoded.
    package static let pathBytesMax = 2_048
    package static let segmentsMax = 8
    /// Still percent-encoded.
    package static let queryBytesMax = 8_192
    package static let parametersMax = 32
    package static let bodyBytesMax = 4 << 20
    /// Arrays and objects inside each other.
    package static let bodyDepthMax = 64
    /// Faults that one answer names.
    package static let faultsMax = 20
}
