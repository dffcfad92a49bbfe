package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.zoo.train.NetworkFamily.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Trains the networks of a family on an image source.
 *
 * <p>A batch is cut into a fixed number of shards; threads take shards, and gradients and running statistics are
 * joined in shard order. So plan, settings and image source decide every bit of the result, and the number of
 * threads decides the time alone.
 *
 * <p>In a family every step trains the widest network by the labels, then the narrowest and one of the others, chosen
 * at random, by the widest one's answers to the same images: sandwich rule and in-place distillation of Yu and Huang,
 * "Universally slimmable networks and improved training techniques", 2019, section 3.
 */
public final class Trainer {
    private static final int SHARD_IMAGES = TrainingSettings.BATCH / TrainingSettings.SHARDS;

    private final TrainingSettings settings;
    private final ImageSource source;
    private final List<Trainee> trainees = new ArrayList<>();
    private final List<ShardInput> inputs = new ArrayList<>();
    private final MixingRandom choices;
    private int step;

    private Trainer(NetworkFamily family, TrainingSettings settings, ImageSource source) {
        this.settings = settings;
        this.source = source;
        choices = new MixingRandom(settings.seed(), 1);
        var widest = new TrainableNetwork(family.widest(), settings.seed());
        for (Member member : family.members()) {
            trainees.add(
                    new Trainee(member, trainees.isEmpty() ? widest : new TrainableNetwork(member.plan(), widest)));
        }
        for (int i = 0; i < TrainingSettings.SHARDS; i++) {
            inputs.add(new ShardInput(SHARD_IMAGES, widest.input().elements(), widest.classes()));
        }
    }

    /**
     * Trains and returns the networks, in the family's order, with normalization folded away; each is named
     * {@code name-width}.
     *
     * @param progress told after each epoch of each network that took part in it, on the calling thread
     * @throws InterruptedException if the calling thread is interrupted; no result then
     */
    public static List<FloatNetwork> train(
            String name,
            NetworkFamily family,
            TrainingSettings settings,
            ImageSource source,
            Consumer<EpochResult> progress)
            throws InterruptedException {
        var trainer = new Trainer(family, settings, source);
        ExecutorService pool = Executors.newFixedThreadPool(settings.threads());
        try {
            for (int epoch = 1; epoch <= settings.epochs(); epoch++) {
                trainer.epoch(epoch, pool, progress);
            }
        } finally {
            pool.shutdownNow();
        }
        trainer.trainees.forEach(Trainee::load);
        return trainer.trainees.stream()
                .map(trainee -> trainee.network.export("%s-%s".formatted(name, trainee.member.width())))
                .toList();
    }

    private void epoch(int epoch, ExecutorService pool, Consumer<EpochResult> progress) throws InterruptedException {
        long begin = System.nanoTime();
        double rate = 0;
        for (int i = 0; i < settings.stepsPerEpoch(); i++) {
            rate = settings.rate(step);
            List<Trainee> active = chooseActive();
            computeGradients(active, pool);
            active.forEach(Trainee::join);
            for (Trainee trainee : active) {
                trainee.update(rate);
            }
            step++;
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        for (Trainee trainee : trainees) {
            if (trainee.tookPart()) {
                progress.accept(trainee.finishEpoch(epoch, rate, seconds));
            }
        }
    }

    /** The widest first. */
    private List<Trainee> chooseActive() {
        if (trainees.size() <= 2) {
            return trainees;
        }
        int between = 1 + choices.nextInt(trainees.size() - 2);
        return List.of(trainees.getFirst(), trainees.get(between), trainees.getLast());
    }

    private void computeGradients(List<Trainee> active, ExecutorService pool) throws InterruptedException {
        active.forEach(Trainee::load);
        long first = (long) step * TrainingSettings.BATCH;
        var work = new ArrayList<Callable<Void>>();
        for (int i = 0; i < TrainingSettings.SHARDS; i++) {
            int shard = i;
            work.add(() -> {
                learn(active, shard, first + (long) shard * SHARD_IMAGES);
                return null;
            });
        }
        for (Future<Void> done : pool.invokeAll(work)) {
            try {
                done.get();
            } catch (ExecutionException failure) {
                throw new IllegalStateException("a training shard failed at step %d".formatted(step), failure);
            }
        }
    }

    private void learn(List<Trainee> active, int shard, long firstImage) {
        ShardInput input = inputs.get(shard);
        input.draw(source, firstImage);
        for (Trainee trainee : active) {
            trainee.shards.get(shard).learn(input, TrainingSettings.BATCH);
            if (trainee == active.getFirst()) {
                trainee.shards.get(shard).teach(input);
            }
        }
    }
}
