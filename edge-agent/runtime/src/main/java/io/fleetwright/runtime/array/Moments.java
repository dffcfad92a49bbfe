package io.fleetwright.runtime.array;

/** Mean and variance of float32 images, and normalization by them. */
final class Moments {
    private Moments() {}

    /** Mean of one channel over batch and area. */
    static double mean(Operand x, byte[] arena, int channel, int area) {
        int batch = x.type().dimension(0);
        double sum = 0;
        for (int n = 0; n < batch; n++) {
            sum += sum(x, arena, (n * x.type().dimension(1) + channel) * area, area);
        }
        return sum / ((double) batch * area);
    }

    /** Population variance of one channel over batch and area. */
    static double variance(Operand x, byte[] arena, int channel, int area, double mean) {
        int batch = x.type().dimension(0);
        double sum = 0;
        for (int n = 0; n < batch; n++) {
            sum += squares(x, arena, (n * x.type().dimension(1) + channel) * area, area, mean);
        }
        return sum / ((double) batch * area);
    }

    static double sum(Operand x, byte[] arena, int first, int count) {
        byte[] data = x.in(arena);
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Element.getFloat32(data, x.at() + 4 * (first + i));
        }
        return sum;
    }

    static double squares(Operand x, byte[] arena, int first, int count, double mean) {
        byte[] data = x.in(arena);
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double difference = Element.getFloat32(data, x.at() + 4 * (first + i)) - mean;
            sum += difference * difference;
        }
        return sum;
    }

    /** {@code out = (x - mean) * factor + bias} over a run of elements. */
    static void scale(
            Operand x, Operand out, byte[] arena, int first, int count, double mean, double factor, double bias) {
        byte[] data = x.in(arena);
        for (int i = first; i < first + count; i++) {
            double value = (Element.getFloat32(data, x.at() + 4 * i) - mean) * factor + bias;
            Element.setFloat32(arena, out.at() + 4 * i, (float) value);
        }
    }
}
