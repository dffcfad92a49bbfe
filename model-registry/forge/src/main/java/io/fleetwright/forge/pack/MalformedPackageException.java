package io.fleetwright.forge.pack;

/** The bytes are no package of a quantized network; the message says what is wrong, the offset where. */
public final class MalformedPackageException extends Exception {
    private static final long serialVersionUID = 1;

    private final int offset;

    MalformedPackageException(int offset, String detail) {
        super("package, offset %d: %s".formatted(offset, detail));
        this.offset = offset;
    }

    public int offset() {
        return offset;
    }
}
