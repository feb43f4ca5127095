internal import Analysis
internal import Glibc
internal import Media
internal import Pipeline
internal import Platform
internal import Records
internal import Sinks
internal import Synchronization

extension StatusBoard {
    /// The page for Prometheus. Labels have bounded values: never URLs or tracks.
    func metrics() -> String {
        var page = MetricsText()
        let lines = lines()
        page.begin("norfaced_build_info", .gauge, "Version of the program and of FFmpeg.")
        let ffmpeg = Program.versions.first { $0.name == "libavformat" }?.version ?? ""
        page.add([("version", Program.version), ("libavformat", ffmpeg)], 1)
        page.begin("norfaced_uptime_seconds", .gauge, "Time since the start.")
        page.add([], uptime)
        addSources(lines, to: &page)
        addAnalysis(lines, to: &page)
        addOutputs(to: &page)
        addProcess(to: &page)
        return page.text
    }

    private func addSources(_ lines: [SourceLine], to page: inout MetricsText) {
        page.begin("norfaced_source_state", .gauge, "1 for the state that the source is in.")
        for line in lines {
            for state in SourceState.allCases.map(\.rawValue) + ["failed"] {
                page.add([("source", line.name), ("state", state)], line.state == state ? 1 : 0)
            }
        }
        page.begin("norfaced_source_frames_decoded_total", .counter, "Frames decoded, those left out included.")
        for line in lines { page.add([("source", line.name)], line.status?.counters.decoded ?? 0) }
        page.begin(
            "norfaced_source_frames_damaged_total", .counter, "Reads that failed and frames that came out damaged.")
        for line in lines { page.add([("source", line.name)], line.status?.counters.damaged ?? 0) }
        page.begin("norfaced_source_received_bytes_total", .counter, "Compressed bytes of the video stream.")
        for line in lines { page.add([("source", line.name)], line.status?.counters.bytes ?? 0) }
        page.begin("norfaced_source_reconnects_total", .counter, "Times that the source was lost, by cause.")
        for line in lines {
            for (cause, count) in (line.status?.reconnects ?? [:]).sorted(by: { $0.key < $1.key }) {
                page.add([("source", line.name), ("cause", cause)], count)
            }
        }
        page.begin("norfaced_source_stalls_total", .counter, "Times that the source was lost to silence.")
        for line in lines { page.add([("source", line.name)], line.status?.stalls ?? 0) }
        page.begin("norfaced_source_last_frame_timestamp_seconds", .gauge, "UTC of the newest frame's arrival.")
        for line in lines {
            if let time = line.status?.lastFrameTime { page.add([("source", line.name)], Double(time) / 1e6) }
        }
        page.begin("norfaced_source_held_threads", .gauge, "Threads that the kernel does not give back.")
        for line in lines { page.add([("source", line.name)], line.status?.heldThreads ?? 0) }
    }

    private func addAnalysis(_ lines: [SourceLine], to page: inout MetricsText) {
        page.begin("norfaced_source_frames_analysed_total", .counter, "Records written.")
        for line in lines { page.add([("source", line.name)], line.counters.records) }
        page.begin("norfaced_frames_unselected_total", .counter, "Frames that analysis.max_rate left out.")
        for line in lines { page.add([("source", line.name)], line.counters.unselected) }
        page.begin("norfaced_frames_dropped_total", .counter, "Frames lost before the analysis, by cause.")
        for line in lines {
            for cause in PipelineCounters.DropCause.allCases {
                page.add([("source", line.name), ("cause", cause.rawValue)], line.counters.dropped[cause] ?? 0)
            }
        }
        page.begin(
            "norfaced_source_thinning_level", .gauge, "0 all frames, 1 every second, 2 every fourth, 3 key frames.")
        for line in lines { page.add([("source", line.name)], line.counters.thinning.rawValue) }
        page.begin("norfaced_faces_in_frame", .gauge, "Faces in the newest record.")
        for line in lines { page.add([("source", line.name)], line.counters.facesInFrame) }
        page.begin("norfaced_faces_total", .counter, "Faces in all records.")
        for line in lines { page.add([("source", line.name)], line.counters.faces) }
        page.begin("norfaced_active_tracks", .gauge, "Tracks that have begun and not ended.")
        for line in lines { page.add([("source", line.name)], line.counters.activeTracks) }
        page.begin("norfaced_queue_depth", .gauge, "What waits before a stage.")
        for line in lines {
            for queue in line.counters.queues {
                page.add([("source", line.name), ("queue", queue.name)], queue.counters.depth)
            }
        }
        page.begin("norfaced_queue_capacity", .gauge, "What may wait before a stage.")
        for line in lines {
            for queue in line.counters.queues {
                page.add([("source", line.name), ("queue", queue.name)], queue.counters.capacity)
            }
        }
        page.begin("norfaced_stage_duration_seconds", .histogram, "Work of a stage on a frame.")
        for line in lines {
            for stage in line.counters.stages {
                add(stage.durations, [("source", line.name), ("stage", stage.name)], to: &page)
            }
        }
        page.begin(
            "norfaced_end_to_end_latency_seconds", .histogram,
            "From the arrival of a frame's data to its record handed to the outputs.")
        for line in lines { add(line.counters.latency, [("source", line.name)], to: &page) }
    }

