import Control
import Files

/// What the options of `target add` and `target update` declare.
struct DeclarationWords: Sendable {
    private var declaration: TargetDeclaration
    private let toolsFile: String?

    private static let toolsBytesMax = 4 << 20

    init(_ words: ParsedWords) {
        declaration = TargetDeclaration()
        declaration.function = words.option("--function")
        declaration.contract = words.option("--contract")
        declaration.region = words.option("--region")
        declaration.qualifier = words.option("--qualifier")
        declaration.endpoint = words.option("--endpoint")
        declaration.approval = words.option("--approval")
        declaration.timeout = words.option("--timeout")
        declaration.description = words.option("--description")
        toolsFile = words.option("--tools")
    }

    var isEmpty: Bool { declaration.isEmpty && toolsFile == nil }

    /// Reads the file of `--tools`; an empty name clears what was declared before.
    func read() throws -> TargetDeclaration {
        var result = declaration
        guard let toolsFile else { return result }
        guard !toolsFile.isEmpty else {
            result.toolsJSON = ""
            return result
        }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try Files.read(toolsFile, bytesMax: Self.toolsBytesMax)
        } catch {
            throw CommandFailure("the file of --tools can't be read: \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw CommandFailure("the file of --tools is empty or not UTF-8: \(toolsFile)")
        }
        result.toolsJSON = text
        return result
    }
}
