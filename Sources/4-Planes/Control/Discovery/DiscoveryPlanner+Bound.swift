import JSON
import Model
import Policy

extension DiscoveryPlanner {
    /// Keeps the declared tools of each target within the bytes that a target may have. Beyond them, a tool's schema is
    /// replaced by one that accepts any object; if even that has no room, the function is left out.
    ///
    /// Functions whose definitions stay as they are come first, then other served ones, then new ones: adding a
    /// function changes no other function's definition.
    func bound(_ verdicts: inout [Verdict], _ absent: [Verdict]) {
        let known = Dictionary(stored.functions.map { ($0.arn, $0) }, uniquingKeysWith: { first, _ in first })
        // A size begins with the array's two brackets.
        var sizes: [TargetName: Int] = [:]
        func take(_ definition: String, of target: TargetName) -> Bool {
            // The definition and its comma.
            let size = (sizes[target] ?? 2) + definition.utf8.count + 1
            guard size <= TargetSpec.toolsBytesMax else { return false }
            sizes[target] = size
            return true
        }
        for verdict in absent where verdict.isServed {
            if let target = verdict.function.target, let definition = verdict.function.definition {
                _ = take(definition, of: target)
            }
        }
        func rank(_ function: DiscoveryPlan.Function) -> Int {
            guard let known = known[function.arn] else { return 2 }
            return known.definition == function.definition && known.target == function.target ? 0 : 1
        }
        let order = verdicts.indices.map { (index: $0, rank: rank(verdicts[$0].function)) }.sorted {
            ($0.rank, verdicts[$0.index].function.arn) < ($1.rank, verdicts[$1.index].function.arn)
        }
        for (index, _) in order where verdicts[index].isServed {
            let function = verdicts[index].function
            guard let target = function.target, let tool = function.tool,
                let definition = function.definition, !take(definition, of: target)
            else { continue }
            let why = "the tools of \(target) have \(TargetSpec.toolsBytesMax >> 20) MiB already"
            guard let open = PlainTool.opened(definition), take(open, of: target) else {
                verdicts[index].leaveOut(why)
                continue
            }
            verdicts[index].function.definition = open
            verdicts[index].remembered?.definition = open
            verdicts[index].function.schema = .open(why: why)
            if let known = known[function.arn] {
                let isSame = known.target == target && known.tool == tool && known.definition == open
                verdicts[index].function.state = isSame ? .unchanged : .changed
            }
        }
    }
}
