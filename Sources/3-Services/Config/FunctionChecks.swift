// The syntax of a Lambda function's name. Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

/// Checks a function's name, partial ARN or ARN, each with or without a qualifier.
func checkFunction(_ text: String) -> String? {
    let wanted = "must be a Lambda function's name or ARN, not \(brief(text))"
    guard (1...256).contains(text.utf8.count) else { return "must have 1 to 256 characters" }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let name: Substring
    switch parts.count {
    case 1, 2: name = parts[0]
    case 3, 4:
        guard isAccount(parts[0]), parts[1] == "function" else { return wanted }
        name = parts[2]
    case 7, 8:
        guard parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "lambda",
            checkRegion(String(parts[3])) == nil,
            isAccount(parts[4]), parts[5] == "function"
        else { return wanted }
        name = parts[6]
    default: return wanted
    }
    guard isFunctionName(name) else {
        return "must name a function of 1 to 64 letters, digits, hyphens and underscores, not \(brief(text))"
    }
    guard [2, 4, 8].contains(parts.count), let qualifier = parts.last else { return nil }
    return checkQualifier(String(qualifier))
}

/// `$LATEST`, a version's number or an alias.
func checkQualifier(_ text: String) -> String? {
    let isName = (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
    return text == "$LATEST" || isName
        ? nil : "must be \"$LATEST\", a version or an alias, not \(brief(text))"
}

func checkDescription(_ text: String) -> String? {
    text.utf8.count <= 1024 ? nil : "must have at most 1024 bytes"
}

/// The qualifier at the end of a name or ARN, if it has one.
func functionQualifier(_ function: String) -> String? {
    let parts = function.split(separator: ":", omittingEmptySubsequences: false)
    return [2, 4, 8].contains(parts.count) ? parts.last.map { String($0) } : nil
}

private func isAccount(_ text: Substring) -> Bool {
    text.utf8.count == 12 && text.utf8.allSatisfy { $0 &- 48 < 10 }
}

private func isFunctionName(_ text: Substring) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
}

private func isNameByte(_ byte: UInt8) -> Bool {
    byte &- 48 < 10 || (byte | 32) &- 97 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
}
