package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.onnx.OnnxRefusedException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.forge.quantize.PostTrainingQuantizer;
import io.fleetwright.forge.quantize.SchemeChoice;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;

/** Makes variants of a version's float network; one at a time, since each takes all cores for seconds. */
public final class Derivation {
    /** A larger network would keep its caller waiting for minutes. */
    private static final long MACS_MAX = 50_000_000;

    private final Models models;
    private final OneAtATime alone = new OneAtATime("networks are being quantized");

    public Derivation(Models models) {
        this.models = models;
    }

    /**
     * How to make a variant.
     *
     * @param zeroShot inputs are made from the statistics in the float network instead of taken from the calibration set
     * @param samples most inputs taken of a calibration set, 1 to {@link CalibrationSet#COUNT_MAX}
     * @param seed of the inputs that are made
     */
    public record Request(String variant, SchemeChoice scheme, boolean zeroShot, int samples, long seed) {
        public Request {
            if (samples < 1 || samples > CalibrationSet.COUNT_MAX) {
                throw Refusal.invalid("samples (%d) must be 1 to %d".formatted(samples, CalibrationSet.COUNT_MAX));
            }
        }
    }

    /**
     * Quantizes the version's source, measures what came out, stores it with its recipe.
     *
     * @throws Refusal when there is no source or calibration set, or something does not fit; nothing is stored then
     */
    public VariantRow derive(String tenant, String model, String version, Request request, String who) {
        VersionRow row = models.version(tenant, model, version);
        byte[] source = models.bytes(row.sourceDigest)
                .orElseThrow(() -> Refusal.invalid("version %s of %s has no source".formatted(version, model)));
        FloatNetwork network = Yardstick.network(source);
        if (network.macs() > MACS_MAX) {
            throw Refusal.invalid(
                    "source of %d MACs, at most %d are quantized here; use `fleetwright quantize` and push the variant"
                            .formatted(network.macs(), MACS_MAX));
        }
        PostTrainingQuantizer.Result result = alone.run(() -> quantize(row, source, network.input(), request));
        byte[] packed = PackageCodec.encode(new QuantizedPackage(result.model(), result.recipe()));
        byte[] artifact =
                TfliteWriter.write(TfliteExport.classifier(result.model().int8()));
        return models.store(
                tenant,
                model,
                version,
                request.variant(),
                artifact,
                Provenance.derived(result.scheme().label(), result.model(), packed, who));
    }

    private PostTrainingQuantizer.Result quantize(VersionRow row, byte[] source, ImageShape shape, Request request) {
        var quantizer = new PostTrainingQuantizer(_ -> {});
        try {
            if (request.zeroShot()) {
                return quantizer.quantizeZeroShot(source, request.scheme(), request.seed());
            }
            byte[] inputs = models.bytes(row.calibrationDigest)
                    .orElseThrow(
                            () -> Refusal.invalid("version %s of %s has no calibration set; put one or use zero-shot"
                                    .formatted(row.version, row.model)));
            CalibrationSet set = EvaluationSetCodec.isEvaluationSet(inputs)
                    ? CalibrationSet.of(shape, EvaluationSetCodec.decode(inputs), request.samples())
                    : CalibrationSet.raw(shape, inputs);
            return quantizer.quantize(source, request.scheme(), set);
        } catch (OnnxRefusedException | MalformedEvaluationSetException | IllegalArgumentException refused) {
            throw Refusal.invalid("%s: %s".formatted(request.variant(), refused.getMessage()));
        }
    }
}
