import Bytes
import Config
import Control
import JSON
import REST
import Store
import System

struct CallsVerify: Command {
    private static let keyOption = Usage.Option(
        name: "--public-key",
        value: "FILE|TEXT",
        summary:
            "the issuer that is trusted: what `calls receipt-key` prints, the key in it, or its fingerprint",
        offer: .file
    )
    private static let argumentsOption = Usage.Option(
        name: "--arguments",
        value: "FILE",
        summary: "compare the arguments that the call is said to have had",
        offer: .file
    )
    private static let resultOption = Usage.Option(
        name: "--result",
        value: "FILE",
        summary: "compare the result that it is said to have had",
        offer: .file
    )
    private static let storeOption = Usage.Option(
        name: "--store",
        value: "FILE",
        summary:
            "also look in the audit log of this store, or copy of one; that of --config when that is given",
        offer: .file
    )

    static let usage = Usage(
        path: ["calls", "verify"],
        summary: "Checks the receipt of a call, without a server or a store.",
        operands: [.init(name: "file", summary: "the receipt, from `calls receipt -o json`", offer: .file)],
        options: [keyOption, argumentsOption, resultOption, storeOption],
        details: """
            The receipt's signature, and what else is asked for, must hold; if anything doesn't, the exit status is 1. Without
            --public-key a receipt vouches for itself only: anybody can sign one with a key of their own.
            """,
        example: """
            mcp-gateway calls verify receipt.json --public-key receipt-key.json
            mcp-gateway calls verify receipt.json --public-key receipt-key.json --arguments arguments.json --store var/gateway.db
            """,
        reach: .thisMachine
    )

    let file: String
    let pin: String?
    let arguments: String?
    let result: String?
    let store: String?
    let hasConfig: Bool

    /// The bound on files of arguments or a result.
    private static let bodyBytesMax = 64 << 20

    init(_ words: ParsedWords) throws {
        file = try words.required(0)
        pin = words.option(Self.keyOption)
        arguments = words.option(Self.argumentsOption)
        result = words.option(Self.resultOption)
        store = words.option(Self.storeOption)
        hasConfig = words.option(.config) != nil
    }

    func run(_ session: Session) throws -> Int32 {
        var check = ReceiptCheck(
            try Self.bytes(file, "the receipt", max: Receipt.bytesMax),
            pin: try pin.map { try Self.pin($0) },
            arguments: try arguments.map { try Self.bytes($0, "the arguments", max: Self.bodyBytesMax) },
            result: try result.map { try Self.bytes($0, "the result", max: Self.bodyBytesMax) }
        )
        if let path = try storePath(session) { try check.check(againstStore: path) }
        session.answer(Self.json(check), text: Self.text(check, session))
        return check.isGood ? 0 : 1
    }

    private func storePath(_ session: Session) throws -> String? {
        if let store { return store }
        guard hasConfig else { return nil }
        return try session.loadConfig(needing: .only(["store"])).config.store.path
    }

    private static func bytes(_ file: String, _ what: String, max: Int) throws -> [UInt8] {
        do throws(FileError) { return try Files.read(file, bytesMax: max) } catch {
            throw CommandFailure("\(what) can't be read: \(error)")
        }
    }

    /// The public key that the word is, or that the file of that name holds.
    private static func pin(_ word: String) throws -> ReceiptPin {
        if let pin = ReceiptPin(word) { return pin }
        let bytes = try bytes(word, "the public key", max: 64 * 1024)
        guard let text = String(validating: bytes, as: UTF8.self), let pin = ReceiptPin(text) else {
            throw CommandFailure(
                "there is no public key in \(word)",
                hint:
                    "it holds what `calls receipt-key` prints with -o json, the key in it, or its fingerprint"
            )
        }
        return pin
    }

    private static func json(_ check: ReceiptCheck) -> JSONValue {
        [
            "ok": .bool(check.isGood), "signed": .bool(check.isSigned),
            "fingerprint": .optional(check.fingerprint),
            "pinned": check.isPinned.map { .bool($0) } ?? .null,
            "arguments": .string(check.arguments.rawValue), "result": .string(check.result.rawValue),
            "inChain": check.isInChain.map { .bool($0) } ?? .null, "faults": .texts(check.faults),
            "receipt": check.receipt ?? .null,
        ]
    }

    private static func text(_ check: ReceiptCheck, _ session: Session) -> String {
        var lines: [String] = []
        if check.isSigned, let fingerprint = check.fingerprint {
            lines.append("the signature is good for the key with fingerprint \(fingerprint)")
            switch check.isPinned {
            case true: lines.append("that is the issuer that is trusted")
            case false: break
            default:
                lines.append(
                    "no --public-key was given: the receipt vouches for itself only; compare the fingerprint with the issuer's"
                )
            }
        }
        if check.arguments == .same { lines.append("the arguments are those of the call") }
        if check.result == .same { lines.append("the result is that of the call") }
        if check.isInChain == true {
            lines.append("its events are in the audit log, and the log's chain is whole")
        }
        lines += check.faults.map { "NOT GOOD: \(safe($0))" }
        let said = lines.map { "\($0)\n" }.joined()
        guard check.isSigned, let receipt = check.receipt else { return said }
        let rows = details(
            ReceiptRows.all(Answer<ReceiptForm>(receipt)),
            nowMs: session.nowMs(),
            style: session.out.style
        )
        return "\(rows)\n\(said)"
    }
}
