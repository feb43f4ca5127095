import CKernels
import Testing

/// Pooling and resizing.
struct ImageKernelTests {
    static func pool(_ random: inout Random) -> nf_pool {
        var p = nf_pool()
        (p.batch, p.channels) = (Int32(random.int(1...2)), Int32(random.int(1...36)))
        (p.in_height, p.in_width) = (Int32(random.int(1...11)), Int32(random.int(1...11)))
        (p.kernel_height, p.kernel_width) = (Int32(random.int(1...4)), Int32(random.int(1...4)))
        (p.stride_y, p.stride_x) = (Int32(random.int(1...3)), Int32(random.int(1...3)))
        (p.dilation_y, p.dilation_x) = (Int32(random.int(1...2)), Int32(random.int(1...2)))
        (p.pad_top, p.pad_left) = (
            Int32(random.int(0...Int(p.kernel_height) - 1)), Int32(random.int(0...Int(p.kernel_width) - 1))
        )
        (p.pad_bottom, p.pad_right) = (Int32(random.int(0...2)), Int32(random.int(0...2)))
        let reach = ((p.kernel_height - 1) * p.dilation_y + 1, (p.kernel_width - 1) * p.dilation_x + 1)
        p.out_height = max(1, (p.in_height + p.pad_top + p.pad_bottom - reach.0) / p.stride_y + 1)
        p.out_width = max(1, (p.in_width + p.pad_left + p.pad_right - reach.1) / p.stride_x + 1)
        p.count_padding = random.int(0...1) == 1
        p.in_pitch = random.int(0...1) == 0 ? 0 : p.channels + Int32(random.int(0...3))
        p.out_pitch = random.int(0...1) == 0 ? 0 : p.channels + Int32(random.int(0...3))
        return p
    }

    /// The definition, in double precision; nil where a window holds no pixel.
    static func reference(_ p: nf_pool, average: Bool, _ input: [Float]) -> [Float] {
        let inPitch = Int(p.in_pitch == 0 ? p.channels : p.in_pitch)
        let outPitch = Int(p.out_pitch == 0 ? p.channels : p.out_pitch)
        var output = [Float](repeating: .nan, count: Int(p.batch * p.out_height * p.out_width) * outPitch)
        for n in 0..<p.batch {
            for oy in 0..<p.out_height {
                for ox in 0..<p.out_width {
                    let pixel = Int((n * p.out_height + oy) * p.out_width + ox)
                    for c in 0..<Int(p.channels) {
                        var (sum, top, inside, counted) = (0.0, -Double.infinity, 0, 0)
                        for ky in 0..<p.kernel_height {
                            for kx in 0..<p.kernel_width {
                                let y = oy * p.stride_y - p.pad_top + ky * p.dilation_y
                                let x = ox * p.stride_x - p.pad_left + kx * p.dilation_x
                                if y < p.in_height + p.pad_bottom, x < p.in_width + p.pad_right { counted += 1 }
                                guard y >= 0, x >= 0, y < p.in_height, x < p.in_width else { continue }
                                let value = Double(input[Int((n * p.in_height + y) * p.in_width + x) * inPitch + c])
                                (sum, top, inside) = (sum + value, max(top, value), inside + 1)
                            }
                        }
                        let divisor = p.count_padding ? counted : inside
                        output[pixel * outPitch + c] = Float(
                            average ? (divisor > 0 ? sum / Double(divisor) : 0) : top)
                    }
                }
            }
        }
        return output
    }

    @Test func poolingIsItsDefinition() {
        var random = Random(41)
        for round in 0..<300 {
            var p = Self.pool(&random)
            if round % 4 == 0 {
                // The kernel of its own: 2x2 with stride 2 and no padding.
                (p.kernel_height, p.kernel_width, p.stride_y, p.stride_x) = (2, 2, 2, 2)
                (p.dilation_y, p.dilation_x) = (1, 1)
                (p.pad_top, p.pad_left, p.pad_bottom, p.pad_right) = (0, 0, 0, 0)
                (p.in_height, p.in_width) = (p.in_height + 1, p.in_width + 1)
                (p.out_height, p.out_width) = (p.in_height / 2, p.in_width / 2)
            }
            let pitch = Int(p.in_pitch == 0 ? p.channels : p.in_pitch)
            let input = random.floats(Int(p.batch * p.in_height * p.in_width) * pitch)
            for average in [false, true] {
                let expected = Self.reference(p, average: average, input)
                for table in tables {
                    var output = [Float](repeating: .nan, count: expected.count)
                    if average {
                        table.pointee.average_pool(&p, input, &output)
                    } else {
                        table.pointee.max_pool(&p, input, &output)
                    }
                    let problem = Self.difference(output, expected)
                    #expect(problem == nil, "\(table.name) \(average) \(p): \(problem ?? "")")
                }
            }
        }
    }

    /// As `mismatch`, for values that may be infinite: the maximum of no pixel.
    static func difference(_ actual: [Float], _ expected: [Float]) -> String? {
        for (a, b) in zip(actual, expected) where b.isInfinite && a != b { return "\(a), not \(b)" }
        let finite = expected.map { $0.isInfinite ? 0 : $0 }
        let others = zip(actual, expected).map { $1.isInfinite ? 0 : $0 }
        return mismatch(others, finite, tolerance: 2e-6)
    }

