package io.fleetwright.runtime.bench;

/** What became of one engine with one model. */
sealed interface EngineResult {
    String engine();

    /**
     * It ran.
     *
     * @param difference how its outputs differ from the golden ones of {@code flavour}
     */
    record Measured(String engine, String remark, Times times, String flavour, Difference difference)
            implements EngineResult {}

    /** It does not run this model. */
    record Refused(String engine, String reason) implements EngineResult {}

    /** Output bytes that are not the golden ones, and by how much the worst of them is off. */
    record Difference(int bytes, int of, int worst) {
        static Difference between(byte[] outputs, byte[] golden) {
            int bytes = 0;
            int worst = 0;
            for (int i = 0; i < golden.length; i++) {
                int off = Math.abs(outputs[i] - golden[i]);
                bytes += off == 0 ? 0 : 1;
                worst = Math.max(worst, off);
            }
            return new Difference(bytes, golden.length, worst);
        }

        boolean none() {
            return bytes == 0;
        }
    }
}
