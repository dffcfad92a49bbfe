package io.fleetwright.scheduler.partition;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Networks, devices and links drawn by a seed, with equal and extreme figures among them. */
final class RandomPartitions {
    private RandomPartitions() {}

    /** Layers that mostly follow each other, with some that read further back. */
    static LayerGraph graph(SplittableRandom random, int layers, double skips) {
        List<Layer> made = new ArrayList<>();
        for (int v = 0; v < layers; v++) {
            List<Integer> inputs = new ArrayList<>(List.of(v - 1));
            if (v > 0 && random.nextDouble() < skips) {
                inputs.add(random.nextInt(-1, v));
            }
            made.add(new Layer(
                    "l" + v,
                    inputs.stream().distinct().toList(),
                    feature(random),
                    random.nextInt(1000),
                    random.nextInt(100)));
        }
        return new LayerGraph(feature(random), made);
    }

    private static Feature feature(SplittableRandom random) {
        int channels = random.nextInt(1, 9);
        return new Feature((long) channels * random.nextInt(1, 200), channels);
    }

    static PartitionProblem problem(SplittableRandom random, LayerGraph graph, int tiers, boolean scarce) {
        List<Tier> devices = new ArrayList<>();
        for (int tier = 0; tier < tiers; tier++) {
            double speed = Math.exp(random.nextDouble(-1, 2));
            devices.add(new Tier(
                    "t" + tier,
                    random.doubles(graph.size(), 0, 1)
                            .map(value -> value * speed)
                            .toArray(),
                    random.doubles(graph.size(), 0, 5).toArray(),
                    scarce ? random.nextInt(60, 400) : Long.MAX_VALUE,
                    random.nextBoolean() ? 0 : random.nextDouble(100)));
        }
        List<List<Link>> links = IntStream.range(0, tiers)
                .mapToObj(_ -> IntStream.range(0, tiers)
                        .mapToObj(_ -> new Link(
                                Math.exp(random.nextDouble(3, 10)),
                                random.nextDouble(0.5),
                                random.nextInt(4) == 0 ? random.nextDouble(0.5) : 0,
                                random.nextDouble(200),
                                random.nextDouble(100)))
                        .toList())
                .toList();
        double loss = random.nextDouble(0.02);
        return new PartitionProblem(
                graph,
                devices,
                links,
                random.nextBoolean() ? WireFormat.STANDARD : WireFormat.IDEAL,
                8,
                random.nextBoolean() ? List.of(32, 8, 4) : List.of(8, 4),
                (producer, bits) -> bits < 8 ? loss * (1 + producer % 3) : 0);
    }
}
