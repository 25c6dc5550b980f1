import Config
import Control
import Foundation
import Store
import TestSupport
import Testing

struct StoreOpeningTests {
    @Test func `makes the folders of the store, for this user alone`() throws {
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

    @Test func `a file in the folder's place is said`() throws {
        try withTemporaryDirectory { folder in
            try Data("x".utf8).write(to: URL(filePath: "\(folder)/file"))
            var config = GatewayConfig()
            config.store.path = "\(folder)/file/gateway.db"
            let error = #expect(throws: StoreError.self) { try openStore(config, .creating) }
            #expect(error?.hint.isEmpty == false)
        }
    }

    @Test func `what only reads makes neither a store nor its folder, and names the path`() throws {
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
