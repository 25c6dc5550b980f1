package import Contracts
package import Policy
package import Store

/// What a discovery found and what follows from it; nothing of it is in force yet.
package struct DiscoveryPlan: Sendable, Equatable {
    /// One region that was asked.
    package struct Place: Sendable, Equatable {
        package var region: String
        /// How many functions there have names that are meant.
        package var functionCount = 0
        /// Why it couldn't be listed; what was found there before stays as it is.
        package var error: String?

        package init(region: String, functionCount: Int = 0, error: String? = nil) {
            self.region = region
            self.functionCount = functionCount
            self.error = error
        }
    }

    /// One function that was found, or that was found before.
    package struct Function: Sendable, Equatable {
        package enum State: Sendable, Equatable {
            case new
            case changed
            case unchanged
            /// Not found any more, and kept until it has been missing for the grace period.
            case missing(sinceMs: Int64, untilMs: Int64)
            /// Not found any more for long enough, or its owner has tagged it so.
            case removed(why: String)
            /// Not served, and why.
            case leftOut(why: String)

            /// The word of the JSON form.
            package var word: String {
                switch self {
                case .new: "new"
                case .changed: "changed"
                case .unchanged: "unchanged"
                case .missing: "missing"
                case .removed: "removed"
                case .leftOut: "left_out"
                }
            }
        }

        package var arn: String
        package var name: String
        package var region: String
        package var account: String
        package var target: TargetName?
        /// The tool's own name, for a plain function.
        package var tool: String?
        package var contract: Contract?
        package var contractReason: DiscoveryReason?
        package var approval: Approval?
        package var approvalReason: DiscoveryReason?
        package var schema: SchemaOrigin?
        package var state: State
        /// What else an operator should know, such as that the exposed name is too long.
        package var notes: [String] = []
        /// The tool as it is declared, a JSON object.
        package var definition: String?

        /// What agents would call it by; nil where the function names its tools itself.
        package var exposedName: String? {
            guard let target, let tool else { return nil }
            return ToolRecord.exposedName(target: target.text, tool: tool)
        }
    }

    /// One target that the discovery keeps.
    package struct Target: Sendable, Equatable {
        package enum Change: String, Sendable, Equatable, CaseIterable {
            case added, updated, removed, unchanged
        }

        package var spec: TargetSpec
        package var change: Change
        /// What is remembered of its functions when the plan is applied.
        package var functions: [DiscoveredFunction]
        /// Whether all of it is in the store already, and nothing is to be written.
        package var isStored = false

        package var name: TargetName { spec.name }
    }

    /// The discovery's.
    package var name: String
    package var places: [Place]
    /// In order of their names and regions.
    package var functions: [Function]
    /// In order of their names.
    package var targets: [Target]
    /// In a region, more than half of what is served was not found: nothing of that is removed before it was missed three
    /// times, with at least half an interval between.
    package var isDoubted = false

    package init(
        name: String,
        places: [Place] = [],
        functions: [Function] = [],
        targets: [Target] = []
    ) {
        self.name = name
        self.places = places
        self.functions = functions
        self.targets = targets
    }

    /// Why nothing at all could be listed; nil when a region could.
    package var error: String? {
        let errors = places.compactMap { place in place.error.map { "\(place.region): \($0)" } }
        return errors.isEmpty ? nil : errors.joined(separator: "; ")
    }

    /// Whether no region could be listed, and nothing follows.
    package var isFailed: Bool { places.allSatisfy { $0.error != nil } }
}
