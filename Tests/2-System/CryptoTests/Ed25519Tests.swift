import Bytes
import Crypto
import Testing

struct Ed25519Tests {
    struct Vector: Sendable {
        let privateKey: String
        let publicKey: String
        let message: String
        let signature: String
    }

    /// Source: RFC 8032 §7.1, tests 1 to 3
    static let vectors = [
        Vector(
            privateKey: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        Vector(
            privateKey: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        Vector(
            privateKey: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ]

    @Test(arguments: vectors)
    func `keys and signatures are those of the standard`(_ vector: Vector) throws {
        let key = try #require(Hex.decode(vector.privateKey))
        let message = try #require(Hex.decode(vector.message))
        let publicKey = try #require(Ed25519.publicKey(of: key))
        #expect(Hex.encode(publicKey) == vector.publicKey)
        let signature = try #require(Ed25519.sign(message, with: key))
        #expect(Hex.encode(signature) == vector.signature)
        #expect(Ed25519.isValid(signature, of: message, by: publicKey))
        #expect(!Ed25519.isValid(signature, of: message + [0], by: publicKey))
    }

    @Test func `a signature with any bit changed isn't valid`() throws {
        let key = Ed25519.makePrivateKey()
        let publicKey = try #require(Ed25519.publicKey(of: key))
        let signature = try #require(Ed25519.sign([1, 2, 3], with: key))
        for index in signature.indices {
            for bit in 0..<8 {
                var changed = signature
                changed[index] ^= 1 << UInt8(bit)
                #expect(!Ed25519.isValid(changed, of: [1, 2, 3], by: publicKey))
            }
        }
    }

    @Test(arguments: [0, 1, 31, 33, 64])
    func `bytes of another length are refused as a key and as a signature`(count: Int) throws {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(Ed25519.publicKey(of: bytes) == nil && Ed25519.sign([], with: bytes) == nil)
        let key = Ed25519.makePrivateKey()
        let publicKey = try #require(Ed25519.publicKey(of: key))
        #expect(!Ed25519.isValid(Array(bytes.prefix(63)), of: [], by: publicKey))
        #expect(!Ed25519.isValid([UInt8](repeating: 0, count: 64), of: [], by: bytes))
    }

    @Test func `two new keys differ`() {
        #expect(Ed25519.makePrivateKey() != Ed25519.makePrivateKey())
    }
}
