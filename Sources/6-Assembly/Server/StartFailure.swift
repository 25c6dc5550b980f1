/// Why a gateway did not start: one line per fault, each naming what was wrong and where.
package struct StartFailure: Error, Equatable, CustomStringConvertible {
    package let faults: [String]

    package init(_ faults: [String]) { self.faults = faults }
    package init(_ fault: String) { faults = [fault] }

    package var description: String { faults.joined(separator: "\n") }
}
