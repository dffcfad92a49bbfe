package io.fleetwright.scheduler.format;

import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.ArrivalTrace.Arrival;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Arrivals as lines {@code job,arrival_us,app} under that header; jobs are numbered from 0, in order of arrival. */
public final class ArrivalCsv {
    private static final String HEADER = "job,arrival_us,app";
    private static final int LINE_BYTES_MAX = 1024;

    private ArrivalCsv() {}

    /** @throws MalformedWorkloadException if the bytes are not a trace, naming the byte and the column */
    public static ArrivalTrace read(byte[] bytes) throws MalformedWorkloadException {
        if (bytes.length > JsonReader.BYTES_MAX) {
            throw new MalformedWorkloadException(
                    JsonReader.BYTES_MAX, "longer than %d bytes".formatted(JsonReader.BYTES_MAX));
        }
        List<Arrival> arrivals = new ArrayList<>();
        int at = 0;
        boolean header = true;
        while (at < bytes.length) {
            int end = lineEnd(bytes, at);
            String line = new String(bytes, at, end - at, StandardCharsets.UTF_8).strip();
            if (header) {
                if (!line.equals(HEADER)) {
                    throw new MalformedWorkloadException(at, "the first line must be '%s'".formatted(HEADER));
                }
                header = false;
            } else if (!line.isEmpty()) {
                arrivals.add(arrival(line, at, arrivals));
            }
            at = end + 1;
        }
        if (header) {
            throw new MalformedWorkloadException(0, "the first line must be '%s'".formatted(HEADER));
        }
        return new ArrivalTrace(arrivals);
    }

    private static int lineEnd(byte[] bytes, int from) throws MalformedWorkloadException {
        int end = from;
        while (end < bytes.length && bytes[end] != '\n') {
            if (end - from == LINE_BYTES_MAX) {
                throw new MalformedWorkloadException(from, "line is longer than %d bytes".formatted(LINE_BYTES_MAX));
            }
            end++;
        }
        return end;
    }

    private static Arrival arrival(String line, int at, List<Arrival> before) throws MalformedWorkloadException {
        String[] columns = line.split(",", -1);
        if (columns.length != 3) {
            throw new MalformedWorkloadException(at, "line has %d columns, must have 3".formatted(columns.length));
        }
        int job = before.size();
        if (job == ArrivalTrace.ARRIVALS_MAX) {
            throw new MalformedWorkloadException(at, "more than %d jobs".formatted(ArrivalTrace.ARRIVALS_MAX));
        }
        if (!columns[0].equals(String.valueOf(job))) {
            throw new MalformedWorkloadException(at, "job is '%s', must be %d".formatted(columns[0], job));
        }
        double micros;
        try {
            micros = Double.parseDouble(columns[1]);
        } catch (NumberFormatException _) {
            throw new MalformedWorkloadException(
                    at, "arrival_us of job %d is '%s', must be a number".formatted(job, columns[1]));
        }
        if (job > 0 && micros < before.getLast().micros()) {
            throw new MalformedWorkloadException(
                    at, "arrival_us (%s) of job %d is before that of job %d".formatted(micros, job, job - 1));
        }
        if (columns[2].isBlank()) {
            throw new MalformedWorkloadException(at, "app of job %d is empty".formatted(job));
        }
        try {
            return new Arrival(micros, columns[2]);
        } catch (InvalidWorkloadException invalid) {
            throw new MalformedWorkloadException(at, "job %d: %s".formatted(job, invalid.getMessage()));
        }
    }
}
