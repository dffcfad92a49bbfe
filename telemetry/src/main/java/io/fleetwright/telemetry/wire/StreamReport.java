package io.fleetwright.telemetry.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code up/result}: what became of a stream's frames in a window of time, told by its source. Its first field is {@code stream},
 * which tells it from a {@link TaskResult}; it has a place in the same stream of results and is acknowledged with them.
 *
 * <p>Frames are numbered from 1 in each boot and each is in one window: {@code met + missed + skipped} is how many the window has.
 * All frames of a window were answered under one plan, and their figures are all measured or all modelled.
 *
 * @param epoch number of the plan
 * @param from first frame
 * @param to last frame; one less than {@code from} when the report has none
 * @param met answered within the deadline
 * @param missed answered too late, or not at all
 * @param skipped not begun
 * @param empty of the skipped, those for which the sensor had nothing
 * @param helped of the answered, those whose rest another device ran
 * @param fallbacks of the answered, those that the source ran to the end because no answer had come
 * @param modelled whether a time or an energy is a profile's, or the link is emulated
 * @param latency from when a frame was due to its answer, of the answered frames
 * @param latencyMaxMicros of them, at least 0
 * @param runs what inferences took, for each part of the network and each of measured and modelled once
 * @param atMillis end of the window, Unix milliseconds on the node's clock
 * @param windowMillis length of the window
 * @param event what the controller must know
 * @param reason for the event
 * @param outcomes of the newest answered frames, at most {@value #OUTCOMES_MAX}
 * @param onLink energy of the radios, absent when it is known of no frame
 * @param transforms what those of answered frames took, each chain once
 */
public record StreamReport(
        Stamp stamp,
        String stream,
        long epoch,
        long from,
        long to,
        long met,
        long missed,
        long skipped,
        long empty,
        long helped,
        long fallbacks,
        boolean modelled,
        LatencyHistogram latency,
        long latencyMaxMicros,
        Energy energy,
        List<Runs> runs,
        long atMillis,
        long windowMillis,
        @Nullable Event event,
        @Nullable String reason,
        List<Outcome> outcomes,
        @Nullable OnLink onLink,
        List<Took> transforms) {
    public static final int OUTCOMES_MAX = 8;
    public static final int OUTPUT_BYTES_MAX = 1024;
    /** Of the whole report. */
    public static final int BYTES_MAX = 32 * 1024;

    /** Frames of one report. */
    public static final long FRAMES_MAX = 1_000_000_000;

    private static final Pattern SHA256 = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final int HISTOGRAM_CHARS_MAX = 6 * 1024;
    /** Each part of the network, measured and modelled. */
    private static final int RUNS_MAX = 6;

    private static final int RUNS_CHARS_MAX = 3 * 1024;

    /** What ends how a stream runs. */
    public enum Event {
        /** No answer came from the helper; the source runs all of the network until there is a new plan. */
        HELPER_LOST,
        /** The source does nothing for the stream any more. */
        ENDED
    }

    /**
     * Energy of the answered frames of which it is known.
     *
     * @param count how many these are
     * @param microjoules of them together; what the source and the helper computed, without sending
     * @param uncertainty relative, the largest of them; absent when none is known
     */
    public record Energy(
            long count,
            double microjoules,
            EnergyMethod method,
            @Nullable Double uncertainty) {
        public static final Energy NONE = new Energy(0, 0, EnergyMethod.UNKNOWN, null);
    }

    /**
     * Modelled energy of the radios of both nodes for answered frames that went to a helper.
     *
     * @param count of these frames, those of which it is known; at least 1
     * @param microjoules of them together: the tensor there and the answer back, at both ends; at least 0
     */
    public record OnLink(long count, double microjoules) {
        public OnLink {
            if (count < 1 || !isEnergy(microjoules)) {
                throw new IllegalArgumentException(
                        "%s microjoules on links in %d frames".formatted(microjoules, count));
            }
        }
    }

    /** Part of a network that a device ran. */
    public enum Part {
        /** All of it, on the source. */
        WHOLE,
        /** On the source, when a helper was asked for the rest. */
        FRONT,
        /** On the helper. */
        BACK
    }

    /**
     * What the inferences of answered frames took, without waiting and sending.
     *
     * @param latency of the part, not empty
     */
    public record Runs(Part part, boolean modelled, LatencyHistogram latency) {}

    /** Transforms of a stream. */
    public enum Chain {
        /** From the sensor's frame to the network's input. */
        BEFORE,
        /** From its output to the answer. */
        AFTER
    }

    /**
     * What a chain of transforms took on the source. Always measured, on emulated boards too.
     *
     * @param latency not empty
     */
    public record Took(Chain chain, LatencyHistogram latency) {}

    /** Where the rest of the network ran. */
    public enum RanOn {
        /** The plan has no helper, or the source was on its own. */
        SOURCE,
        HELPER,
        /** On the source, because no answer had come. */
        FALLBACK
    }

    /**
     * An answered frame.
     *
     * @param frame its number
     * @param sensorFrame the sensor's own number of it
     * @param input digest of its bytes
     * @param output absent when it is longer than {@value #OUTPUT_BYTES_MAX} bytes
     * @param form of what transforms made of the network's output, absent when nothing was made of it
     */
    public record Outcome(
            long frame,
            long sensorFrame,
            String input,
            byte @Nullable [] output,
            long latencyMicros,
            boolean met,
            RanOn ranOn,
            @Nullable ValueForm form) {
        // Written out in full because a compact constructor loses the annotations in the class file.
        public Outcome(
                long frame,
                long sensorFrame,
                String input,
                byte @Nullable [] output,
                long latencyMicros,
                boolean met,
                RanOn ranOn,
                @Nullable ValueForm form) {
            if (form != null && output != null && output.length != form.bytes()) {
                throw new IllegalArgumentException(
                        "%d bytes of output are no %s%s".formatted(output.length, form.type(), form.shape()));
            }
            this.frame = frame;
            this.sensorFrame = sensorFrame;
            this.input = input;
            this.output = output;
            this.latencyMicros = latencyMicros;
            this.met = met;
            this.ranOn = ranOn;
            this.form = form;
        }

        /** The network's output is the answer. */
        public Outcome(
                long frame,
                long sensorFrame,
                String input,
                byte @Nullable [] output,
                long latencyMicros,
                boolean met,
                RanOn ranOn) {
            this(frame, sensorFrame, input, output, latencyMicros, met, ranOn, null);
        }
    }

    /** Nothing is known of the radios, and there are no transforms. */
    public StreamReport(
            Stamp stamp,
            String stream,
            long epoch,
            long from,
            long to,
            long met,
            long missed,
            long skipped,
            long empty,
            long helped,
            long fallbacks,
            boolean modelled,
            LatencyHistogram latency,
            long latencyMaxMicros,
            Energy energy,
            List<Runs> runs,
            long atMillis,
            long windowMillis,
            @Nullable Event event,
            @Nullable String reason,
            List<Outcome> outcomes) {
        this(
                stamp,
                stream,
                epoch,
                from,
                to,
                met,
                missed,
                skipped,
                empty,
                helped,
                fallbacks,
                modelled,
                latency,
                latencyMaxMicros,
                energy,
                runs,
                atMillis,
                windowMillis,
                event,
                reason,
                outcomes,
                null,
                List.of());
    }

    public StreamReport {
        outcomes = List.copyOf(outcomes);
        runs = List.copyOf(runs);
        transforms = List.copyOf(transforms);
        for (Took one : transforms) {
            if (one.latency.count() < 1 || one.latency.count() > met + missed) {
                throw new IllegalArgumentException("%d times of transforms %s in %d answered frames"
                        .formatted(one.latency.count(), one.chain, met + missed));
            }
        }
        if (transforms.stream().map(Took::chain).distinct().count() < transforms.size()) {
            throw new IllegalArgumentException("times of transforms told twice");
        }
        for (Runs one : runs) {
            if (one.latency.count() < 1 || one.latency.count() > met + missed) {
                throw new IllegalArgumentException(
                        "%d runs of %s in %d answered frames".formatted(one.latency.count(), one.part, met + missed));
            }
        }
        if (runs.stream().map(one -> one.part + "/" + one.modelled).distinct().count() < runs.size()) {
            throw new IllegalArgumentException("runs of a part told twice");
        }
        long frames = to - from + 1;
        if (from < 1
                || frames < 0
                || frames > FRAMES_MAX
                || met < 0
                || missed < 0
                || skipped < 0
                || met > frames
                || missed > frames
                || skipped > frames
                || met + missed + skipped != frames
                || empty < 0
                || empty > skipped
                || helped < 0
                || helped > met + missed
                || fallbacks < 0
                || fallbacks > met + missed
                || latency.count() > met + missed
                || energy.count < 0
                || energy.count > met + missed
                || !isEnergy(energy.microjoules)
                || energy.uncertainty != null && !(energy.uncertainty >= 0)
                || onLink != null && onLink.count > helped + fallbacks) {
            throw new IllegalArgumentException(
                    "frames %d to %d: met %d, missed %d, skipped %d (empty %d), helped %d, fallbacks %d, latencies %d, energies %d (%s microjoules)"
                            .formatted(
                                    from,
                                    to,
                                    met,
                                    missed,
                                    skipped,
                                    empty,
                                    helped,
                                    fallbacks,
                                    latency.count(),
                                    energy.count,
                                    energy.microjoules));
        }
    }

    /** Of all frames of a report together. */
    private static boolean isEnergy(double microjoules) {
        return microjoules >= 0 && microjoules <= FRAMES_MAX * StreamAnswer.ENERGY_MAX;
    }

    /** Whether a message of {@code up/result} is such a report. */
    public static boolean is(byte[] message) {
        return Json.begins(message, "stream");
    }

    public byte[] encode() {
        return Json.write(out -> {
            out.field("stream", stream);
            stamp.write(out);
            out.field("epoch", epoch)
                    .field("from", from)
                    .field("to", to)
                    .field("met", met)
                    .field("missed", missed)
                    .field("skipped", skipped)
                    .field("empty", empty)
                    .field("helped", helped)
                    .field("fallbacks", fallbacks)
                    .field("modelled", modelled)
                    .field("latency", latency.text())
                    .field("latencyMaxMicros", latencyMaxMicros)
                    .object(
                            "energy",
                            energy,
                            (o, one) -> o.field("count", one.count)
                                    .field("microjoules", one.microjoules)
                                    .field("method", one.method.wireName())
                                    .field("uncertainty", one.uncertainty))
                    .objects(
                            "runs",
                            runs,
                            (o, one) -> o.field("part", Json.wireName(one.part))
                                    .field("modelled", one.modelled)
                                    .field("latency", one.latency.text()))
                    .field("at", atMillis)
                    .field("windowMillis", windowMillis)
                    .field("event", event == null ? null : Json.wireName(event))
                    .field("reason", reason)
                    .objects(
                            "outcomes",
                            outcomes,
                            (o, one) -> o.field("frame", one.frame)
                                    .field("sensorFrame", one.sensorFrame)
                                    .field("input", one.input)
                                    .bytes("output", one.output)
                                    .field("latencyMicros", one.latencyMicros)
                                    .field("met", one.met)
                                    .field("ranOn", Json.wireName(one.ranOn))
                                    .object("form", one.form, ValueForm::write))
                    .object(
                            "onLink",
                            onLink,
                            (o, one) -> o.field("count", one.count).field("microjoules", one.microjoules));
            if (!transforms.isEmpty()) {
                out.objects(
                        "transforms",
                        transforms,
                        (o, one) -> o.field("chain", Json.wireName(one.chain)).field("latency", one.latency.text()));
            }
        });
    }

    public static StreamReport decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, BYTES_MAX);
        Json.Node energy = in.object("energy");
        try {
            return new StreamReport(
                    Stamp.read(in),
                    in.text("stream", StreamTask.ID),
                    in.number("epoch", 1, Long.MAX_VALUE),
                    in.number("from", 1, Long.MAX_VALUE / 2),
                    in.number("to", 0, Long.MAX_VALUE / 2),
                    count(in, "met"),
                    count(in, "missed"),
                    count(in, "skipped"),
                    count(in, "empty"),
                    count(in, "helped"),
                    count(in, "fallbacks"),
                    in.flag("modelled"),
                    LatencyHistogram.parse(in.longText("latency", HISTOGRAM_CHARS_MAX)),
                    in.number("latencyMaxMicros", 0, Long.MAX_VALUE),
                    new Energy(
                            count(energy, "count"),
                            energy.decimal("microjoules"),
                            energy.oneOf("method", EnergyMethod.class),
                            energy.decimalOrNull("uncertainty")),
                    in.has("runs") ? in.objects("runs", RUNS_MAX, StreamReport::runs) : List.of(),
                    in.number("at", 0, Long.MAX_VALUE),
                    in.number("windowMillis", 0, Long.MAX_VALUE),
                    in.has("event") ? in.oneOf("event", Event.class) : null,
                    in.textOrNull("reason"),
                    in.objects("outcomes", OUTCOMES_MAX, StreamReport::outcome),
                    in.has("onLink") ? onLink(in.object("onLink")) : null,
                    in.has("transforms")
                            ? in.objects("transforms", Chain.values().length, StreamReport::took)
                            : List.of());
        } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException wrong) {
            throw new MalformedMessageException("stream report: " + wrong.getMessage());
        }
    }

    private static long count(Json.Node in, String name) throws MalformedMessageException {
        return in.number(name, 0, Long.MAX_VALUE / 4);
    }

    private static OnLink onLink(Json.Node in) throws MalformedMessageException {
        return new OnLink(count(in, "count"), in.decimal("microjoules"));
    }

    private static Runs runs(Json.Node in) throws MalformedMessageException {
        return new Runs(
                in.oneOf("part", Part.class),
                in.flag("modelled"),
                LatencyHistogram.parse(in.longText("latency", RUNS_CHARS_MAX)));
    }

    private static Took took(Json.Node in) throws MalformedMessageException {
        return new Took(in.oneOf("chain", Chain.class), LatencyHistogram.parse(in.longText("latency", RUNS_CHARS_MAX)));
    }

    private static Outcome outcome(Json.Node in) throws MalformedMessageException {
        return new Outcome(
                in.number("frame", 1, Long.MAX_VALUE),
                in.number("sensorFrame", 0, Long.MAX_VALUE),
                in.text("input", SHA256),
                in.bytesOrNull("output", OUTPUT_BYTES_MAX),
                in.number("latencyMicros", 0, Long.MAX_VALUE),
                in.flag("met"),
                in.oneOf("ranOn", RanOn.class),
                in.has("form") ? ValueForm.read(in.object("form")) : null);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StreamReport that && Arrays.equals(encode(), that.encode());
    }

    @Override
    public int hashCode() {
        return Objects.hash(stamp, stream, epoch);
    }
}
