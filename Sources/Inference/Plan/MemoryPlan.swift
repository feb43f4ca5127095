/// Gives every value of a settled graph its place in one block of memory; values that are not alive together share places.
struct MemoryPlan {
    /// Where a value's bytes are.
    enum Place {
        /// Bytes from the block's start.
        case block(Int)
        case constant(TensorStorage)
    }

    /// The place of each value, by index; nil for values that nothing makes.
    private(set) var places: [Place?]
    /// Where each node's scratch memory begins.
    private(set) var scratch: [Int]
    /// Bytes of the block.
    private(set) var byteCount = 0

    /// Values that are views of one another, or lie one over the other, are of one group.
    private struct Group {
        var bytes: Int
        var first: Int
        var last: Int
        var isPinned: Bool
        var constant: TensorStorage?
        var offset = 0
    }

    /// - Throws: `tooLarge` when the block and the steps' own tables would pass the limit.
    init(_ graph: Graph, _ prepared: [Prepared], maximumBytes: Int) throws(InferenceError) {
        places = Array(repeating: nil, count: graph.values.count)
        var groups: [Group] = []
        var groupOf = [Int?](repeating: nil, count: graph.values.count)
        let end = graph.nodes.count

        for (index, value) in graph.values.enumerated() {
            guard let constant = value.constant else { continue }
            groupOf[index] = groups.count
            groups.append(Group(bytes: 0, first: 0, last: end, isPinned: true, constant: constant.storage))
        }
        for id in graph.inputs where graph[id].constant == nil {
            // The caller may write an input at any time between two runs, and may leave it as it was.
            groupOf[id.index] = groups.count
            groups.append(Group(bytes: graph[id].settled!.byteCount, first: -1, last: end, isPinned: true))
        }

        var lastUse = [Int](repeating: -1, count: graph.values.count)
        for (index, node) in graph.nodes.enumerated() {
            for input in node.inputs { if let input { lastUse[input.index] = index } }
        }
        for id in graph.outputs { lastUse[id.index] = end }

        // Views first: a group lives as long as the longest of its members.
        for (index, node) in graph.nodes.enumerated() {
            for (position, output) in node.outputs.enumerated() {
                guard let output else { continue }
                if case .view = prepared[index].body, position == 0, let group = groupOf[node.inputs[0]!.index] {
                    groupOf[output.index] = group
                } else {
                    groupOf[output.index] = groups.count
                    groups.append(
                        Group(
                            bytes: prepared[index].outputs[position].byteCount, first: index, last: index,
                            isPinned: false))
                }
                let group = groupOf[output.index]!
                groups[group].last = max(groups[group].last, lastUse[output.index])
            }
        }
        for (index, value) in graph.values.enumerated() where value.constant == nil {
            if let group = groupOf[index] { groups[group].last = max(groups[group].last, lastUse[index]) }
        }

        MemoryPlan.overlay(graph, prepared, &groups, &groupOf)
        scratch = MemoryPlan.layOut(&groups, groupOf, prepared.map(\.scratch), byteCount: &byteCount)
        let all = try Checked.sum([byteCount] + prepared.map(\.tables), "the network's values in bytes")
        guard all <= maximumBytes else {
            throw InferenceError(.tooLarge, "the network's values take \(all) bytes; the limit is \(maximumBytes)")
        }
        for (index, group) in groupOf.enumerated() {
            guard let group else { continue }
            places[index] = groups[group].constant.map { .constant($0) } ?? .block(groups[group].offset)
        }
    }

    /// Lays outputs over inputs that die with the node, where the operator's definition allows it.
    private static func overlay(
        _ graph: Graph, _ prepared: [Prepared], _ groups: inout [Group], _ groupOf: inout [Int?]
    ) {
        for (index, node) in graph.nodes.enumerated() {
            guard let output = node.outputs.first ?? nil, let old = groupOf[output.index] else { continue }
            guard case .compute = prepared[index].body else { continue }
            for position in prepared[index].overwritable {
                guard let input = node.inputs[position], let group = groupOf[input.index] else { continue }
                let isAlone = node.inputs.allSatisfy { other in
                    other == nil || other == input || groupOf[other!.index] != group
                }
                guard !groups[group].isPinned, groups[group].last == index, isAlone, group != old,
                    groups[group].bytes >= groups[old].bytes, groups[old].first == index
                else { continue }
                groups[group].last = max(groups[group].last, groups[old].last)
                for value in groupOf.indices where groupOf[value] == old { groupOf[value] = group }
                break
            }
        }
    }

    /// Places the groups, largest first, each at the lowest offset that is free for its whole life.
    private static func layOut(
        _ groups: inout [Group], _ groupOf: [Int?], _ scratch: [Int], byteCount: inout Int
    ) -> [Int] {
        let used = Set(groupOf.compactMap { $0 })
        var blocks: [(group: Int?, node: Int, bytes: Int, first: Int, last: Int)] = []
        for (index, group) in groups.enumerated() where group.constant == nil && used.contains(index) {
            blocks.append((index, 0, (max(group.bytes, 1) + 63) & ~63, group.first, group.last))
        }
        for (index, bytes) in scratch.enumerated() where bytes > 0 {
            blocks.append((nil, index, (bytes + 63) & ~63, index, index))
        }
        blocks.sort { ($0.bytes, $1.first) > ($1.bytes, $0.first) }

        var offsets = [Int](repeating: 0, count: scratch.count)
        var placed: [(offset: Int, end: Int, first: Int, last: Int)] = []
        for block in blocks {
            var offset = 0
            // `placed` is kept in the order of offsets, so that one pass finds the first gap.
            for other in placed where other.first <= block.last && block.first <= other.last {
                if offset + block.bytes <= other.offset { break }
                offset = max(offset, other.end)
            }
            let entry = (offset: offset, end: offset + block.bytes, first: block.first, last: block.last)
            let position = placed.firstIndex { $0.offset > offset } ?? placed.count
            placed.insert(entry, at: position)
            byteCount = max(byteCount, entry.end)
            if let group = block.group { groups[group].offset = offset } else { offsets[block.node] = offset }
        }
        return offsets
    }
}
