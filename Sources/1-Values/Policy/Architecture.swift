/// What kind of processor a function runs on: Lambda asks another price for each.
/// Source: Lambda API Reference, "FunctionConfiguration", Architectures
package enum Architecture: String, Sendable, CaseIterable {
    case x86 = "x86_64"
    case arm = "arm64"
}
