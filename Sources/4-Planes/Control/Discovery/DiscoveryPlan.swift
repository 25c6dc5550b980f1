package import Contracts
package import Policy
package import Store

/// The plan that follows from what a discovery found; nothing of it is in force yet.
package struct DiscoveryPlan: Sendable, Equatable {
    /// One region that was searched.
    package struct Place: Sendable, Equatable {
        package var region: String
        /// How many functions there have names that the discovery's settings mean.
        package var functionCount = 0
        /// Why the region couldn't be listed; what was found there before stays as it is.
        package var error: String?

        package init(region: String, functionCount: Int = 0, error: String? = nil) {
            self.region = region
            self.functionCount = functionCount
            self.error = error
        }
    }

    /// One function that was found now or earlier.
    package struct Function: Sendable, Equatable {
        package enum State: Sendable, Equatable {
            case new
            case changed
            case unchanged
            /// No longer found; kept until it has been missing for the grace period.
            case missing(sinceMs: Int64, untilMs: Int64)
            /// Removed: missing for long enough, or excluded by its owner's tag.
            case removed(why: String)
            /// Not served; `why` is the reason.
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
        /// Notes for the operator, such as that the exposed name is too long.
        package var notes: [String] = []
        /// The tool as it is declared, a JSON object.
        package var definition: String?

        /// The name that agents would use; nil if the function names its tools itself.
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
        /// What is stored about its functions when the plan is applied.
        package var functions: [DiscoveredFunction]
        /// Whether the store has all of it already, so that nothing must be written.
        package var isStored = false

        package var name: TargetName { spec.name }
    }

    /// The discovery's name.
    package var name: String
    package var places: [Place]
    /// In order of their names and regions.
    package var functions: [Function]
    /// In order of their names.
    package var targets: [Target]
    /// Whether in some region more than half of the served functions were not found. None of those is removed before it
    /// was missed three times, with at least half an interval in between.
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

    /// Why regions couldn't be listed; nil when all could.
    package var error: String? {
        let errors = places.compactMap { place in place.error.map { "\(place.region): \($0)" } }
        return errors.isEmpty ? nil : errors.joined(separator: "; ")
    }

    /// Whether no region could be listed, so that nothing changes.
    package var isFailed: Bool { places.allSatisfy { $0.error != nil } }
}
