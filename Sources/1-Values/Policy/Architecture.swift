/// The kind of processor that a function runs on: Lambda's price differs between them.
/// Source: Lambda API Reference, "FunctionConfiguration", Architectures
package enum Architecture: String, Sendable, CaseIterable {
    case x86 = "x86_64"
    case arm = "arm64"
}
