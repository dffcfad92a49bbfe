package io.fleetwright.runtime.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model file with its golden vectors.
 *
 * @param inputs input vectors, back to back
 * @param golden what the reference kernels answer with double rounding
 * @param goldenSingle the same with single rounding; null when nobody recorded it
 */
record BenchModel(String name, byte[] file, byte[] inputs, byte[] golden, byte @Nullable [] goldenSingle) {
    private static final String OWN = "model-registry/zoo/src/main/resources/io/fleetwright/zoo/glyphs";

    /** Where a model's files are. */
    private record Location(String name, Path file, Path inputs, Path golden, Path goldenSingle) {
        boolean exists() {
            return Files.exists(file);
        }
    }

    /** Names of all models that are there: the shared ones beside the project, and the project's own. */
    static List<String> names(Path root) {
        return locations(root).stream()
                .filter(Location::exists)
                .map(Location::name)
                .toList();
    }

    static BenchModel read(Path root, String name) throws IOException {
        Location location = locations(root).stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no model %s".formatted(name)));
        return new BenchModel(
                name,
                Files.readAllBytes(location.file),
                Files.readAllBytes(location.inputs),
                Files.readAllBytes(location.golden),
                Files.exists(location.goldenSingle) ? Files.readAllBytes(location.goldenSingle) : null);
    }

    private static List<Location> locations(Path root) {
        var locations = new ArrayList<Location>();
        Path shared = root.resolveSibling("shared").resolve("models/mlperf-tiny");
        Stream.of(
                        "ic_resnet8",
                        "kws_dscnn",
                        "vww_mbv1",
                        "ad_fc_ae",
                        "sww_ds_tcn",
                        "ic_resnet8_large",
                        "extra/mobilenet_v2_224",
                        "extra/person_detect",
                        "extra/micro_speech_quantized")
                .forEach(path -> {
                    String name = path.substring(path.indexOf('/') + 1);
                    Path golden = shared.resolve("golden");
                    locations.add(new Location(
                            name,
                            shared.resolve(path + ".tflite"),
                            golden.resolve(name + ".in.bin"),
                            golden.resolve(name + ".out.bin"),
                            golden.resolve(name + ".out_single_rounding.bin")));
                });
        Path own = root.resolve(OWN);
        Stream.of("glyphs-w1.0-int8", "glyphs-w0.5-int8")
                .forEach(name -> locations.add(new Location(
                        name,
                        own.resolve(name + ".tflite"),
                        own.resolve(name + ".golden-in.bin"),
                        own.resolve(name + ".golden-out.bin"),
                        own.resolve(name + ".golden-out-single.bin"))));
        return locations;
    }
}