    private func add(_ histogram: DurationHistogram, _ labels: [MetricsText.Label], to page: inout MetricsText) {
        page.add(labels, bounds: DurationHistogram.bounds, counts: histogram.counts, sum: histogram.sum)
    }

    private func addOutputs(to page: inout MetricsText) {
        let (outputs, audience, reloads, failed, last, problem) = state.withLock {
            ($0.outputs, $0.audience, $0.reloads, $0.failedReloads, $0.lastReload, $0.reloadProblem)
        }
        page.begin("norfaced_output_records_total", .counter, "Lines that the system has taken.")
        for (name, status) in outputs { page.add([("output", name)], status.records) }
        page.begin("norfaced_output_bytes_total", .counter, "Their bytes.")
        for (name, status) in outputs { page.add([("output", name)], status.bytes) }
        page.begin("norfaced_output_dropped_total", .counter, "Lines given up because the output could not take them.")
        for (name, status) in outputs { page.add([("output", name)], status.dropped) }
        page.begin("norfaced_output_errors_total", .counter, "Failed calls by the name of their error.")
        for (name, status) in outputs {
            for (cause, count) in status.errors.sorted(by: { $0.key < $1.key }) {
                page.add([("output", name), ("cause", cause)], count)
            }
        }
        page.begin("norfaced_output_healthy", .gauge, "Whether the last attempt to write succeeded.")
        for (name, status) in outputs { page.add([("output", name)], status.isHealthy ? 1 : 0) }
        if let audience {
            page.begin("norfaced_subscribers", .gauge, "Subscribers now.")
            page.add([], audience.subscribers)
            page.begin("norfaced_subscriptions_total", .counter, "Subscriptions that began.")
            page.add([], audience.accepted)
            page.begin("norfaced_subscriptions_closed_total", .counter, "Subscriptions that ended, by reason.")
            for ending in audience.closed { page.add([("reason", ending.reason)], ending.count) }
            page.begin("norfaced_subscriber_dropped_total", .counter, "Lines that slow subscribers did not get.")
            page.add([], audience.dropped)
            page.begin("norfaced_subscriber_queue_bytes", .gauge, "What waits for all subscribers.")
            page.add([], audience.queuedBytes)
        }
        page.begin("norfaced_config_reloads_total", .counter, "Reloads that were asked for.")
        page.add([], reloads)
        page.begin("norfaced_config_reloads_failed_total", .counter, "Those that changed nothing because of a mistake.")
        page.add([], failed)
        page.begin("norfaced_config_last_reload_success", .gauge, "Whether the last reload succeeded.")
        page.add([], problem == nil ? 1 : 0)
        page.begin("norfaced_config_last_reload_timestamp_seconds", .gauge, "UTC of the last reload, or of the start.")
        page.add([], Double(last ?? started) / 1e6)
    }

    private func addProcess(to page: inout MetricsText) {
        let process = ProcessFacts.now()
        page.begin("process_cpu_seconds_total", .counter, "Processor time, user and system.")
        page.add([], process.cpuSeconds)
        page.begin("process_resident_memory_bytes", .gauge, "Memory in use.")
        page.add([], process.residentBytes)
        page.begin("process_open_fds", .gauge, "Open descriptors.")
        page.add([], process.descriptors)
        page.begin("process_threads", .gauge, "Threads.")
        page.add([], process.threads)
        page.begin("process_start_time_seconds", .gauge, "UTC of the start.")
        page.add([], Double(started) / 1e6)
    }
}
