import AWS

/// Why a call can't be made as it should be: as whom, or for whom. For the operator; nothing secret is in it.
package struct RoleFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
