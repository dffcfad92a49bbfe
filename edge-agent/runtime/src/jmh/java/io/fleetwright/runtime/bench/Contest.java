package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.bench.EngineResult.Difference;
import io.fleetwright.runtime.bench.EngineResult.Measured;
import io.fleetwright.runtime.bench.EngineResult.Refused;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/** Prepares one model in every engine, checks what they answer, and times those that run it. */
final class Contest {
    private static final List<String> ORDER =
            List.of(FleetwrightEngine.NAME, XnnpackEngine.NAME, OnnxRuntimeEngine.NAME);

    private final BenchModel model;
    private final List<Engine> engines = new ArrayList<>();
    private final List<EngineResult> results = new ArrayList<>();

    private Contest(BenchModel model) {
        this.model = model;
    }

    /**
     * @param seconds time for all engines together, warm-up included
     * @param threads of the native engines
     */
    static ModelResult hold(BenchModel model, double seconds, int threads) {
        return new Contest(model).hold(seconds, threads);
    }

    private ModelResult hold(double seconds, int threads) {
        var macs = OptionalLong.empty();
        try {
            try {
                Graph graph = ModelReader.read(model.file(), model.name());
                macs = OptionalLong.of(ModelReport.of(graph).macs());
                engines.add(new FleetwrightEngine(graph, Rounding.DOUBLE));
                enter(OnnxRuntimeEngine.NAME, () -> new OnnxRuntimeEngine(graph, threads));
            } catch (ModelException refusal) {
                results.add(new Refused(FleetwrightEngine.NAME, reason(refusal)));
                results.add(new Refused(OnnxRuntimeEngine.NAME, "no ONNX of it, since our reader refuses it"));
            }
            enter(XnnpackEngine.NAME, () -> new XnnpackEngine(model.file(), threads));
            if (!engines.isEmpty()) {
                measure(seconds);
            }
        } finally {
            engines.forEach(Engine::close);
        }
        results.sort(Comparator.comparingInt(result -> ORDER.indexOf(result.engine())));
        return new ModelResult(model.name(), macs, results);
    }

    /** Makes an engine ready for this contest's model. */
    private interface Preparation {
        Engine prepare() throws EngineRefusedException;
    }

    private void enter(String name, Preparation preparation) {
        try {
            engines.add(preparation.prepare());
        } catch (EngineRefusedException refusal) {
            results.add(new Refused(name, reason(refusal)));
        }
    }

    private static String reason(Exception refusal) {
        return Objects.requireNonNullElse(refusal.getMessage(), refusal.toString());
    }

    private void measure(double seconds) {
        var differences = engines.stream().map(this::difference).toList();
        var blocks = new InterleavedRun(engines, model.inputs()).measure(seconds);
        for (int i = 0; i < engines.size(); i++) {
            Engine engine = engines.get(i);
            results.add(new Measured(
                    engine.name(), engine.remark(), Times.of(blocks.get(i)), flavour(engine), differences.get(i)));
        }
    }

    /** The reference whose rounding the engine has: XNNPACK's is single, ours and that of nobody else double. */
    private String flavour(Engine engine) {
        return isOurs(engine) || model.goldenSingle() == null ? "double" : "single";
    }

    private static boolean isOurs(Engine engine) {
        return engine instanceof FleetwrightEngine;
    }

    private Difference difference(Engine engine) {
        byte[] single = model.goldenSingle();
        byte[] golden = isOurs(engine) || single == null ? model.golden() : single;
        int vectors = model.inputs().length / engine.inputBytes();
        int outputBytes = golden.length / vectors;
        byte[] outputs = new byte[golden.length];
        for (int vector = 0; vector < vectors; vector++) {
            engine.load(model.inputs(), vector * engine.inputBytes());
            engine.run();
            engine.store(outputs, vector * outputBytes);
        }
        return Difference.between(outputs, golden);
    }
}
