package io.fleetwright.agent.driver;

import io.fleetwright.telemetry.wire.Json;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A device's program for the tests, which behaves as its first argument says. */
public final class PipePeer {
    private PipePeer() {}

    public static void main(String[] arguments) throws Exception {
        String behaviour = arguments[0];
        switch (behaviour) {
            case "greets-wrong" -> System.out.println("hello");
            case "other-version" -> say("{\"fleetwright-driver\":2}");
            case "long-line" -> System.out.print("x".repeat(10_000));
            case "says-nothing" -> System.in.read();
            case "ends" -> {}
            default -> serve(behaviour);
        }
    }

    private static void serve(String behaviour) throws Exception {
        InputStream in = new BufferedInputStream(System.in);
        Map<String, Program> loaded = new HashMap<>();
        say(
                behaviour.equals("no-method")
                        ? "{\"fleetwright-driver\":1}"
                        : "{\"fleetwright-driver\":1,\"memoryBytes\":1000000,\"segments\":true,\"energy\":\"external\"}");
        for (int runs = 0; ; ) {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    return;
                }
                line.append((char) next);
            }
            Json.Node asked = Json.read(line.toString().getBytes(StandardCharsets.US_ASCII), 4096);
            if (asked.has("load")) {
                if (behaviour.equals("refuses")) {
                    say("{\"failed\":\"flash is full\"}");
                    continue;
                }
                byte[] file = Files.readAllBytes(Path.of(asked.longText("file", 1000)));
                loaded.put(
                        asked.text("load"),
                        ((Program.Loading.Ready) Program.load("m", file, Long.MAX_VALUE, Optional.empty())).program());
                say("{}");
                continue;
            }
            runs++;
            byte[] input = in.readNBytes((int) asked.number("bytes", 0, 1 << 24));
            Program program = Objects.requireNonNull(loaded.get(asked.text("run")));
            byte[] output = asked.has("from")
                    ? program.run(
                            new Program.Cut((int) asked.number("from", 0, 999), (int) asked.number("to", 0, 999)),
                            input)
                    : program.run(input);
            // The self-test has two runs.
            boolean mischief = runs > 2;
            switch (behaviour) {
                case "wrong" -> {
                    output[0]++;
                    answer(output, "");
                }
                case "short" -> answer(new byte[mischief ? output.length - 1 : output.length], output, "");
                case "dies" -> {
                    if (mischief) {
                        return;
                    }
                    answer(output, "");
                }
                case "hangs" -> {
                    if (mischief) {
                        Thread.currentThread().join();
                    }
                    answer(output, "");
                }
                case "no-method" -> answer(output, mischief ? ",\"microjoules\":5,\"uncertainty\":0.1" : "");
                case "no-uncertainty" -> answer(output, mischief ? ",\"microjoules\":5" : "");
                case "no-time" -> answer(output, mischief ? ",\"micros\":-1" : "");
                default -> answer(output, ",\"micros\":812.5,\"microjoules\":95.25,\"uncertainty\":0.05");
            }
        }
    }

    private static void answer(byte[] output, String more) throws IOException {
        answer(output, output, more);
    }

    private static void answer(byte[] told, byte[] output, String more) throws IOException {
        say("{\"bytes\":%d%s}".formatted(told.length, more));
        System.out.write(output);
        System.out.flush();
    }

    private static void say(String line) {
        System.out.print(line + "\n");
        System.out.flush();
    }
}
