import Foundation
import JSON
import JSONSchema
import TestSupport
import Testing

/// The schemas of the JSON Schema Test Suite, of draft 2020-12.
struct SchemaSuiteTests {
    /// Groups whose schema refers to another document. Only these may be refused.
    private static let remote: Set<String> = [
        "defs.json: validate definition against metaschema",
        "dynamicRef.json: $ref and $dynamicAnchor are independent of order - $defs first",
        "dynamicRef.json: $ref and $dynamicAnchor are independent of order - $ref first",
        "dynamicRef.json: $ref to $dynamicRef finds detached $dynamicAnchor",
        "dynamicRef.json: strict-tree schema, guards against misspelled properties",
        "dynamicRef.json: tests for implementation dynamic anchor and reference link",
        "ref.json: remote ref, containing refs itself",
        "refRemote.json: $ref to $ref finds detached $anchor",
        "refRemote.json: Location-independent identifier in remote ref",
        "refRemote.json: anchor within remote ref",
        "refRemote.json: base URI change",
        "refRemote.json: base URI change - change folder",
        "refRemote.json: base URI change - change folder in subschema",
        "refRemote.json: fragment within remote ref",
        "refRemote.json: ref within remote ref",
        "refRemote.json: remote HTTP ref with different $id",
        "refRemote.json: remote HTTP ref with different URN $id",
        "refRemote.json: remote HTTP ref with nested absolute ref",
        "refRemote.json: remote ref",
        "refRemote.json: remote ref with ref to defs",
        "refRemote.json: retrieved nested refs resolve relative to their URI not $id",
        "refRemote.json: root ref in remote ref",
    ]
    /// This is legal, but clients can't compile it: Ajv throws at an empty enum.
    private static let refusedByClients: Set<String> = ["enum.json: empty enum"]

    @Test func `every schema of the suite is read, except those that refer to other documents`() throws {
        guard let folder = SharedVectors.folder("json-schema/draft2020-12") else { return }
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
        #expect(files.count >= 40)
        var refused: Set<String> = []
        for file in files {
            let groups = try JSONValue(parsing: [UInt8](try Data(contentsOf: file)).span).arrayValue ?? []
            #expect(!groups.isEmpty)
            for group in groups {
                let name = "\(file.lastPathComponent): \(group["description"]?.stringValue ?? "")"
                do throws(SchemaFault) {
                    _ = try Schema(reading: group["schema"] ?? .null)
                } catch {
                    refused.insert(name)
                    let isKnown = Self.refusedByClients.contains(name)
                    #expect(
                        isKnown || error.reason.hasPrefix("refers to another document"),
                        "\(name): \(error)"
                    )
                }
            }
        }
        #expect(refused == Self.remote.union(Self.refusedByClients))
    }
}
