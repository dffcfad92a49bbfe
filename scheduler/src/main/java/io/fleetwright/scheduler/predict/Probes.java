package io.fleetwright.scheduler.predict;

import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Which networks to measure on a device that nothing is known of: small, middling and large ones alike. */
public final class Probes {
    private Probes() {}

    /**
     * One network drawn from each of {@code count} equal parts, ordered by size.
     *
     * @param sizes of each network, such as its mean latency on known devices
     * @param count 1 to the number of networks
     * @return positions in {@code sizes}
     */
    public static List<Integer> choose(double[] sizes, int count, SplittableRandom random) {
        if (count < 1 || count > sizes.length) {
            throw new IllegalArgumentException("probes (%d) must be 1 to %d".formatted(count, sizes.length));
        }
        List<Integer> bySize = IntStream.range(0, sizes.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> sizes[i]))
                .toList();
        return IntStream.range(0, count)
                .mapToObj(part -> {
                    int from = (int) ((long) part * sizes.length / count);
                    int to = (int) ((long) (part + 1) * sizes.length / count);
                    return bySize.get(random.nextInt(from, to));
                })
                .toList();
    }
}
