import Records
import TestSupport
import Testing

struct CSVEncoderTests {
    private let encoder = CSVEncoder(labels: Samples.labels)

    private func cells(_ text: some Sequence<UInt8>) -> [[String]] {
        CSVText.rows(String(decoding: Array(text), as: UTF8.self))
    }

    @Test func aFaceIsARowOfFlatColumns() {
        #expect(
            String(decoding: encoder.header, as: UTF8.self) == """
                source,seq,pts,epoch,time,dropped,width,height,damaged,faces,track,certain,box_x,box_y,box_width,box_height,score,\
                pitch,yaw,roll,gaze_yaw,gaze_pitch,gaze_head_yaw,gaze_head_pitch,gaze_error,gaze_left_yaw,gaze_left_pitch,\
                gaze_left_head_yaw,gaze_left_head_pitch,gaze_right_yaw,gaze_right_pitch,gaze_right_head_yaw,\
                gaze_right_head_pitch,quality,visible_brow_left,visible_brow_right,visible_eye_left,visible_eye_right,\
                visible_cheek_left,visible_cheek_right,visible_mouth_left,visible_mouth_right,AU01,AU06,AU12,AU01_raw,\
                AU06_raw,AU12_raw,AU12_left,AU12_right,AU01_present,\
                AU06_present,AU12_present,emotion,neutral,happiness,baseline,speaking,markers

                """)
        #expect(
            Samples.text(encoder.line(Samples.record())) == """
                door,812,27.066667,0,2026-11-22T08:16:27.066Z,0,1280,720,0,1,3,1,412.0,118.5,220.2,220.2,0.98,-3.1,11.8,0.0,\
                4.3,-2.0,-7.5,1.1,3.2,4.3,-2.0,-7.5,1.1,,,,,0.87,1.00,0.98,0.97,0.50,1.00,1.00,0.03,0.12,0.310,1.500,2.250,\
                0.200,1.250,2.250,2.400,2.100,0,1,1,happiness,0.0700,0.9300,settled,,

                """)
    }

    @Test func aUnitThatCannotBeReadIsAnEmptyCellInsteadOfAnAbsence() throws {
        var face = Samples.face(value: .nan)
        face.present = [false, true, false]
        let rows = cells(encoder.header + encoder.line(Samples.record(faces: [face])).bytes)
        let column = { (name: String) throws in rows[1][try #require(rows[0].firstIndex(of: name))] }
        #expect(try column("AU12") == "" && column("AU12_present") == "")
        #expect(try column("AU01_present") == "0" && column("AU06_present") == "1")
    }

    @Test func aFrameWithoutAFaceIsARowOfEmptyCells() {
        var record = Samples.record(faces: [], dropped: 2, markers: ["a,b", "say \"c\"\nd"])
        record.time = nil
        let rows = cells(encoder.header + encoder.line(record).bytes)
        #expect(rows.count == 2 && rows[1].count == rows[0].count)
        #expect(Array(rows[1][..<10]) == ["door", "812", "27.066667", "0", "", "2", "1280", "720", "0", "0"])
        #expect(rows[1][10..<rows[0].count - 1].allSatisfy { $0.isEmpty })
        #expect(rows[1].last == "a,b; say \"c\" d")
    }

    @Test func everyRowHasEveryCellWhateverTheRecord() {
        var random = RandomRecords(generator: SeededGenerator(seed: 31))
        let encoder = CSVEncoder(labels: random.labels)
        let width = cells(encoder.header)[0].count
        for _ in 0..<500 {
            let record = random.record()
            let fields = random.fields()
            let bytes = encoder.line(record, fields: fields).bytes
            let rows = cells(bytes)
            #expect(rows.count == max(1, record.faces.count))
            #expect(rows.allSatisfy { $0.count == width && $0[9] == "\(record.faces.count)" })
            // A sink takes every newline for the end of a row.
            #expect(bytes.filter { $0 == 10 }.count == rows.count && bytes.last == 10)
            #expect(!String(decoding: bytes, as: UTF8.self).lowercased().contains("nan"))
        }
    }

    @Test func whatWasReadBackGivesTheSameRows() throws {
        var random = RandomRecords(generator: SeededGenerator(seed: 32))
        let (json, csv) = (JSONLinesEncoder(labels: random.labels), CSVEncoder(labels: random.labels))
        var decoder = RecordDecoder(labels: random.labels)
        var read = Samples.record(faces: [])
        for _ in 0..<1_000 {
            let record = random.record()
            guard case .record(let fields) = try decoder.decode(json.line(record).bytes, into: &read) else { continue }
            #expect(csv.line(read, fields: fields).bytes == csv.line(record).bytes)
        }
    }

    @Test func everyNameIsOneOfSPSSAndR() {
        let labels = RecordLabels(
            au: ["AU01", "au01", "12", "with.dot", "ä", "source"], sides: ["AU01"],
            emotions: ["and", "neutral", "___", String(repeating: "x", count: 200), String(repeating: "x", count: 200)])
        let names = CSVColumns.names(for: labels)
        #expect(Set(names.map { $0.lowercased() }).count == names.count)
        for name in names {
            #expect(name.count <= 64 && name.first?.isLetter == true && name.last != "_", "\(name)")
            #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }, "\(name)")
            #expect(name.lowercased() != "and")
        }
    }

    @Test func everyFormatHasItsNameAndItsEnding() {
        #expect(RecordFormat.standard.name == "jsonl")
        for format in RecordFormat.all {
            #expect(RecordFormat(named: format.name)?.name == format.name)
            #expect(RecordFormat(fileExtension: format.fileExtension.uppercased())?.name == format.name)
            let encoder = format.makeEncoder(Samples.labels)
            #expect(encoder.header.isEmpty || encoder.header.last == 10)
            #expect(encoder.line(Samples.record()).bytes.last == 10)
        }
        #expect(RecordFormat(named: "xml") == nil && RecordFormat(fileExtension: nil) == nil)
    }

    @Test func aBufferIsUsedAgain() {
        var line = EncodedLine()
        encoder.encode(Samples.record(), into: &line)
        let address = line.bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        encoder.encode(Samples.record(dropped: 5), into: &line)
        #expect(line.bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } == address)
        #expect(line.droppedDigits == nil && line.addingDropped(3).bytes == line.bytes)
    }
}

/// A reader of RFC 4180 for tests.
enum CSVText {
    static func rows(_ text: String) -> [[String]] {
        var (rows, row, cell, isQuoted): ([[String]], [String], String, Bool) = ([], [], "", false)
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"" where isQuoted && scalars.first == "\"":
                cell.unicodeScalars.append(scalar)
                scalars.removeFirst()
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                row.append(cell)
                cell = ""
            case "\n" where !isQuoted:
                rows.append(row + [cell])
                (row, cell) = ([], "")
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return rows
    }
}
