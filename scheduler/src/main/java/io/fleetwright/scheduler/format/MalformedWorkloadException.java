package io.fleetwright.scheduler.format;

/** The bytes are not a workload; {@link #offset} is the byte at which that shows. */
public final class MalformedWorkloadException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int offset;

    public MalformedWorkloadException(int offset, String message) {
        super("at byte %d: %s".formatted(offset, message));
        this.offset = offset;
    }

    public int offset() {
        return offset;
    }
}
