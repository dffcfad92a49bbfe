package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.cli.Table;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Models, versions and variants. */
@Command(name = "model", description = "Models, their versions and variants.")
public final class ModelCommand extends CommandGroup {
    private static final String ZERO_SHOT = "zero-shot";

    @Command(name = "list", aliases = "ls", description = "All models.")
    int list(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        JsonNode items = connection.call(client -> client.all("/api/v1/models"));
        connection.list(items, new Table("model", " versions", "newest", "created"), (table, model) -> {
            JsonNode versions = model.path("versions");
            table.row(
                    Connection.text(model, "model"),
                    String.valueOf(versions.size()),
                    Connection.text(versions.path(0), "version"),
                    Connection.text(model, "createdAt"));
        });
        return CommandFailure.DONE;
    }

    @Command(name = "show", description = "One model with its variants.")
    int show(@Mixin Connection connection, @Parameters(paramLabel = "MODEL") String model)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get("/api/v1/models/" + ApiClient.segment(model)));
        connection.one(answer, () -> {
            Table table = new Table(
                    "version", "state", "variant", " bytes", " package", " stored", " delta", " macs", "accuracy");
            for (JsonNode version : answer.path("versions")) {
                for (JsonNode variant : version.path("variants")) {
                    table.row(
                            Connection.text(version, "version"),
                            Connection.text(version, "state"),
                            Connection.text(variant, "variant"),
                            Connection.text(variant, "bytes"),
                            Connection.text(variant, "packageBytes"),
                            Connection.text(variant, "storedBytes"),
                            Connection.text(variant.path("delta"), "bytes"),
                            Connection.text(variant, "macs"),
                            accuracy(variant.path("accuracy")));
                }
            }
            connection.table(table);
        });
        return CommandFailure.DONE;
    }

    @Command(
            name = "push",
            description =
                    "Uploads a model; makes model and version when they are not there. With --scheme the file is a"
                            + " float ONNX network and a variant is derived for each scheme; otherwise it is one variant.")
    int push(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version,
            @Parameters(
                            index = "2",
                            paramLabel = "FILE",
                            description =
                                    "float ONNX with --scheme; else an int8 TensorFlow Lite or quantized ONNX file")
                    Path file,
            @Option(names = "--variant", paramLabel = "NAME", description = "name of a variant that comes ready-made")
                    @Nullable
                    String variant,
            @Option(
                            names = "--scheme",
                            paramLabel = "S",
                            description =
                                    "int8, int4, int4-g32, ternary, pow2, pow2x2 or mixed:A,B,...; may be repeated")
                    @Nullable
                    List<String> schemes,
            @Option(
                            names = "--calibration",
                            paramLabel = "F|zero-shot",
                            defaultValue = ZERO_SHOT,
                            description =
                                    "inputs that the quantizer looks at (default: ${DEFAULT-VALUE}, which makes them"
                                            + " from the statistics in the file)")
                    String calibration,
            @Option(
                            names = "--evaluation-set",
                            paramLabel = "F",
                            description = "labelled inputs in forge's format; variants are measured on them")
                    @Nullable
                    Path evaluationSet)
            throws CommandFailure, InterruptedException {
        if ((schemes == null) == (variant == null)) {
            throw new CommandFailure(
                    "give --scheme for a float network, or --variant for one that is ready-made",
                    CommandFailure.WRONG_USAGE);
        }
        if (variant != null && !calibration.equals(ZERO_SHOT)) {
            throw new CommandFailure(
                    "--calibration is for --scheme: a variant that comes ready-made is not quantized here",
                    CommandFailure.WRONG_USAGE);
        }
        byte[] bytes = InputFile.read(file);
        byte[] evaluation = evaluationSet == null ? null : InputFile.read(evaluationSet);
        if (variant != null) {
            JsonNode answer = connection.call(client -> publish(client, model, version, variant, bytes, evaluation));
            connection.one(answer, () -> connection.line(line(model, version, answer)));
            return CommandFailure.DONE;
        }
        byte[] inputs = calibration.equals(ZERO_SHOT) ? null : InputFile.read(Path.of(calibration));
        List<String> wanted = schemes == null ? List.of() : schemes;
        ArrayNode made = JsonNodeFactory.instance.arrayNode();
        try {
            connection.call(client -> {
                String one = makeVersion(client, model, version);
                client.put(one + "/source", bytes);
                if (evaluation != null) {
                    client.put(one + "/evaluation-set", evaluation);
                }
                if (inputs != null) {
                    client.put(one + "/calibration-set", inputs);
                }
                for (String scheme : wanted) {
                    made.add(client.post(
                            one + "/variants",
                            JsonNodeFactory.instance
                                    .objectNode()
                                    .put("scheme", scheme)
                                    .put("variant", scheme.replaceAll("[:,]", "-"))
                                    .put("calibration", inputs == null ? ZERO_SHOT : "calibration-set")));
                }
                return made;
            });
        } finally {
            // Variants that were made stay when a later one is refused.
            if (!made.isEmpty()) {
                connection.one(
                        JsonNodeFactory.instance.objectNode().set("variants", made),
                        () -> made.forEach(variantMade -> connection.line(line(model, version, variantMade))));
            }
        }
        return CommandFailure.DONE;
    }

    private static String line(String model, String version, JsonNode variant) {
        return "%s %s %s: %s, %s"
                .formatted(
                        model,
                        version,
                        Connection.text(variant, "variant"),
                        Connection.text(variant, "digest"),
                        accuracy(variant.path("accuracy")));
    }

    @Command(name = "select", description = "Says which variant devices would get, and why; changes nothing.")
    int select(
            @Mixin Connection connection,
            @Parameters(paramLabel = "MODEL") String model,
            @Option(names = "--version", paramLabel = "V", description = "default: the newest that is not retired")
                    @Nullable
                    String version,
            @Option(names = "--class", paramLabel = "C", description = "devices of this class; may be repeated")
                    @Nullable
                    List<String> classes,
            @Option(names = "--device", paramLabel = "NODE/DEVICE", description = "this device; may be repeated")
                    @Nullable
                    List<String> devices,
            @Option(names = "--min-accuracy", paramLabel = "X", description = "least measured accuracy, 0 to 1")
                    @Nullable
                    Double minAccuracy,
            @Option(names = "--max-latency-ms", paramLabel = "X", description = "most p90 latency") @Nullable
                    Double maxLatencyMs,
            @Option(names = "--max-energy-mj", paramLabel = "X", description = "most p90 energy of one inference")
                    @Nullable
                    Double maxEnergyMj,
            @Option(names = "--relax", description = "limits give way where nothing meets them all") boolean relax)
            throws CommandFailure, InterruptedException {
        ObjectNode question = JsonNodeFactory.instance.objectNode();
        question.put("version", version)
                .put("minAccuracy", minAccuracy)
                .put("maxLatencyMs", maxLatencyMs)
                .put("maxEnergyMj", maxEnergyMj)
                .put("relax", relax);
        ObjectNode selector = question.putObject("selector");
        put(selector, "classes", classes);
        put(selector, "devices", devices);
        JsonNode answer = connection.call(
                client -> client.post("/api/v1/models/%s/select".formatted(ApiClient.segment(model)), question));
        connection.one(answer, () -> {
            Table table = new Table("device", "chosen", " accuracy", " p90 ms", " p90 mJ", "reason");
            for (JsonNode device : answer.path("devices")) {
                JsonNode chosen = chosen(device);
                table.row(
                        Connection.text(device, "node") + "/" + Connection.text(device, "device"),
                        Connection.text(device, "chosen"),
                        Connection.decimal(chosen, "accuracy"),
                        Connection.decimal(chosen, "latencyMsP90"),
                        Connection.decimal(chosen, "energyMjP90"),
                        Connection.text(device, "reason"));
            }
            connection.table(table);
            int shown = answer.path("devices").size();
            int matched = answer.path("matched").asInt();
            if (matched > shown) {
                connection.line("%d devices match, %d of them get a variant; the first %d are shown"
                        .formatted(matched, answer.path("fitting").asInt(), shown));
            }
        });
        int without = answer.path("matched").asInt() - answer.path("fitting").asInt();
        if (without > 0) {
            throw new CommandFailure("%d of %d devices get no variant"
                    .formatted(without, answer.path("matched").asInt()));
        }
        return CommandFailure.DONE;
    }

    private static void put(ObjectNode node, String name, @Nullable List<String> values) {
        if (values != null) {
            ArrayNode array = node.putArray(name);
            values.forEach(array::add);
        }
    }

    private static JsonNode chosen(JsonNode device) {
        for (JsonNode variant : device.path("variants")) {
            if (variant.path("variant").equals(device.path("chosen"))) {
                return variant;
            }
        }
        return MissingNode.getInstance();
    }

    @Command(name = "promote", description = "Approves an evaluated version, or retires one.")
    int promote(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version,
            @Option(
                            names = "--to",
                            defaultValue = "approved",
                            paramLabel = "STAGE",
                            description = "approved or retired (default: ${DEFAULT-VALUE})")
                    String to)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.post(
                path(model, version) + "/promote",
                JsonNodeFactory.instance.objectNode().put("to", to)));
        connection.one(
                answer,
                () -> connection.line("%s %s is %s".formatted(model, version, Connection.text(answer, "state"))));
        return CommandFailure.DONE;
    }

    @Command(name = "lineage", description = "What a version was made of, by which steps, and who moved it on.")
    int lineage(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get(path(model, version) + "/lineage"));
        connection.one(answer, () -> {
            for (String of : List.of("source", "calibration", "evaluation")) {
                connection.line("%s %s".formatted(of, Connection.text(answer, of + "Digest")));
            }
            for (JsonNode variant : answer.path("variants")) {
                connection.line("variant %s %s by %s at %s"
                        .formatted(
                                Connection.text(variant, "variant"),
                                Connection.text(variant, "digest"),
                                Connection.text(variant, "who"),
                                Connection.text(variant, "at")));
                JsonNode delta = variant.path("delta");
                if (delta.isObject()) {
                    connection.line("  delta of %d bytes (%.1f %%) from %s"
                            .formatted(
                                    delta.path("bytes").asLong(),
                                    100 * delta.path("fraction").asDouble(),
                                    Connection.text(delta, "from")));
                }
                variant.path("recipe").path("steps").forEach(step -> connection.line("  step " + step));
            }
            for (JsonNode step : answer.path("stages")) {
                connection.line("%s -> %s by %s at %s"
                        .formatted(
                                Connection.text(step, "from"),
                                Connection.text(step, "to"),
                                Connection.text(step, "who"),
                                Connection.text(step, "at")));
            }
        });
        return CommandFailure.DONE;
    }

    @Command(name = "plot", description = "Draws accuracy over size of a version's variants.")
    int plot(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version,
            @Option(names = "--out", required = true, paramLabel = "SVG", description = "where the drawing goes")
                    Path out)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get("/api/v1/models/" + ApiClient.segment(model)));
        for (JsonNode one : answer.path("versions")) {
            List<ParetoPlot.Point> points = ParetoPlot.points(one);
            if (one.path("version").asText().equals(version) && !points.isEmpty()) {
                String drawing = ParetoPlot.draw("%s %s: accuracy over size".formatted(model, version), points);
                OutputFile.write(out, drawing.getBytes(StandardCharsets.UTF_8));
                ParetoPlot.front(points)
                        .forEach(point -> connection.line("%s: %d bytes, %.2f %%"
                                .formatted(point.variant(), point.bytes(), point.accuracy() * 100)));
                return CommandFailure.DONE;
            }
        }
        throw new CommandFailure("%s %s has no measured variant".formatted(model, version));
    }

    @Command(name = "export", description = "Writes a variant to a file.")
    int export(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version,
            @Parameters(index = "2", paramLabel = "VARIANT") String variant,
            @Option(
                            names = "--as",
                            defaultValue = "stored",
                            paramLabel = "F",
                            description =
                                    "stored (as devices get it), package, qcdq or qonnx (default: ${DEFAULT-VALUE});"
                                            + " the last three only of variants that were derived here")
                    String format,
            @Option(names = "--out", required = true, paramLabel = "F", description = "where it goes") Path out)
            throws CommandFailure, InterruptedException {
        byte[] bytes = connection.call(client -> client.download("%s/variants/%s/export?format=%s"
                .formatted(path(model, version), ApiClient.segment(variant), ApiClient.segment(format))));
        OutputFile.write(out, bytes);
        connection.line("%s: %d bytes".formatted(out, bytes.length));
        return CommandFailure.DONE;
    }

    @Command(
            name = "cut",
            description = "Cuts a variant into parts, variants for boards that cannot hold all of it."
                    + " A rollout gives them to such boards; inferences go through the parts in turn.")
    int cut(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version,
            @Parameters(index = "2", paramLabel = "VARIANT") String variant,
            @Option(
                            names = "--after",
                            paramLabel = "N",
                            split = ",",
                            description = "last operators of all parts but the last, as in `inspect`")
                    @Nullable
                    List<Integer> after,
            @Option(
                            names = "--memory",
                            paramLabel = "BYTES",
                            description = "what weights and activations of a part may take: as few parts as possible")
                    @Nullable
                    Long memory)
            throws CommandFailure, InterruptedException {
        if ((after == null) == (memory == null)) {
            throw new CommandFailure(
                    "give --after, where to cut, or --memory, what a part may take", CommandFailure.WRONG_USAGE);
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        if (after != null) {
            ArrayNode operators = body.putArray("after");
            after.forEach(operators::add);
        } else {
            body.put("memoryBytes", memory);
        }
        JsonNode answer = connection.call(client ->
                client.post(path(model, version) + "/variants/" + ApiClient.segment(variant) + "/parts", body));
        connection.one(answer, () -> {
            Table table = new Table("part", " bytes", " memory", " macs");
            for (JsonNode part : answer.path("items")) {
                table.row(
                        Connection.text(part, "variant"),
                        Connection.text(part, "bytes"),
                        String.valueOf(part.path("weightBytes").asLong()
                                + part.path("arenaBytes").asLong()),
                        Connection.text(part, "macs"));
            }
            connection.table(table);
        });
        return CommandFailure.DONE;
    }

    @Command(name = "cuts", description = "What each cut of a variant loses when values cross it in 4 bits.")
    int cuts(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version,
            @Parameters(index = "2", paramLabel = "VARIANT") String variant)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(
                client -> client.get(path(model, version) + "/variants/" + ApiClient.segment(variant) + "/cuts"));
        connection.one(answer, () -> {
            String state = Connection.text(answer, "state");
            if (!state.equals("measured")) {
                String reason = answer.path("reason").asText();
                connection.line("%s: %s%s".formatted(variant, state, reason.isEmpty() ? "" : ", " + reason));
                return;
            }
            Table table = new Table("cut after", " bits", " loss %", " 95 %", " lost", " gained");
            for (JsonNode cut : answer.path("cuts")) {
                table.row(
                        Connection.text(cut, "after"),
                        Connection.text(answer, "bits"),
                        percent(cut, "loss"),
                        percent(cut, "low95") + " to " + percent(cut, "high95"),
                        Connection.text(cut, "lost"),
                        Connection.text(cut, "gained"));
            }
            connection.table(table);
            connection.line("losses of right answers, of %s inputs".formatted(Connection.text(answer, "inputs")));
        });
        return CommandFailure.DONE;
    }

    private static String percent(JsonNode node, String share) {
        return String.format(Locale.ROOT, "%.2f", node.path(share).asDouble() * 100);
    }

    @Command(
            name = "delta",
            description = "What a device needs to fetch to get from one version's variant to another's.")
    int delta(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "FROM", description = "version that the device has") String from,
            @Parameters(index = "2", paramLabel = "TO", description = "version that it shall get") String to,
            @Parameters(index = "3", paramLabel = "VARIANT") String variant,
            @Option(names = "--out", paramLabel = "F", description = "where the delta goes") @Nullable Path out)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get("/api/v1/models/" + ApiClient.segment(model)));
        JsonNode base = variant(answer, from, variant);
        JsonNode target = variant(answer, to, variant);
        byte[] delta = connection.call(client -> client.download("/api/v1/artifacts/%s/delta?from=%s"
                .formatted(
                        ApiClient.segment(Connection.text(target, "digest")),
                        ApiClient.segment(Connection.text(base, "digest")))));
        if (out != null) {
            OutputFile.write(out, delta);
        }
        double fraction = delta.length / target.path("bytes").asDouble();
        ObjectNode said = JsonNodeFactory.instance
                .objectNode()
                .put("from", Connection.text(base, "digest"))
                .put("to", Connection.text(target, "digest"))
                .put("bytes", target.path("bytes").asLong())
                .put("deltaBytes", delta.length)
                .put("fraction", fraction);
        connection.one(
                said,
                () -> connection.line("%s %s from %s: %d bytes, %.1f %% of %d"
                        .formatted(
                                variant,
                                to,
                                from,
                                delta.length,
                                100 * fraction,
                                target.path("bytes").asLong())));
        return CommandFailure.DONE;
    }

    private static JsonNode variant(JsonNode model, String version, String variant) throws CommandFailure {
        for (JsonNode one : model.path("versions")) {
            for (JsonNode candidate : one.path("variants")) {
                if (Connection.text(one, "version").equals(version)
                        && Connection.text(candidate, "variant").equals(variant)) {
                    return candidate;
                }
            }
        }
        throw new CommandFailure(
                "%s %s has no variant %s".formatted(Connection.text(model, "model"), version, variant));
    }

    @Command(name = "delete", description = "Deletes a version that nothing runs, shall run or may go back to.")
    int delete(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version)
            throws CommandFailure, InterruptedException {
        connection.call(client -> client.delete(path(model, version)));
        JsonNode said = JsonNodeFactory.instance
                .objectNode()
                .put("model", model)
                .put("version", version)
                .put("deleted", true);
        connection.one(said, () -> connection.line("%s %s is deleted".formatted(model, version)));
        return CommandFailure.DONE;
    }

    private static String path(String model, String version) {
        return "/api/v1/models/%s/versions/%s".formatted(ApiClient.segment(model), ApiClient.segment(version));
    }

    /** Makes model and version when they are not there; answers the version's path. */
    private static String makeVersion(ApiClient client, String model, String version)
            throws ApiException, InterruptedException {
        client.post("/api/v1/models", JsonNodeFactory.instance.objectNode().put("model", model));
        client.post(
                "/api/v1/models/%s/versions".formatted(ApiClient.segment(model)),
                JsonNodeFactory.instance.objectNode().put("version", version));
        return path(model, version);
    }

    /** Makes what is not there yet and uploads; doing it twice has the effect of doing it once. */
    public static JsonNode publish(
            ApiClient client,
            String model,
            String version,
            String variant,
            byte[] artifact,
            byte @Nullable [] evaluationSet)
            throws ApiException, InterruptedException {
        String one = makeVersion(client, model, version);
        if (evaluationSet != null) {
            client.put(one + "/evaluation-set", evaluationSet);
        }
        return client.put(one + "/variants/" + ApiClient.segment(variant), artifact);
    }

    /** A measured accuracy in words. */
    public static String accuracy(JsonNode accuracy) {
        return accuracy.path("n").asInt() == 0
                ? "accuracy not measured"
                : "%.2f %% of n=%d (95 %% interval %.2f to %.2f)"
                        .formatted(
                                accuracy.path("fraction").asDouble() * 100,
                                accuracy.path("n").asInt(),
                                accuracy.path("low95").asDouble() * 100,
                                accuracy.path("high95").asDouble() * 100);
    }
}