    static func resize(_ random: inout Random) -> nf_resize {
        var z = nf_resize()
        (z.batch, z.channels) = (Int32(random.int(1...2)), Int32(random.int(1...36)))
        (z.in_height, z.in_width) = (Int32(random.int(1...9)), Int32(random.int(1...9)))
        (z.out_height, z.out_width) = (Int32(random.int(1...17)), Int32(random.int(1...17)))
        z.in_pitch = random.int(0...1) == 0 ? 0 : z.channels + Int32(random.int(0...3))
        z.out_pitch = random.int(0...1) == 0 ? 0 : z.channels + Int32(random.int(0...3))
        let (high, wide) = (Double(z.in_height), Double(z.in_width))
        switch random.int(0...2) {
        case 0:
            (z.step_y, z.step_x) = (high / Double(z.out_height), wide / Double(z.out_width))
        case 1:
            (z.step_y, z.step_x) = (high / Double(z.out_height), wide / Double(z.out_width))
            (z.offset_y, z.offset_x) = (z.step_y / 2 - 0.5, z.step_x / 2 - 0.5)
        default:
            z.step_y = z.out_height > 1 ? (high - 1) / Double(z.out_height - 1) : 0
            z.step_x = z.out_width > 1 ? (wide - 1) / Double(z.out_width - 1) : 0
        }
        return z
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300])
    func aGeometryThatIsNoneStaysInsideTheImage(value: Double) {
        var z = nf_resize()
        (z.batch, z.channels, z.in_height, z.in_width, z.out_height, z.out_width) = (1, 5, 3, 4, 6, 7)
        (z.step_y, z.step_x, z.offset_y, z.offset_x) = (value, 1, 0, value)
        let input = [Float](repeating: 7, count: 3 * 4 * 5)
        for table in tables {
            var output = [Float](repeating: 0, count: 6 * 7 * 5)
            table.pointee.resize_bilinear(&z, input, &output)
            #expect(output.allSatisfy { $0 == 7 }, "\(table.name)")
            for nearest in [NF_NEAREST_FLOOR, NF_NEAREST_CEIL, NF_NEAREST_ROUND_HALF_DOWN, NF_NEAREST_ROUND_HALF_UP] {
                output = [Float](repeating: 0, count: 6 * 7 * 5)
                table.pointee.resize_nearest(&z, nearest, input, &output)
                #expect(output.allSatisfy { $0 == 7 }, "\(table.name) \(nearest)")
            }
        }
    }

    static func whole(_ at: Double, _ nearest: nf_nearest) -> Double {
        switch nearest {
        case NF_NEAREST_FLOOR: at.rounded(.down)
        case NF_NEAREST_CEIL: at.rounded(.up)
        case NF_NEAREST_ROUND_HALF_DOWN: (at - 0.5).rounded(.up)
        default: (at + 0.5).rounded(.down)
        }
    }

    /// Calls `body` with the output element, the clamped source position and the channel of every output value.
    static func walk(_ z: nf_resize, _ body: (_ image: Int, _ y: Double, _ x: Double, _ c: Int, _ at: Int) -> Void) {
        let outPitch = Int(z.out_pitch == 0 ? z.channels : z.out_pitch)
        for n in 0..<Int(z.batch) {
            for oy in 0..<Int(z.out_height) {
                for ox in 0..<Int(z.out_width) {
                    for c in 0..<Int(z.channels) {
                        let at = ((n * Int(z.out_height) + oy) * Int(z.out_width) + ox) * outPitch + c
                        body(n, Double(oy) * z.step_y + z.offset_y, Double(ox) * z.step_x + z.offset_x, c, at)
                    }
                }
            }
        }
    }

    @Test func resizingReadsWhereItsGeometrySays() {
        var random = Random(42)
        for _ in 0..<200 {
            var z = Self.resize(&random)
            let inPitch = Int(z.in_pitch == 0 ? z.channels : z.in_pitch)
            let outPitch = Int(z.out_pitch == 0 ? z.channels : z.out_pitch)
            let (height, width) = (Int(z.in_height), Int(z.in_width))
            let input = random.floats(Int(z.batch) * height * width * inPitch)
            func pixel(_ n: Int, _ y: Int, _ x: Int, _ c: Int) -> Double {
                Double(input[((n * height + min(y, height - 1)) * width + min(x, width - 1)) * inPitch + c])
            }
            var linear = [Float](repeating: .nan, count: Int(z.batch * z.out_height * z.out_width) * outPitch)
            Self.walk(z) { n, y, x, c, at in
                let (y, x) = (min(max(y, 0), Double(height - 1)), min(max(x, 0), Double(width - 1)))
                let (top, left) = (Int(y), Int(x))
                let (wy, wx) = (y - Double(top), x - Double(left))
                let first = pixel(n, top, left, c) * (1 - wy) + pixel(n, top + 1, left, c) * wy
                let second = pixel(n, top, left + 1, c) * (1 - wy) + pixel(n, top + 1, left + 1, c) * wy
                linear[at] = Float(first * (1 - wx) + second * wx)
            }
            for table in tables {
                var output = [Float](repeating: .nan, count: linear.count)
                table.pointee.resize_bilinear(&z, input, &output)
                #expect(mismatch(output, linear, tolerance: 2e-6) == nil, "\(table.name) \(z)")
            }
            for nearest in [NF_NEAREST_FLOOR, NF_NEAREST_CEIL, NF_NEAREST_ROUND_HALF_DOWN, NF_NEAREST_ROUND_HALF_UP] {
                var expected = [Float](repeating: .nan, count: linear.count)
                Self.walk(z) { n, y, x, c, at in
                    let row = min(max(Self.whole(y, nearest), 0), Double(height - 1))
                    let column = min(max(Self.whole(x, nearest), 0), Double(width - 1))
                    expected[at] = Float(pixel(n, Int(row), Int(column), c))
                }
                for table in tables {
                    var output = [Float](repeating: .nan, count: linear.count)
                    table.pointee.resize_nearest(&z, nearest, input, &output)
                    #expect(mismatch(output, expected, tolerance: 0) == nil, "\(table.name) \(nearest) \(z)")
                }
            }
        }
    }
}
