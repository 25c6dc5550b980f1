// REST: what the JSON APIs are made of: operations as typed values, requests and replies, problems, pages.
//
//   Depends on   JSON, HTTP, Crypto (Base64 of cursors), Bytes
//   Used by      AdminAPI and PortalAPI (their operations), Server (bytes to requests and replies to bytes), AdminCLI
//   Start at     Operation/Operation.swift, then Arguments, Form and Verb beside it; Router.answer(_:as:) runs a request
//
//   Operation/   what an operation takes and answers, each value named once, and the command line's way to ask it
//
// An operation says once what it takes, what it answers and who may ask it. Its route is checked by that, the OpenAPI
// document and the command are written from it, so that what is documented is what is enforced. No I/O and no clock here.

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
