import Config
import Control
import Foundation
import Store
import TestSupport
import Testing

struct StoreOpeningTests {
    @Test func `the store's folders are made, accessible to this user only`() throws {
        try withTemporaryDirectory { folder in
            var config = GatewayConfig()
            config.store.path = "\(folder)/a/b/gateway.db"
            try openStore(config, .creating).close()
            for part in ["a", "a/b"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(part)")
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
            }
        }
    }

    @Test func `a file in place of the store's folder is an error with a hint`() throws {
        try withTemporaryDirectory { folder in
            try Data("x".utf8).write(to: URL(filePath: "\(folder)/file"))
            var config = GatewayConfig()
            config.store.path = "\(folder)/file/gateway.db"
            let error = #expect(throws: StoreError.self) { try openStore(config, .creating) }
            #expect(error?.hint.isEmpty == false)
        }
    }

    @Test func `opening for reading makes no store or folder, and the error names the path`() throws {
        try withTemporaryDirectory { folder in
            var config = GatewayConfig()
            config.store.path = "\(folder)/a/gateway.db"
            let error = #expect(throws: StoreError.self) { try openStore(config, .existing) }
            #expect(error?.message == "there is no store at \(folder)/a/gateway.db")
            #expect(error?.hint.contains("serve") == true && error?.hint.contains("store.path") == true)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/a"))
        }
    }
}
