import Bytes
import Foundation
import JOSE
import JSON
import TestSupport
import Testing

/// Wycheproof's JSON Web Signature and JSON Web Key vectors, which are read where they are and never copied.
struct VectorTests {
    private struct Vector {
        let id: Int
        let comment: String
        let token: String
        let isValid: Bool
        let keys: JSONValue
    }

    /// Valid by the vectors, refused here on purpose.
    private enum Stricter: Hashable {
        /// HS256 and its kin: whoever can check such a signature can also make it.
        case symmetric
        /// ES512 is not among the algorithms that the gateway allows.
        case es512
        /// The key names PS256 and the token was made with PS384: a key that names its algorithm has no other.
        case otherAlgorithmThanKeys
    }

    private static func vectors(_ file: String) throws -> [Vector]? {
        guard let folder = SharedVectors.folder("jws") else { return nil }
        let document = try JSONValue(
            parsing: [UInt8](Data(contentsOf: folder.appendingPathComponent(file))).span
        )
        var all: [Vector] = []
        for group in document["testGroups"]?.arrayValue ?? [] {
            let key = try #require(group["public"] ?? group["private"])
            for test in group["tests"]?.arrayValue ?? [] {
                let result = try #require(test["result"]?.stringValue)
                all.append(
                    Vector(
                        id: try #require(test["tcId"]?.intValue),
                        comment: test["comment"]?.stringValue ?? "",
                        token: try #require(test["jws"]?.stringValue),
                        isValid: result == "valid",
                        keys: key["keys"] == nil ? ["keys": [key]] : key
                    )
                )
            }
        }
        #expect(document["numberOfTests"]?.intValue == all.count)
        return all
    }

    private static func outcome(_ vector: Vector) -> Result<[UInt8], JOSEError> {
        do throws(JOSEError) {
            let set = try JSONWebKeySet(parsing: vector.keys.text.utf8.span)
            let token = try CompactJWS(vector.token.utf8.span)
            try set.verify(token, allowing: Set(SignatureAlgorithm.allCases))
            return .success(token.payload)
        } catch {
            return .failure(error)
        }
    }

    /// Runs every vector; returns how many of each expectation there were.
    private static func run(_ vectors: [Vector]) -> (accepted: Int, refused: Int, stricter: [Stricter: Int]) {
        var (accepted, refused) = (0, 0)
        var stricter: [Stricter: Int] = [:]
        for vector in vectors {
            let outcome = outcome(vector)
            let name = "vector \(vector.id), \(vector.comment)"
            switch (vector.isValid, outcome) {
            case (true, .success(let payload)):
                let part = vector.token.split(separator: ".", omittingEmptySubsequences: false)[1]
                #expect(Base64URL.decode(String(part)) == payload, "\(name)")
                accepted += 1
            case (false, .failure): refused += 1
            case (false, .success): Issue.record("\(name) was accepted")
            case (true, .failure(let error)):
                guard let reason = reason(vector, error) else {
                    Issue.record("\(name) was refused: \(error)")
                    continue
                }
                stricter[reason, default: 0] += 1
            }
        }
        return (accepted, refused, stricter)
    }

    private static func reason(_ vector: Vector, _ error: JOSEError) -> Stricter? {
        let header = Base64URL.decode(String(vector.token.prefix { $0 != "." }))
        // Two vectors have a character in their header or payload that base64url doesn't know.
        let algorithm = header.flatMap { try? JSONValue(parsing: $0.span)["alg"]?.stringValue }
        let keyAlgorithm = vector.keys["keys"]?[0]?["alg"]?.stringValue
        switch (algorithm, keyAlgorithm, error) {
        case ("HS256", _, .algorithm), ("HS384", _, .algorithm), ("HS512", _, .algorithm),
            (nil, "HS256", .malformed), ("HS256", _, .malformed):
            return .symmetric
        case ("ES512", _, .algorithm): return .es512
        case ("PS384", "PS256", .unknownKey): return .otherAlgorithmThanKeys
        default: return nil
        }
    }

    @Test
    func `all 401 signature vectors have their expected result, or a listed stricter one`() throws {
        guard let vectors = try Self.vectors("json_web_signature_test.json") else { return }
        let counts = Self.run(vectors)
        #expect(vectors.count == 401)
        #expect(counts.accepted == 32)
        #expect(counts.refused == 355)
        #expect(counts.stricter == [.symmetric: 10, .es512: 2, .otherAlgorithmThanKeys: 2])
        #expect(counts.accepted + counts.refused + counts.stricter.values.reduce(0, +) == 401)
    }

    @Test
    func `all 26 key vectors have their expected result, or a listed stricter one`() throws {
        guard let vectors = try Self.vectors("json_web_key_test.json") else { return }
        let counts = Self.run(vectors)
        #expect(vectors.count == 26)
        #expect(counts.accepted + counts.refused + counts.stricter.values.reduce(0, +) == 26)
        #expect(counts.accepted == 1)
        #expect(counts.refused == 21)
        #expect(counts.stricter == [.symmetric: 4])
    }
}

/// Foundation's base64 in the URL alphabet: not the decoder under test.
private enum Base64URL {
    static func decode(_ text: String) -> [UInt8]? {
        var plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        while plain.count % 4 != 0 { plain += "=" }
        return Data(base64Encoded: plain).map { [UInt8]($0) }
    }
}
