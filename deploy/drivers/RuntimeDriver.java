import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.ModelReader;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An example of a program that works a device for an agent (docs/drivers.md): the device is another process with the product's
 * runtime. Where {@code interpreter.run} stands, a program of yours sends the input to its drone or accelerator.
 *
 * <p>What goes to standard output is the protocol and nothing else; what goes to standard error is in the agent's log.
 */
public final class RuntimeDriver {
    private static final Pattern FIELD = Pattern.compile("\"(load|file|run)\":\"([^\"]*)\"|\"(bytes)\":([0-9]+)");

    private RuntimeDriver() {}

    public static void main(String[] arguments) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        Map<String, Interpreter> loaded = new HashMap<>();
        say("{\"fleetwright-driver\":1}", new byte[0]);
        for (Map<String, String> asked = line(in); asked != null; asked = line(in)) {
            if (asked.containsKey("load")) {
                try {
                    byte[] file = Files.readAllBytes(Path.of(asked.get("file")));
                    var graph = ModelReader.read(file, "model").integerCore();
                    loaded.put(asked.get("load"), Interpreter.create(graph, graph.arithmetic(), Kernels.scalar()));
                    say("{}", new byte[0]);
                } catch (Exception refused) {
                    say("{\"failed\":\"cannot load: %s\"}".formatted(plain(refused)), new byte[0]);
                }
                continue;
            }
            byte[] input = in.readNBytes(Integer.parseInt(asked.get("bytes")));
            Interpreter interpreter = loaded.get(asked.get("run"));
            byte[] output = new byte[interpreter.outputBytes()];
            long began = System.nanoTime();
            interpreter.run(input, 0, output, 0);
            double micros = (System.nanoTime() - began) / 1000.0;
            say("{\"bytes\":%d,\"micros\":%.3f}".formatted(output.length, micros), output);
        }
    }

    /** The fields of the next line; absent when the agent has ended. */
    private static Map<String, String> line(DataInputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                return null;
            }
            text.append((char) next);
        }
        Map<String, String> fields = new HashMap<>();
        Matcher field = FIELD.matcher(text);
        while (field.find()) {
            fields.put(
                    field.group(1) == null ? field.group(3) : field.group(1),
                    field.group(1) == null ? field.group(4) : field.group(2));
        }
        return fields;
    }

    private static String plain(Exception failure) {
        return String.valueOf(failure.getMessage()).replaceAll("[^ -~]|[\"\\\\]", " ");
    }

    private static void say(String line, byte[] bytes) throws IOException {
        PrintStream out = System.out;
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.write(bytes);
        out.flush();
    }
}
