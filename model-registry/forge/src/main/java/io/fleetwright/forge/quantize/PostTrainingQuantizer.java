package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.calibrate.Distillation;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.ScaleSpan;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Finds the recipe that quantizes a float file best: with equalisation, with migration or with neither, each with the
 * roundings that suit the scheme. The recipe whose outputs differ least from the float network's over the calibration
 * inputs wins; labels are not needed. Where neighbouring channels that share scales do nearly as well, they do.
 */
public final class PostTrainingQuantizer {
    private static final int SWEEPS_MAX = 50;
    private static final double TOLERANCE = 1e-4;
    private static final double ALPHA = 0.5;
    /** Neighbours share scales when the squared error grows to no more than this: by a third in size. */
    private static final double SHARING_ERROR_MAX = 1.75;

    private final Consumer<String> progress;

    /**
     * @param progress told one line at a time
     */
    public PostTrainingQuantizer(Consumer<String> progress) {
        this.progress = progress;
    }

    /**
     * What came out.
     *
     * @param scheme what each layer got
     * @param outputError mean squared difference of the outputs to the float network's over the calibration inputs
     * @param rangeErrors for each layer, each method's error when this layer alone is rounded
     */
    public record Result(
            QuantizedModel model,
            Recipe recipe,
            Scheme scheme,
            double outputError,
            List<Map<RangeMethod, Double>> rangeErrors) {
        public Result {
            rangeErrors = List.copyOf(rangeErrors);
        }
    }

    /**
     * Quantizes with given inputs.
     *
     * @throws OnnxRefusedException if the file cannot be read
     * @throws IllegalArgumentException if inputs, scheme or weights do not fit; the message names the place
     */
    public Result quantize(byte[] file, SchemeChoice scheme, CalibrationSet calibration) throws OnnxRefusedException {
        return best(
                file,
                OnnxNetworkReader.read(file),
                scheme,
                calibration,
                new CalibrationSource.Given(calibration.digest(), calibration.count()));
    }

    /**
     * Quantizes with inputs made from the statistics in the file.
     *
     * @throws OnnxRefusedException if the file cannot be read
     * @throws IllegalArgumentException if the file has no statistics, or scheme or weights do not fit
     */
    public Result quantizeZeroShot(byte[] file, SchemeChoice scheme, long seed) throws OnnxRefusedException {
        FloatNetwork network = OnnxNetworkReader.read(file);
        progress.accept("making %d inputs from the statistics of %d layers"
                .formatted(Distillation.COUNT, network.statistics().layers().size()));
        CalibrationSet made = Distillation.of(network, seed, Distillation.COUNT, Distillation.ITERATIONS);
        return best(
                file,
                network,
                scheme,
                made,
                new CalibrationSource.Distilled(made.digest(), seed, made.count(), Distillation.ITERATIONS));
    }

    private Result best(
            byte[] file,
            FloatNetwork network,
            SchemeChoice choice,
            CalibrationSet calibration,
            CalibrationSource source) {
        Scheme scheme = choice.of(network, calibration);
        if (!scheme.equals(choice)) {
            progress.accept("%s gives %s".formatted(choice.label(), scheme.label()));
        }
        Digest digest = Digest.of(file);
        Optional<Result> best = Optional.empty();
        Optional<Result> shared = Optional.empty();
        for (List<Step> preparation : preparations()) {
            var prepared = new Workpiece(network, calibration);
            List<Step> steps = new ArrayList<>();
            steps.add(new Step.FoldNormalization(network.statistics().layers().size()));
            steps.addAll(preparation);
            steps.forEach(prepared::apply);
            List<RangeObserver> observed = Ranges.observe(prepared.network(), calibration);
            List<Map<RangeMethod, Double>> errors = Ranges.judge(prepared.network(), calibration, observed);
            Step.SetRanges ranges = Ranges.best(errors);
            steps.add(ranges);
            prepared.setRanges(observed, ranges);
            Function<Step.RoundWeights, Result> rounded = rounding -> {
                List<Step> last = List.of(rounding, new Step.CorrectBias(BiasSource.MEASURED));
                last.forEach(prepared::apply);
                List<Step> all = new ArrayList<>(steps);
                all.addAll(last);
                double error = prepared.outputError();
                progress.accept("%s: output error %.4g".formatted(describe(preparation, rounding), error));
                return new Result(prepared.finish(), new Recipe(digest, source, all), scheme, error, errors);
            };
            Optional<Result> here = Optional.empty();
            Rounding suits = Rounding.NEAREST;
            for (Rounding rounding : roundings(scheme)) {
                Result result = rounded.apply(new Step.RoundWeights(scheme, rounding, ScaleSpan.CHANNEL));
                if (here.isEmpty() || result.outputError() < here.get().outputError()) {
                    here = Optional.of(result);
                    suits = rounding;
                }
            }
            best = better(best, here);
            if (scheme.formats().stream().anyMatch(WeightFormat::mayShareScales)) {
                var fewer = new Step.RoundWeights(scheme, suits, ScaleSpan.NEIGHBOURS);
                shared = better(shared, Optional.of(rounded.apply(fewer)));
            }
        }
        Result own = best.orElseThrow();
        return shared.filter(fewer -> fewer.outputError() <= SHARING_ERROR_MAX * own.outputError())
                .orElse(own);
    }

    private static Optional<Result> better(Optional<Result> known, Optional<Result> other) {
        return Stream.concat(known.stream(), other.stream()).min(Comparator.comparingDouble(Result::outputError));
    }

    private static List<List<Step>> preparations() {
        return List.of(List.of(), List.of(new Step.Equalize(SWEEPS_MAX, TOLERANCE)), List.of(new Step.Migrate(ALPHA)));
    }

    private static List<Rounding> roundings(Scheme scheme) {
        boolean coarse = scheme.formats().stream().anyMatch(format -> format.bits() <= WeightFormat.INT4.bits());
        return coarse ? List.of(Rounding.ADAPTIVE, Rounding.OPTQ) : List.of(Rounding.NEAREST, Rounding.ADAPTIVE);
    }

    private static String describe(List<Step> preparation, Step.RoundWeights rounding) {
        String before = preparation.isEmpty()
                ? "as trained"
                : switch (preparation.getFirst()) {
                    case Step.Equalize _ -> "equalised";
                    default -> "migrated";
                };
        String scales = rounding.scales() == ScaleSpan.CHANNEL ? "" : ", neighbours share scales";
        return "%s, %s%s".formatted(before, rounding.rounding().label(), scales);
    }
}
