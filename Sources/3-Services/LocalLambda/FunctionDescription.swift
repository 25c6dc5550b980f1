import Bytes
import Calendar
import Crypto
import JSON

/// A function's description in the answers of ListFunctions and GetFunction.
///
/// Members that a local function doesn't have (a package's size, a runtime's version) are left out rather than made
/// up.
/// Source: AWS Lambda API reference, FunctionConfiguration; recorded answers of AWS (`lambda-snapshots`)
struct FunctionDescription {
    let function: FunctionDefinition
    /// The function's ARN, with a qualifier if the request had one.
    let arn: String
    /// The execution role's ARN.
    let role: String
    let modifiedMs: Int64

    /// The function's configuration; `isListed` selects the form of ListFunctions, which has no states.
    func configuration(isListed: Bool) -> JSONValue {
        let variables = function.environment.sorted { $0.key < $1.key }.map {
            ($0.key, JSONValue.string($0.value))
        }
        let hash = codeHash
        var members: [(String, JSONValue)] = [
            ("Architectures", [.string(Self.architecture)]),
            ("CodeSha256", .string(Base64.standard.encode(hash))),
            ("Description", .string(function.description)),
            ("Environment", ["Variables": .object(JSONObject(variables))]),
            ("EphemeralStorage", ["Size": 512]),
            ("FunctionArn", .string(arn)),
            ("FunctionName", .string(function.name)),
            ("Handler", .string(function.handler)),
            ("LastModified", .string(dateAndTimeText(ms: modifiedMs) + "+0000")),
            ("LoggingConfig", ["LogFormat": "Text", "LogGroup": .string("/aws/lambda/\(function.name)")]),
            ("MemorySize", .number(String(function.memoryMB))),
            ("PackageType", "Zip"),
            ("RevisionId", .string(Self.uuid(hash))),
            ("Role", .string(role)),
            ("Runtime", .string(function.runtime)),
            ("SnapStart", ["ApplyOn": "None", "OptimizationStatus": "Off"]),
            ("Timeout", .number(String(function.timeoutSeconds))),
            ("TracingConfig", ["Mode": "PassThrough"]),
            ("Version", "$LATEST"),
        ]
        if !isListed { members += [("State", "Active"), ("LastUpdateStatus", "Successful")] }
        return .object(JSONObject(members))
    }

    /// GetFunction's whole answer. The location is the code's folder, because there is no package to download.
    var whole: JSONValue {
        var members: [(String, JSONValue)] = [
            ("Configuration", configuration(isListed: false)),
            ("Code", ["RepositoryType": "Local", "Location": .string("file://\(function.directory)")]),
            ("Concurrency", ["ReservedConcurrentExecutions": .number(String(function.concurrency))]),
        ]
        if !function.tags.isEmpty { members.append(("Tags", tags)) }
        return .object(JSONObject(members))
    }

    var tags: JSONValue {
        .object(JSONObject(function.tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    /// A hash that changes whenever the definition changes.
    private var codeHash: [UInt8] {
        let environment = function.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let settings = [function.name, function.handler, function.directory, function.runtime]
        let numbers = [function.memoryMB, function.timeoutSeconds, function.concurrency].map(String.init)
        let parts = settings + function.command + environment + numbers
        return SHA256.hash(parts.joined(separator: "\0")).bytes
    }

    private static func uuid(_ hash: [UInt8]) -> String {
        let digits = Hex.encode(Array(hash.prefix(16)))
        let cuts = [0, 8, 12, 16, 20, 32]
        return zip(cuts, cuts.dropFirst()).map { digits.dropFirst($0).prefix($1 - $0) }.joined(separator: "-")
    }

    private static var architecture: String {
        #if arch(arm64)
        "arm64"
        #else
        "x86_64"
        #endif
    }
}
