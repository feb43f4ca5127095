/// Keys with their values.
extension JSONWriter {
    /// Writes a key and a string.
    public mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    /// Writes a key and an integer.
    public mutating func member(_ name: StaticString, _ value: Int) {
        key(name)
        integer(value)
    }

    /// Writes a key and `true` or `false`.
    public mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// Writes a key and a number with exactly `decimals` decimals.
    public mutating func member(_ name: StaticString, _ value: Double, decimals: Int) {
        key(name)
        fixed(value, decimals: decimals)
    }

    /// Writes a key and an array, whose elements `write` puts down one by one.
    public mutating func members<Element>(
        _ name: StaticString, _ elements: [Element], write: (inout JSONWriter, Element) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements { write(&self, element) }
        endArray()
    }
}
