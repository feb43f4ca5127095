/// The operators of TFLite that the importer reads. Raw values are `BuiltinOperator` of TFLite's schema, version 3.
enum TFLiteOperator: Int, CaseIterable, Sendable {
    case add = 0
    case averagePool2D = 1
    case concatenation = 2
    case conv2D = 3
    case depthwiseConv2D = 4
    case depthToSpace = 5
    case dequantize = 6
    case floor = 8
    case fullyConnected = 9
    case logistic = 14
    case maxPool2D = 17
    case mul = 18
    case relu = 19
    case reluN1To1 = 20
    case relu6 = 21
    case reshape = 22
    case resizeBilinear = 23
    case softmax = 25
    case spaceToDepth = 26
    case tanh = 28
    case pad = 34
    case gather = 36
    case transpose = 39
    case mean = 40
    case sub = 41
    case div = 42
    case squeeze = 43
    case stridedSlice = 45
    case exp = 47
    case split = 49
    case prelu = 54
    case maximum = 55
    case minimum = 57
    case neg = 59
    case padV2 = 60
    case slice = 65
    case transposeConv = 67
    case tile = 69
    case expandDims = 70
    case log = 73
    case sum = 74
    case sqrt = 75
    case rsqrt = 76
    case pow = 78
    case reduceMax = 82
    case pack = 83
    case reduceMin = 89
    case square = 92
    case resizeNearestNeighbor = 97
    case leakyRelu = 98
    case squaredDifference = 99
    case mirrorPad = 100
    case abs = 101
    case splitV = 102
    case elu = 111
    case hardSwish = 117
    case densify = 124
    case batchMatMul = 126
    case gelu = 150

    /// The schema's spelling.
    var name: String {
        switch self {
        case .add: "ADD"
        case .averagePool2D: "AVERAGE_POOL_2D"
        case .concatenation: "CONCATENATION"
        case .conv2D: "CONV_2D"
        case .depthwiseConv2D: "DEPTHWISE_CONV_2D"
        case .depthToSpace: "DEPTH_TO_SPACE"
        case .dequantize: "DEQUANTIZE"
        case .floor: "FLOOR"
        case .fullyConnected: "FULLY_CONNECTED"
        case .logistic: "LOGISTIC"
        case .maxPool2D: "MAX_POOL_2D"
        case .mul: "MUL"
        case .relu: "RELU"
        case .reluN1To1: "RELU_N1_TO_1"
        case .relu6: "RELU6"
        case .reshape: "RESHAPE"
        case .resizeBilinear: "RESIZE_BILINEAR"
        case .softmax: "SOFTMAX"
        case .spaceToDepth: "SPACE_TO_DEPTH"
        case .tanh: "TANH"
        case .pad: "PAD"
        case .gather: "GATHER"
        case .transpose: "TRANSPOSE"
        case .mean: "MEAN"
        case .sub: "SUB"
        case .div: "DIV"
        case .squeeze: "SQUEEZE"
        case .stridedSlice: "STRIDED_SLICE"
        case .exp: "EXP"
        case .split: "SPLIT"
        case .prelu: "PRELU"
        case .maximum: "MAXIMUM"
        case .minimum: "MINIMUM"
        case .neg: "NEG"
        case .padV2: "PADV2"
        case .slice: "SLICE"
        case .transposeConv: "TRANSPOSE_CONV"
        case .tile: "TILE"
        case .expandDims: "EXPAND_DIMS"
        case .log: "LOG"
        case .sum: "SUM"
        case .sqrt: "SQRT"
        case .rsqrt: "RSQRT"
        case .pow: "POW"
        case .reduceMax: "REDUCE_MAX"
        case .pack: "PACK"
        case .reduceMin: "REDUCE_MIN"
        case .square: "SQUARE"
        case .resizeNearestNeighbor: "RESIZE_NEAREST_NEIGHBOR"
        case .leakyRelu: "LEAKY_RELU"
        case .squaredDifference: "SQUARED_DIFFERENCE"
        case .mirrorPad: "MIRROR_PAD"
        case .abs: "ABS"
        case .splitV: "SPLIT_V"
        case .elu: "ELU"
        case .hardSwish: "HARD_SWISH"
        case .densify: "DENSIFY"
        case .batchMatMul: "BATCH_MATMUL"
        case .gelu: "GELU"
        }
    }
}
