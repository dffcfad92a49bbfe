package io.fleetwright.scheduler.batch;

import io.fleetwright.scheduler.policy.DeviceOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/** A problem, and what it was made from. */
record RandomBatch(
        List<Double> ready,
        List<Integer> free,
        List<Map<Integer, DeviceOption.Runs>> kinds,
        List<BatchProblem.Job> jobs,
        BatchProblem problem) {
    /**
     * @param room most jobs that a device may be given
     * @param haste 0 for deadlines that nothing misses, else the greatest deadline
     * @param unknownEnergy whether some energies are not known
     */
    static RandomBatch of(
            SplittableRandom random, int jobs, int devices, int kinds, int room, int haste, boolean unknownEnergy) {
        BatchProblem.Builder builder = new BatchProblem.Builder();
        List<Double> ready = new ArrayList<>();
        List<Integer> free = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            ready.add((double) random.nextInt(5));
            free.add(random.nextInt(room + 1));
            builder.device(ready.get(device), free.get(device));
        }
        List<Map<Integer, DeviceOption.Runs>> all = new ArrayList<>();
        for (int kind = 0; kind < kinds; kind++) {
            Map<Integer, DeviceOption.Runs> runs = new HashMap<>();
            for (int device = 0; device < devices; device++) {
                if (random.nextInt(5) > 0) {
                    OptionalDouble energy = unknownEnergy && random.nextInt(4) == 0
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(random.nextInt(1, 9));
                    runs.put(device, new DeviceOption.Runs(random.nextInt(1, 12), random.nextInt(4), energy));
                }
            }
            all.add(runs);
            builder.kind(runs);
        }
        List<BatchProblem.Job> made = new ArrayList<>();
        long block = 0;
        for (int job = 0; job < jobs; job++) {
            block += random.nextInt(4) == 0 ? 1 : 0;
            made.add(new BatchProblem.Job(
                    random.nextInt(kinds),
                    block,
                    random.nextInt(1, 4),
                    haste == 0 ? 1_000_000 : random.nextInt(1, haste + 1)));
            builder.job(made.getLast());
        }
        return new RandomBatch(ready, free, all, made, builder.build());
    }
}
