package io.fleetwright.telemetry.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * {@code up/result}: what each operator of a variant takes on a device, measured there. Its first field is {@code operators}, which
 * tells it from a {@link TaskResult}; it has a place in the same stream of results and is acknowledged with them. It is told when the
 * controller asks, see {@link Command.Kind#OPERATORS}.
 *
 * @param device that runs it
 * @param digest of the variant
 * @param timing by what it was measured, as the node's birth told it; other kernels or another agent take other times
 * @param kernels the set that the program runs on, such as {@code scalar}
 * @param rounds how many times of each operator the medians are of, at least 1
 * @param atMillis when it was measured, Unix milliseconds on the node's clock
 * @param operators in execution order, 1 to {@value #OPERATORS_MAX}; their times together are above 0
 */
public record OperatorTimes(
        Stamp stamp,
        String device,
        String digest,
        String timing,
        String kernels,
        int rounds,
        long atMillis,
        List<Operator> operators) {
    /** A network with more is not told of. */
    public static final int OPERATORS_MAX = 2048;
    /** Of the whole message. */
    public static final int BYTES_MAX = 96 * 1024;

    public static final Pattern TIMING = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+/_-]{0,95}");

    private static final Pattern SHA256 = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern DEVICE = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:+ -]{0,63}");
    /** Operators that differ in name or in how they are computed; a network has few. */
    private static final int KINDS_MAX = 256;

    private static final int ROUNDS_MAX = 1_000_000;
    /** A minute for one operator: slower is no measurement of a network that serves anybody. */
    private static final long NANOS_MAX = 60_000_000_000L;

    private static final long MACS_MAX = 1L << 40;

    /**
     * One operator.
     *
     * @param name for example {@code CONV_2D}
     * @param kernel how it was computed, empty when there is nothing to say
     * @param macs multiply-accumulates
     * @param bytes of inputs, constants and outputs, each counted once
     * @param p50Nanos median time
     */
    public record Operator(String name, String kernel, long macs, long bytes, long p50Nanos) {
        public Operator {
            boolean named = WORD.matcher(name).matches()
                    && (kernel.isEmpty() || WORD.matcher(kernel).matches());
            if (!named
                    || macs < 0
                    || macs > MACS_MAX
                    || bytes < 0
                    || bytes > Integer.MAX_VALUE
                    || p50Nanos < 0
                    || p50Nanos > NANOS_MAX) {
                throw new IllegalArgumentException("operator %s (%s): %d products, %d bytes, %d ns: out of range"
                        .formatted(name, kernel, macs, bytes, p50Nanos));
            }
        }
    }

    private record Kind(String name, String kernel) {}

    public OperatorTimes {
        operators = List.copyOf(operators);
        if (operators.isEmpty() || operators.size() > OPERATORS_MAX) {
            throw new IllegalArgumentException("%d operators, 1 to %d".formatted(operators.size(), OPERATORS_MAX));
        }
        if (operators.stream().allMatch(one -> one.p50Nanos == 0)) {
            throw new IllegalArgumentException("operators that take no time");
        }
        if (rounds < 1 || rounds > ROUNDS_MAX) {
            throw new IllegalArgumentException("rounds (%d) must be 1 to %d".formatted(rounds, ROUNDS_MAX));
        }
    }

    /** The same at another place among results. */
    public OperatorTimes at(Stamp other) {
        return new OperatorTimes(other, device, digest, timing, kernels, rounds, atMillis, operators);
    }

    /** Of all operators, nanoseconds. */
    public long totalNanos() {
        return operators.stream().mapToLong(Operator::p50Nanos).sum();
    }

    /** Whether a message of {@code up/result} is such a report. */
    public static boolean is(byte[] message) {
        return Json.begins(message, "operators");
    }

    /** Names are told once for each kind, figures by operator. */
    public byte[] encode() {
        Map<Kind, Integer> kinds = new LinkedHashMap<>();
        List<Integer> kindOf = new ArrayList<>();
        for (Operator one : operators) {
            Kind kind = new Kind(one.name, one.kernel);
            Integer next = kinds.size();
            Integer known = kinds.putIfAbsent(kind, next);
            kindOf.add(known == null ? next : known);
        }
        return Json.write(out -> {
            out.field("operators", digest);
            stamp.write(out);
            out.field("device", device)
                    .field("timing", timing)
                    .field("kernels", kernels)
                    .field("rounds", rounds)
                    .field("at", atMillis)
                    .objects(
                            "kinds",
                            List.copyOf(kinds.keySet()),
                            (o, kind) -> o.field("operator", kind.name).field("kernel", kind.kernel))
                    .numbers("kind", kindOf)
                    .numbers(
                            "macs",
                            operators.stream().map(one -> (Number) one.macs).toList())
                    .numbers(
                            "bytes",
                            operators.stream().map(one -> (Number) one.bytes).toList())
                    .numbers(
                            "p50Nanos",
                            operators.stream().map(one -> (Number) one.p50Nanos).toList());
        });
    }

    public static OperatorTimes decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, BYTES_MAX);
        List<Kind> kinds = in.objects("kinds", KINDS_MAX, kind -> new Kind(kind.text("operator"), kind.text("kernel")));
        List<Long> kindOf = in.numbers("kind", OPERATORS_MAX, 0, kinds.size() - 1L);
        List<Long> macs = in.numbers("macs", OPERATORS_MAX, 0, MACS_MAX);
        List<Long> octets = in.numbers("bytes", OPERATORS_MAX, 0, Integer.MAX_VALUE);
        List<Long> nanos = in.numbers("p50Nanos", OPERATORS_MAX, 0, NANOS_MAX);
        int count = kindOf.size();
        if (macs.size() != count || octets.size() != count || nanos.size() != count) {
            throw new MalformedMessageException("%d operators, but %d macs, %d bytes and %d times"
                    .formatted(count, macs.size(), octets.size(), nanos.size()));
        }
        try {
            List<Operator> operators = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                Kind kind = kinds.get(kindOf.get(i).intValue());
                operators.add(new Operator(kind.name, kind.kernel, macs.get(i), octets.get(i), nanos.get(i)));
            }
            return new OperatorTimes(
                    Stamp.read(in),
                    in.text("device", DEVICE),
                    in.text("operators", SHA256),
                    in.text("timing", TIMING),
                    in.text("kernels", WORD),
                    (int) in.number("rounds", 1, ROUNDS_MAX),
                    in.number("at", 0, Long.MAX_VALUE),
                    operators);
        } catch (IllegalArgumentException wrong) {
            throw new MalformedMessageException("$: " + wrong.getMessage());
        }
    }
}
