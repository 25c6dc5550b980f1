import Bytes
import Telemetry

/// Maps positions in a state's names to numbers in one file's tables; filled in as the names occur.
struct NameNumbers {
    let names: CallNames
    /// For each key: its caller, and the tenant that it occurred with.
    private var callerOfKey: [(tenant: Int32, caller: Int32)]
    /// For each tenant plus one: the caller without a key.
    private var callerOfTenant: [Int32]
    private var tools: [Int32]

    private static let unmet: Int32 = -1

    init(_ names: CallNames) {
        self.names = names
        callerOfKey = Array(repeating: (Self.unmet, Self.unmet), count: names.keys.count)
        callerOfTenant = Array(repeating: Self.unmet, count: names.tenants.count + 1)
        tools = Array(repeating: Self.unmet, count: names.tools.count)
    }

    @inline(__always)
    mutating func caller(tenant: Int32, key: Int32, _ file: inout FileNames) -> Int32 {
        let key = Int(key)
        if callerOfKey.indices.contains(key) {
            let met = callerOfKey[key]
            if met.caller >= 0, met.tenant == tenant { return met.caller }
            callerOfKey[key] = (tenant, file.callers.number(row(tenant, names.keys[key])))
            return callerOfKey[key].caller
        }
        let place = callerOfTenant.indices.contains(Int(tenant) + 1) ? Int(tenant) + 1 : 0
        if callerOfTenant[place] < 0 {
            callerOfTenant[place] = file.callers.number(row(Int32(place) - 1, nil))
        }
        return callerOfTenant[place]
    }

    private func row(_ tenant: Int32, _ key: String?) -> CallerRow {
        let index = Int(tenant)
        guard names.tenants.indices.contains(index) else {
            return CallerRow(tenantID: 0, tenant: "", key: key)
        }
        let id = names.tenantIDs.indices.contains(index) ? names.tenantIDs[index] : 0
        return CallerRow(tenantID: id, tenant: names.tenants[index], key: key)
    }

    /// nil when there is no such tool.
    @inline(__always)
    mutating func tool(_ position: Int32, _ file: inout FileNames) -> Int32? {
        let index = Int(position)
        guard tools.indices.contains(index) else { return nil }
        if tools[index] < 0 {
            let tool = names.tools[index]
            let row = ToolRow(
                target: target(tool),
                name: tool.name,
                exposedName: tool.exposedName,
                sha256: tool.sha256 == .none ? nil : tool.sha256
            )
            tools[index] = file.tools.number(row)
        }
        return tools[index]
    }

    func target(_ tool: CallNames.Tool) -> String? {
        names.targets.indices.contains(Int(tool.target)) ? names.targets[Int(tool.target)] : nil
    }
}

/// The same for the texts of one batch.
struct BatchTexts {
    let texts: [String]
    private var numbers: [Int32]
    private var asked: [Int32]
    /// For each outcome: the ending without a code.
    private var endings = [Int32](repeating: -1, count: 256)
    /// For each code: the ending that it occurred with last.
    private var endingsOfCodes: [(outcome: UInt8, number: Int32)] = []

    init(_ texts: [String]) {
        self.texts = texts
        numbers = Array(repeating: -1, count: texts.count)
        asked = numbers
    }

    /// The file's number for a text; -1 for none.
    @inline(__always)
    mutating func number(
        _ position: Int32,
        _ file: inout FileNames,
        bytesMax: Int = 512,
        isClients: Bool = false
    ) -> Int32 {
        let index = Int(position)
        guard numbers.indices.contains(index) else { return -1 }
        if numbers[index] < 0 {
            numbers[index] = file.text(texts[index], bytesMax: bytesMax, isClients: isClients)
        }
        return numbers[index]
    }

    mutating func askedTool(_ position: Int32, _ file: inout FileNames) -> Int32 {
        let index = Int(position)
        guard asked.indices.contains(index) else { return file.asked("") }
        if asked[index] < 0 { asked[index] = file.asked(texts[index]) }
        return asked[index]
    }

    @inline(__always)
    mutating func ending(outcome: UInt8, code: Int32, _ file: inout FileNames) -> Int32 {
        let index = Int(code)
        if texts.indices.contains(index) {
            if endingsOfCodes.isEmpty { endingsOfCodes = Array(repeating: (0, -1), count: texts.count) }
            let met = endingsOfCodes[index]
            if met.number >= 0, met.outcome == outcome { return met.number }
            let row = EndingRow(outcome: outcome, code: cut(texts[index], to: 64))
            endingsOfCodes[index] = (outcome, file.endings.number(row))
            return endingsOfCodes[index].number
        }
        let place = Int(outcome)
        if endings[place] < 0 { endings[place] = file.endings.number(EndingRow(outcome: outcome)) }
        return endings[place]
    }
}
