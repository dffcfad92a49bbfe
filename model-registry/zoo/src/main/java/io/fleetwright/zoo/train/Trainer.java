package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.FloatNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Trains a planned network on an image source.
 *
 * <p>A batch is cut into a fixed number of shards; threads take shards, and gradients and running statistics are
 * joined in shard order. So plan, settings and image source decide every bit of the result, and the number of
 * threads decides the time alone.
 */
public final class Trainer {
    private final TrainableNetwork network;
    private final TrainingSettings settings;
    private final ImageSource source;
    private final List<Shard> shards = new ArrayList<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<float[]> sums = new ArrayList<>();
    private int step;

    private Trainer(NetworkPlan plan, TrainingSettings settings, ImageSource source) {
        this.settings = settings;
        this.source = source;
        network = new TrainableNetwork(plan, settings.seed());
        for (int i = 0; i < TrainingSettings.SHARDS; i++) {
            shards.add(new Shard(network, TrainingSettings.BATCH / TrainingSettings.SHARDS));
        }
        shards.getFirst().layers().forEach(layer -> parameters.addAll(layer.parameters()));
        parameters.forEach(parameter -> sums.add(new float[parameter.value.length]));
    }

    /**
     * Trains and returns the network with normalization folded away.
     *
     * @param progress told after each epoch, on the calling thread
     * @throws InterruptedException if the calling thread is interrupted; no result then
     */
    public static FloatNetwork train(
            String name,
            NetworkPlan plan,
            TrainingSettings settings,
            ImageSource source,
            Consumer<EpochResult> progress)
            throws InterruptedException {
        var trainer = new Trainer(plan, settings, source);
        ExecutorService pool = Executors.newFixedThreadPool(settings.threads());
        try {
            for (int epoch = 1; epoch <= settings.epochs(); epoch++) {
                progress.accept(trainer.epoch(epoch, pool));
            }
        } finally {
            pool.shutdownNow();
        }
        return trainer.network.export(name);
    }

    private EpochResult epoch(int epoch, ExecutorService pool) throws InterruptedException {
        long begin = System.nanoTime();
        double loss = 0;
        long correct = 0;
        double rate = 0;
        for (int i = 0; i < settings.stepsPerEpoch(); i++) {
            rate = settings.rate(step);
            computeGradients(pool);
            step++;
            applyGradients(rate);
            for (Shard shard : shards) {
                loss += shard.loss();
                correct += shard.correct();
            }
        }
        double images = (double) settings.stepsPerEpoch() * TrainingSettings.BATCH;
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new EpochResult(epoch, loss / images, correct / images, rate, seconds);
    }

    private void computeGradients(ExecutorService pool) throws InterruptedException {
        int shardImages = TrainingSettings.BATCH / shards.size();
        long first = (long) step * TrainingSettings.BATCH;
        var work = new ArrayList<Callable<Void>>();
        for (int i = 0; i < shards.size(); i++) {
            Shard shard = shards.get(i);
            long from = first + (long) i * shardImages;
            work.add(() -> {
                shard.learn(source, from, TrainingSettings.BATCH);
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

    private void applyGradients(double rate) {
        for (int s = 0; s < shards.size(); s++) {
            int at = 0;
            for (Layer layer : shards.get(s).layers()) {
                for (float[] gradient : layer.gradients()) {
                    float[] sum = sums.get(at++);
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] = s == 0 ? gradient[i] : sum[i] + gradient[i];
                    }
                }
                if (layer instanceof NormalizedRelu normalized) {
                    normalized.shareStatistics();
                }
            }
        }
        for (int p = 0; p < parameters.size(); p++) {
            parameters.get(p).update(sums.get(p), rate, step);
        }
    }
}
