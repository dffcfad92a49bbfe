package io.fleetwright.zoo.project;

import io.fleetwright.forge.evaluate.Accuracy;
import io.fleetwright.zoo.train.EpochResult;
import io.fleetwright.zoo.train.TrainingSettings;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How a set of files was made, what it reached, and the digest of each file. */
record TrainingLog(TrainingSettings settings, long testSeed, List<Network> networks, Map<String, byte[]> files) {
    record Network(
            String width,
            long macs,
            long parameters,
            List<EpochResult> epochs,
            Accuracy floatAccuracy,
            Accuracy int8Accuracy) {
        Network {
            epochs = List.copyOf(epochs);
        }
    }

    TrainingLog {
        networks = List.copyOf(networks);
    }

    /** All names and digests are plain letters and digits, so nothing needs escaping. */
    String json() {
        String networkBlocks = networks.stream().map(TrainingLog::json).collect(Collectors.joining(",\n"));
        String fileLines = files.entrySet().stream()
                .map(file -> "    \"%s\": {\"bytes\": %d, \"sha256\": \"%s\"}"
                        .formatted(file.getKey(), file.getValue().length, sha256(file.getValue())))
                .collect(Collectors.joining(",\n"));
        return String.format(
                Locale.ROOT,
                """
                {
                  "seed": %d,
                  "settings": {"epochs": %d, "stepsPerEpoch": %d, "batch": %d, "shards": %d, "threads": %d, \
                "rateFirst": %s, "rateLast": %s},
                  "testSeed": %d,
                  "networks": [
                %s
                  ],
                  "files": {
                %s
                  }
                }
                """,
                settings.seed(),
                settings.epochs(),
                settings.stepsPerEpoch(),
                TrainingSettings.BATCH,
                TrainingSettings.SHARDS,
                settings.threads(),
                settings.rateFirst(),
                settings.rateLast(),
                testSeed,
                networkBlocks,
                fileLines);
    }

    private static String json(Network network) {
        String epochs = network.epochs().stream()
                .map(epoch -> String.format(
                        Locale.ROOT,
                        "        {\"epoch\": %d, \"loss\": %.6f, \"accuracy\": %.6f, \"seconds\": %.1f}",
                        epoch.epoch(),
                        epoch.loss(),
                        epoch.accuracy(),
                        epoch.seconds()))
                .collect(Collectors.joining(",\n"));
        return "    {\n      \"width\": \"%s\", \"macs\": %d, \"parameters\": %d,\n"
                        .formatted(network.width(), network.macs(), network.parameters())
                + "      \"float\": %s,\n      \"int8\": %s,\n"
                        .formatted(json(network.floatAccuracy()), json(network.int8Accuracy()))
                + "      \"epochs\": [\n%s\n      ]\n    }".formatted(epochs);
    }

    private static String json(Accuracy accuracy) {
        return String.format(
                Locale.ROOT,
                "{\"n\": %d, \"correct\": %d, \"fraction\": %.4f, \"low95\": %.4f, \"high95\": %.4f}",
                accuracy.n(),
                accuracy.correct(),
                accuracy.fraction(),
                accuracy.low95(),
                accuracy.high95());
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }
}
