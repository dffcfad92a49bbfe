package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.bench.EngineResult.Difference;
import io.fleetwright.runtime.bench.EngineResult.Measured;
import io.fleetwright.runtime.bench.EngineResult.Refused;
import io.fleetwright.runtime.bench.OnnxRuntimeEngine.Flavour;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** Prepares one model in every engine, checks what they answer, and times those that run it. */
final class Contest {
    private static final List<String> ORDER =
            List.of(FleetwrightEngine.NAME, XnnpackEngine.NAME, Flavour.U8.engine, Flavour.S8.engine);

    private final BenchModel model;
    private final Settings settings;
    private final List<Engine> engines = new ArrayList<>();
    private final List<EngineResult> results = new ArrayList<>();

    private Contest(BenchModel model, Settings settings) {
        this.model = model;
        this.settings = settings;
    }

    static ModelResult hold(BenchModel model, Settings settings) {
        return new Contest(model, settings).hold();
    }

    private ModelResult hold() {
        var macs = OptionalLong.empty();
        var graph = Optional.<Graph>empty();
        try {
            try {
                var ours = ModelReader.read(model.file(), model.name());
                graph = Optional.of(ours);
                macs = OptionalLong.of(ModelReport.of(ours).macs());
                engines.add(new FleetwrightEngine(ours, settings));
                for (var flavour : Flavour.values()) {
                    enter(flavour.engine, () -> new OnnxRuntimeEngine(ours, flavour, settings.threads()));
                }
            } catch (ModelException refusal) {
                results.add(new Refused(FleetwrightEngine.NAME, reason(refusal)));
                for (var flavour : Flavour.values()) {
                    results.add(new Refused(flavour.engine, "no ONNX of it, since our reader refuses it"));
                }
            }
            enter(XnnpackEngine.NAME, () -> new XnnpackEngine(model.file(), settings.threads()));
            measure(graph);
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

    private void measure(Optional<Graph> graph) {
        if (engines.isEmpty()) {
            return;
        }
        var differences = new ArrayList<Difference>();
        for (Engine engine : engines) {
            differences.add(Difference.between(answers(engine), golden(graph, engine.rounding())));
        }
        var blocks = new InterleavedRun(engines, model.inputs()).measure(settings.seconds());
        for (int i = 0; i < engines.size(); i++) {
            Engine engine = engines.get(i);
            results.add(new Measured(
                    engine.name(),
                    engine.remark(),
                    Times.of(blocks.get(i)),
                    engine.rounding(),
                    differences.get(i)));
        }
    }

    /** What the reference answers with this rounding: as recorded, or else what our scalar kernels say. */
    private byte[] golden(Optional<Graph> graph, Rounding rounding) {
        return model.golden(rounding).orElseGet(() -> {
            var scalar = new Settings(settings.seconds(), 1, rounding, Kernels.scalar());
            return answers(new FleetwrightEngine(graph.orElseThrow(), scalar));
        });
    }

    private byte[] answers(Engine engine) {
        int vectors = model.inputs().length / engine.inputBytes();
        byte[] outputs = new byte[model.golden().length];
        for (int vector = 0; vector < vectors; vector++) {
            engine.load(model.inputs(), vector * engine.inputBytes());
            engine.run();
            engine.store(outputs, vector * (outputs.length / vectors));
        }
        return outputs;
    }
}
