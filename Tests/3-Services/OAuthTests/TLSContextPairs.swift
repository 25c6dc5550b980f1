import Sockets
import TestSupport

enum TLSContextPairs {
    static func server(_ certificates: TestCertificates) throws -> TLSContextBox {
        let pair = certificates.server
        return TLSContextBox(try .server(certificateFile: pair.certificateFile, keyFile: pair.keyFile))
    }
}
