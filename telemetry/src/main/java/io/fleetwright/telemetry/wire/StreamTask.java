package io.fleetwright.telemetry.wire;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@link Tensor} of a stream is: {@code stream.ID.FRAME} is what crosses the cut, {@code stream.ID.FRAME.answer} comes back.
 * The tensor's epoch is the number of the plan.
 *
 * @param stream id of the stream
 * @param frame number of the frame, from 1
 * @param answer whether it comes back
 */
public record StreamTask(String stream, long frame, boolean answer) {
    /** What a stream's id looks like; no point is in it. */
    public static final Pattern ID = Pattern.compile("[a-z0-9-]{1,48}");

    private static final Pattern TASK = Pattern.compile("stream\\.([a-z0-9-]{1,48})\\.([1-9][0-9]{0,17})(\\.answer)?");

    /** The name of the tensor's task. */
    public String text() {
        return "stream.%s.%d%s".formatted(stream, frame, answer ? ".answer" : "");
    }

    /** Reads a task's name; absent when it is none of a stream. */
    public static Optional<StreamTask> parse(String task) {
        Matcher matcher = TASK.matcher(task);
        return matcher.matches()
                ? Optional.of(
                        new StreamTask(matcher.group(1), Long.parseLong(matcher.group(2)), matcher.group(3) != null))
                : Optional.empty();
    }
}
