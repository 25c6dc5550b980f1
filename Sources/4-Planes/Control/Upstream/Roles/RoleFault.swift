import AWS

/// Why a call can't be made with its role or its Lambda tenant id. For the operator; holds no secret.
package struct RoleFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
