import Sockets
import TestSupport

/// Both ends' contexts with the shared test certificates, or none.
struct TLSContextPair {
    var server: TLSContext?
    var client: TLSContext?

    init(_ isTLS: Bool = true) throws {
        guard isTLS else { return }
        let certificates = try TestCertificates.shared()
        server = try TLSContext.server(
            certificateFile: certificates.server.certificateFile,
            keyFile: certificates.server.keyFile
        )
        client = try TLSContext.client(caFile: certificates.caFile)
    }
}
