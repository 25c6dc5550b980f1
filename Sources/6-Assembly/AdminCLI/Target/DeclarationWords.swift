import AdminAPI
import JSON
import REST
import System

/// What the options of `target add` and `target update` declare.
struct DeclarationWords: Sendable {
    /// Not empty, as the API says of an empty one.
    let function: String?
    private let contract: String?
    private let approval: String?
    private let timeout: String?
    // An empty text clears.
    private let region: String?
    private let qualifier: String?
    private let endpoint: String?
    private let description: String?
    private let pins: JSONValue?
    private let allowsHidden: JSONValue?
    /// Of a JSON array; an empty name clears what was declared before.
    private let toolsFile: String?

    private static let toolsBytesMax = 4 << 20

    init(_ words: ParsedWords) throws(UsageError) {
        function = words.option("--function")
        contract = words.option("--contract")
        approval = words.option("--approval")
        timeout = words.option("--timeout")
        region = words.option("--region")
        qualifier = words.option("--qualifier")
        endpoint = words.option("--endpoint")
        description = words.option("--description")
        pins = try Self.truth("--pin-definitions", words, isClearable: true)
        allowsHidden = try Self.truth("--allow-hidden", words, isClearable: false)
        toolsFile = words.option("--tools")
    }

    private static func truth(
        _ option: String,
        _ words: ParsedWords,
        isClearable: Bool
    ) throws(UsageError) -> JSONValue? {
        switch words.option(option) {
        case nil: return nil
        case "true": return true
        case "false": return false
        case "" where isClearable: return .null
        default: throw UsageError("\(option) is true or false")
        }
    }

    var isEmpty: Bool {
        [function, contract, approval, timeout, region, qualifier, endpoint, description, toolsFile]
            .allSatisfy { $0 == nil } && pins == nil && allowsHidden == nil
    }

    /// Says it in a request, but for the function. Reads the file of `--tools`.
    /// - Parameter adding: whether there is nothing to clear yet.
    func fill<A, Output>(
        _ request: inout OperationRequest<A, Output>,
        _ declaration: KeyPath<A, DeclarationArguments>,
        adding: Bool
    ) throws {
        func change(_ text: String?) -> JSONValue? {
            guard text == "" else { return text.map { .string($0) } }
            return adding ? nil : .null
        }
        request[declaration, \.contract] = contract.map { .string($0) }
        request[declaration, \.approval] = approval.map { .string($0) }
        request[declaration, \.timeout] = timeout.map { .string($0) }
        request[declaration, \.region] = change(region)
        request[declaration, \.qualifier] = change(qualifier)
        request[declaration, \.endpoint] = change(endpoint)
        request[declaration, \.description] = change(description)
        request[declaration, \.pinDefinitions] = pins
        request[declaration, \.allowHidden] = allowsHidden
        if let toolsFile { request[declaration, \.tools] = toolsFile.isEmpty ? .null : try tools(toolsFile) }
    }

    private func tools(_ file: String) throws -> JSONValue {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try Files.read(file, bytesMax: Self.toolsBytesMax)
        } catch {
            throw CommandFailure("the file of --tools can't be read: \(error)")
        }
        do throws(JSONError) {
            // Editors on Windows put a byte-order mark at the start. Source: RFC 8259 §8.1
            let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            return try JSONValue(parsing: bytes.span, in: start..<bytes.count)
        } catch {
            throw CommandFailure("the file of --tools, \(file), is no JSON: \(error.description)")
        }
    }
}
