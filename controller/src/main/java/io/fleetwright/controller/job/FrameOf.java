package io.fleetwright.controller.job;

import io.fleetwright.telemetry.wire.TaskResult;

/** Notes which frame a job's answer is for, and when devices had the frame and the answer. */
final class FrameOf {
    private FrameOf() {}

    /** One device had both. */
    static void whole(JobRow job, TaskResult result) {
        TaskResult.Frame frame = result.frame();
        TaskResult.Span span = result.span();
        job.frameNumber = frame == null ? null : frame.number();
        job.frameSha256 = frame == null ? null : frame.digest();
        job.takenAtMicros = span == null ? null : span.takenAtMicros();
        job.doneAtMicros = span == null ? null : span.doneAtMicros();
    }

    /** This device had the frame. */
    static void front(SplitRow split, TaskResult result) {
        TaskResult.Frame frame = result.frame();
        TaskResult.Span span = result.span();
        split.frameNumber = frame == null ? null : frame.number();
        split.frameSha256 = frame == null ? null : frame.digest();
        split.takenAtMicros = span == null ? null : span.takenAtMicros();
    }

    /** This device had the answer. */
    static void back(SplitRow split, TaskResult result) {
        TaskResult.Span span = result.span();
        split.doneAtMicros = span == null ? null : span.doneAtMicros();
    }

    /** Both have told. */
    static void join(JobRow job, SplitRow split) {
        job.frameNumber = split.frameNumber;
        job.frameSha256 = split.frameSha256;
        job.takenAtMicros = split.takenAtMicros;
        job.doneAtMicros = split.doneAtMicros;
    }
}
